//! Runs a function's binary as Lambda does, with only the environment variables that a test sets.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::runtime_api::{Outcome, RuntimeApi, request_id};

/// Long enough for a loaded machine, even if the function waits for a timeout of its own. A test that waits
/// this long has failed.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The program of the function with this name, with the variables that Lambda sets and none of the test's
/// own.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
pub fn command(program: &str, name: &str, runtime_api: &str) -> Command {
    let mut command = bare_command(program);
    command
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", name)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    command
}

/// The program without any environment variable.
pub fn bare_command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a program printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// To its standard output.
    pub out: String,
    /// To its standard error.
    pub err: String,
}

/// A running program. It is killed when this is dropped, so that a failed test leaves no process behind.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// These read the output all the time, because a program blocks when the pipe is full.
    readers: Option<[JoinHandle<Vec<u8>>; 2]>,
}

impl Process {
    /// Starts the program. Both its outputs are pipes.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = reader(child.stdout.take().unwrap());
        let err = reader(child.stderr.take().unwrap());
        Self { child, readers: Some([out, err]) }
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the program, and returns what it printed.
    pub fn stop(mut self) -> Printed {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.printed()
    }

    /// Waits until the program exits, which it must do in time. Also returns its exit code.
    pub fn wait(mut self) -> (Option<i32>, Printed) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.printed());
            }
            assert!(Instant::now() < give_up, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn printed(&mut self) -> Printed {
        let [out, err] =
            self.readers.take().unwrap().map(|reader| String::from_utf8(reader.join().unwrap()).unwrap());
        Printed { out, err }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut printed = Vec::new();
        pipe.read_to_end(&mut printed).unwrap();
        printed
    })
}

/// Lets the function with this name answer `events` in turn, each within `time`. Returns the outcomes and all
/// that the function printed. `command` makes its program for the address of a Lambda Runtime API.
pub fn run(
    name: &str,
    command: impl FnOnce(&str) -> Command,
    events: &[String],
    time: Duration,
) -> (Vec<Outcome>, Printed) {
    let (sender, answers) = channel();
    let api = RuntimeApi::start(name, move |id, outcome| _ = sender.send((id, outcome))).unwrap();
    let process = Process::start(&mut command(api.address()));
    for event in events {
        api.send(event.clone(), time);
    }
    let mut outcomes = Vec::new();
    for number in 0..events.len() {
        let (id, outcome) = answers.recv_timeout(PATIENCE).expect("the function answers in time");
        assert_eq!(id, request_id(number as u64), "it answers the request that it was given");
        outcomes.push(outcome);
    }
    (outcomes, process.stop())
}
