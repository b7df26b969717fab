//! The Lambda Runtime API, for one function, with time measurements.
//!
//! It uses one thread and one connection. While a warm function works, this side polls for its answer and
//! does not sleep: an idle processor is put to sleep as well, and then takes as long to wake as an invocation
//! takes.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::plan;

const NEXT: &str = "/2018-06-01/runtime/invocation/next";
const INVOCATION: &str = "/2018-06-01/runtime/invocation/";
/// A function that is silent for this long does not work.
const PATIENCE: Duration = Duration::from_secs(20);

/// A function that waits for an event.
pub(crate) struct Function {
    process: Process,
    reader: BufReader<Wakeful>,
    invokes: u64,
}

/// A request of the function.
struct Call {
    path: String,
    body: Vec<u8>,
}

impl Function {
    /// Starts a function with the plan's and Lambda's environment variables, and none of our own. Its output
    /// goes to `log`. Returns the time until it asked for its first event.
    pub(crate) fn start(plan: &plan::Function, key_server: &str, log: &Path) -> io::Result<(Self, Duration)> {
        let (program, arguments) =
            plan.command.split_first().ok_or_else(|| io::Error::other("no program"))?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(plan.env.iter().map(|(name, value)| (name, value.replace("{key_server}", key_server))))
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &plan.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "us-east-1")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let started = Instant::now();
        let process = Process(command.spawn()?);
        let mut reader = BufReader::new(accept(&listener)?);
        let call = read_call(&mut reader)?;
        let init = started.elapsed();
        expect(&call, |path| path == NEXT)?;
        Ok((Self { process, reader, invokes: 0 }, init))
    }

    /// Sends the function an event that it waits for. Returns the time until it had answered and asked for
    /// the next: for Lambda, an invocation ends then.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke>
    pub(crate) fn invoke(&mut self, event: &str) -> io::Result<Duration> {
        let id = format!("8476a536-e9f4-11e8-9739-{:012x}", self.invokes);
        self.invokes += 1;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: {id}\r\n\
             Lambda-Runtime-Deadline-Ms: 4102444800000\r\nLambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n\
             Content-Length: {}\r\n\r\n{event}",
            event.len()
        );
        let given = Instant::now();
        self.send(&head)?;
        let call = read_call(&mut self.reader)?;
        expect(&call, |path| {
            path.strip_prefix(INVOCATION).and_then(|path| path.strip_prefix(&id)) == Some("/response")
        })?;
        self.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
        let call = read_call(&mut self.reader)?;
        let taken = given.elapsed();
        expect(&call, |path| path == NEXT)?;
        Ok(taken)
    }

    /// From now on, waits for the function without sleeping. This must not happen before the function is
    /// warm: until then it is slow, and needs the processors itself.
    pub(crate) fn stay_awake(&self) -> io::Result<()> {
        self.reader.get_ref().0.set_nonblocking(true)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    fn send(&mut self, text: &str) -> io::Result<()> {
        self.reader.get_mut().0.write_all(text.as_bytes())
    }
}

/// A process that is killed when this is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection that is read without sleeping, after it was set to non-blocking.
struct Wakeful(TcpStream);

impl io::Read for Wakeful {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < patience => {
                    std::hint::spin_loop();
                }
                read => return read,
            }
        }
    }
}

fn accept(listener: &TcpListener) -> io::Result<Wakeful> {
    let patience = Timespec::try_from(PATIENCE).map_err(io::Error::other)?;
    if poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&patience))? == 0 {
        return Err(io::Error::other("it did not ask for an event"));
    }
    let (stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(Wakeful(stream))
}

fn read_call(reader: &mut BufReader<Wakeful>) -> io::Result<Call> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::Error::other("it has ended"));
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if header.starts_with("transfer-encoding:") {
            return Err(io::Error::other("it sends its answer in pieces, which is not read here"));
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Call { path, body })
}

fn expect(call: &Call, is_expected: impl Fn(&str) -> bool) -> io::Result<()> {
    if is_expected(&call.path) {
        return Ok(());
    }
    let Call { path, body } = call;
    Err(io::Error::other(format!("it called {path}: {}", String::from_utf8_lossy(body))))
}
