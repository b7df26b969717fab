//! The part of HTTP/1.1 that the servers and clients of the tests need: bodies with a `content-length`.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// A request or an answer.
#[derive(Debug, Clone)]
pub struct Message {
    /// The first line, without its line end.
    pub line: String,
    /// The last value of each header, by its name in lower case.
    pub headers: HashMap<String, String>,
    /// As many bytes as `content-length` says.
    pub body: Vec<u8>,
}

impl Message {
    /// The target of a request: its path and query.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

/// The next message. `None` if the other side is done.
///
/// # Errors
///
/// The connection fails or ends within a message, or the message has a body of another kind.
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

/// Writes an answer. `status` is code and reason phrase; each of `headers` ends with CR LF.
///
/// # Errors
///
/// The connection fails. That is not the server's fault: the client may have given up.
pub fn write(stream: &mut impl Write, status: &str, headers: &str, body: &str) -> io::Result<()> {
    stream.write_all(format!("{}{body}", head(status, headers, body.len())).as_bytes())
}

fn head(status: &str, headers: &str, length: usize) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n")
}

/// How a server reacts to a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It answers with this status, these headers and this body.
    Answer(String, String, String),
    /// It answers 200 with this body, and waits this long before each byte.
    Drip(String, Duration),
    /// It starts to answer 200 with this body, sends this many bytes of it, and closes the connection.
    BreakOff(String, usize),
    /// It sends nothing for this long, then closes the connection.
    Silence(Duration),
    /// It closes the connection.
    Close,
}

impl Reply {
    /// An answer with this status and JSON.
    pub fn json(status: &str, body: &serde_json::Value) -> Self {
        Self::typed(status, "application/json", body)
    }

    /// The same with another media type.
    pub fn typed(status: &str, content_type: &str, body: &serde_json::Value) -> Self {
        Self::Answer(status.to_owned(), format!("Content-Type: {content_type}\r\n"), body.to_string())
    }

    /// Sends the reply. `None` if the connection is over.
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

/// Replies to every request, until the process ends. Returns the address, `host:port`.
pub fn serve(reply: impl Fn(Message) -> Reply + Send + Sync + 'static) -> String {
    let reply = Arc::new(reply);
    accept(move |stream| {
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        // A client that disconnects early does not need the answer.
        while let Ok(Some(request)) = read(&mut reader) {
            if reply(request).play(&mut writer).is_none() {
                return;
            }
        }
    })
    .unwrap()
}

/// Serves one document at every path, until the process ends. Returns the server's URL.
pub fn serve_document(body: String) -> String {
    let reply = Reply::Answer(
        "200 OK".to_owned(),
        "Content-Type: application/json\r\nConnection: close\r\n".to_owned(),
        body,
    );
    format!("http://{}", serve(move |_| reply.clone()))
}

/// Handles each connection in its own thread, until the process ends. Returns the address, `host:port`.
///
/// # Errors
///
/// No socket is available.
pub fn accept(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let handle = Arc::clone(&handle);
            thread::spawn(move || {
                // Without this, the second write of an answer would wait for an acknowledgement of the first.
                let _ = stream.set_nodelay(true);
                handle(stream);
            });
        }
    });
    Ok(address)
}
