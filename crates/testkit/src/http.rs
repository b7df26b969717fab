//! As much of HTTP/1.1 as the servers and clients of the tests need: plain bodies of a known length.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// A request or an answer.
#[derive(Debug, Clone)]
pub struct Message {
    /// The first line, without its end.
    pub line: String,
    /// The last value of each header, by its name in lower case.
    pub headers: HashMap<String, String>,
    /// As many bytes as `content-length` says.
    pub body: Vec<u8>,
}

impl Message {
    /// What a request is about: its path and query.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

/// The next message: `None` when the other side is done.
///
/// # Errors
///
/// When the connection fails, or ends in the middle of a message; when its body is not plain.
pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Message>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    if headers.contains_key("transfer-encoding") {
        return Err(io::Error::other(format!("plain bodies only: {headers:?}")));
    }
    let length = headers.get("content-length").map_or(Ok(0), |length| length.parse());
    let mut body = vec![0; length.map_err(io::Error::other)?];
    reader.read_exact(&mut body)?;
    Ok(Some(Message { line: line.trim_end().to_owned(), headers, body }))
}

/// Writes an answer. `status` is code and words, each of `headers` ends with CR LF.
///
/// # Errors
///
/// When the connection fails, which is no failure of a server: a client may have given up.
pub fn write(stream: &mut impl Write, status: &str, headers: &str, body: &str) -> io::Result<()> {
    stream.write_all(format!("{}{body}", head(status, headers, body.len())).as_bytes())
}

fn head(status: &str, headers: &str, length: usize) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n")
}

/// What a server does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It answers with this status, these headers and this body.
    Answer(String, String, String),
    /// It answers 200 with this body, of which a byte comes each time.
    Drip(String, Duration),
    /// It begins to answer 200 with this body, sends so many bytes of it, and hangs up.
    BreakOff(String, usize),
    /// It says nothing for so long, then hangs up.
    Silence(Duration),
    /// It hangs up.
    Close,
}

impl Reply {
    /// An answer with this status and JSON.
    pub fn json(status: &str, body: &serde_json::Value) -> Self {
        Self::typed(status, "application/json", body)
    }

    /// The same by another name of JSON's.
    pub fn typed(status: &str, content_type: &str, body: &serde_json::Value) -> Self {
        Self::Answer(status.to_owned(), format!("Content-Type: {content_type}\r\n"), body.to_string())
    }

    /// Plays it. `None` when the connection is over.
    fn play(&self, stream: &mut TcpStream) -> Option<()> {
        match self {
            Self::Answer(status, headers, body) => return write(stream, status, headers, body).ok(),
            Self::Drip(body, pause) => {
                stream.write_all(head("200 OK", "", body.len()).as_bytes()).ok()?;
                for byte in body.bytes() {
                    stream.write_all(&[byte]).ok()?;
                    thread::sleep(*pause);
                }
            }
            Self::BreakOff(body, bytes) => {
                let head = head("200 OK", "", body.len());
                stream.write_all(format!("{head}{}", &body[..*bytes]).as_bytes()).ok()?;
            }
            Self::Silence(time) => thread::sleep(*time),
            Self::Close => {}
        }
        None
    }
}

/// Replies to every request, until the process ends. Gives the address, `host:port`.
pub fn serve(reply: impl Fn(Message) -> Reply + Send + Sync + 'static) -> String {
    let reply = Arc::new(reply);
    accept(move |stream| {
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        // A client that leaves in the middle has done without.
        while let Ok(Some(request)) = read(&mut reader) {
            if reply(request).play(&mut writer).is_none() {
                return;
            }
        }
    })
    .unwrap()
}

/// Serves one document at every path, until the process ends. Gives the server's URL.
pub fn serve_document(body: String) -> String {
    let reply = Reply::Answer(
        "200 OK".to_owned(),
        "Content-Type: application/json\r\nConnection: close\r\n".to_owned(),
        body,
    );
    format!("http://{}", serve(move |_| reply.clone()))
}

/// Handles each connection in a thread of its own, until the process ends. Gives the address, `host:port`.
///
/// # Errors
///
/// When there is no socket to be had.
pub fn accept(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let handle = Arc::clone(&handle);
            thread::spawn(move || {
                // An answer in two writes waits for nobody.
                let _ = stream.set_nodelay(true);
                handle(stream);
            });
        }
    });
    Ok(address)
}
