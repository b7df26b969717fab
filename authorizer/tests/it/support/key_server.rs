//! A key server on a real socket that can misbehave, and counts what it is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How the server answers.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Status and body.
    Send(u16, Vec<u8>),
    /// A redirect to this address.
    Redirect(String),
    /// Nothing, with the connection left open.
    Hang,
    /// The body, a byte at a time.
    Drip(Vec<u8>),
    /// The head of an answer, then the end of the connection.
    BreakOff,
}

impl Reply {
    pub(crate) fn json(body: &Value) -> Self {
        Self::Send(200, body.to_string().into_bytes())
    }
}

pub(crate) struct KeyServer {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

struct State {
    reply: Reply,
    /// What is answered at one path alone.
    replies: HashMap<String, Reply>,
    requests: Vec<String>,
}

impl KeyServer {
    pub(crate) async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { reply, replies: HashMap::new(), requests: Vec::new() }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state, task }
    }

    pub(crate) fn reply_with(&self, reply: Reply) {
        self.state.lock().unwrap().reply = reply;
    }

    /// Answers so at this path, whatever is answered elsewhere.
    pub(crate) fn reply_at(&self, path: &str, reply: Reply) {
        self.state.lock().unwrap().replies.insert(path.to_owned(), reply);
    }

    /// The request lines so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(request) = read_head(&mut stream).await else { return };
    let reply = {
        let mut state = state.lock().unwrap();
        let line = request.lines().next().unwrap_or_default();
        state.requests.push(line.to_owned());
        let path = line.split(' ').nth(1).unwrap_or_default();
        state.replies.get(path).unwrap_or(&state.reply).clone()
    };
    // The client may have gone, which is its good right.
    let _ = answer(&mut stream, reply).await;
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

async fn answer(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Send(status, body) => {
            stream.write_all(head(status, body.len()).as_bytes()).await?;
            stream.write_all(&body).await
        }
        Reply::Redirect(to) => {
            let head = format!(
                "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await
        }
        Reply::Hang => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(())
        }
        Reply::Drip(body) => {
            stream.write_all(head(200, body.len()).as_bytes()).await?;
            for byte in body {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        }
        Reply::BreakOff => stream.write_all(head(200, 1_000).as_bytes()).await,
    }
}

fn head(status: u16, length: usize) -> String {
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )
}
