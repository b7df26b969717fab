//! A key server on a real socket that can fail in many ways, and counts its requests.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How the server answers.
#[derive(Clone)]
pub enum Reply {
    /// This status and body.
    Send(u16, Vec<u8>),
    /// Exactly these bytes, whether or not they are HTTP, then the end of the connection.
    Raw(Vec<u8>),
    /// A body with status 200, after this delay.
    Late(Duration, Vec<u8>),
    /// This status, after this delay.
    LateStatus(Duration, u16),
    /// A redirect to this URL.
    Redirect(String),
    /// Nothing, and the connection stays open.
    Hang,
    /// The first part at once, the second one byte at a time.
    Drip(Vec<u8>, Vec<u8>),
    /// The first part once, then the second again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// The head of an answer, then the end of the connection.
    BreakOff,
    /// Nothing, and the connection is reset.
    Reset,
}

impl Reply {
    /// JSON with status 200.
    pub fn json(body: &Value) -> Self {
        Self::Send(200, body.to_string().into_bytes())
    }

    /// The head at once, the body one byte at a time.
    pub fn drip(body: Vec<u8>) -> Self {
        Self::Drip(head(200, body.len()).into_bytes(), body)
    }
}

/// A server. Its answers, and whether it accepts connections, can change while it runs.
pub struct KeyServer {
    /// Its URL, without a path.
    pub url: String,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    door: Door,
}

struct State {
    reply: Reply,
    /// The replies to the next requests, one each, before `reply` applies.
    first: VecDeque<Reply>,
    /// The replies at single paths.
    replies: HashMap<String, Reply>,
    requests: Vec<String>,
}

/// How the server treats new connections. It keeps its address in every state.
enum Door {
    /// It serves them.
    Open(JoinHandle<()>),
    /// It lets them wait for ever: the connections in here fill the listener's queue.
    Blocked { _listener: TcpListener, _queue: Vec<TcpStream> },
    /// It refuses them: the socket is bound, but does not listen.
    Shut { _socket: TcpSocket },
}

impl KeyServer {
    /// Starts to serve at once, in the caller's runtime.
    pub fn start(reply: Reply) -> Self {
        let listener = socket("127.0.0.1:0".parse().unwrap()).listen(128).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            reply,
            first: VecDeque::new(),
            replies: HashMap::new(),
            requests: Vec::new(),
        }));
        let door = Door::Open(tokio::spawn(accept(listener, Arc::clone(&state))));
        Self { url: format!("http://{address}"), address, state, door }
    }

    /// From now on, replies this.
    pub fn reply_with(&self, reply: Reply) {
        self.state.lock().unwrap().reply = reply;
    }

    /// Replies these to the next requests, one each, and then continues as before.
    pub fn reply_first(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().unwrap().first.extend(replies);
    }

    /// From now on, replies this at this path.
    pub fn reply_at(&self, path: &str, reply: Reply) {
        self.state.lock().unwrap().replies.insert(path.to_owned(), reply);
    }

    /// From now on, refuses connections.
    pub async fn refuse(&mut self) {
        self.door = Door::Shut { _socket: self.rebind().await };
    }

    /// From now on, neither accepts nor refuses connections.
    pub async fn accept_nobody(&mut self) {
        let listener = self.rebind().await.listen(1).unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) = timeout(Duration::from_millis(200), TcpStream::connect(self.address)).await {
            queue.push(stream.unwrap());
        }
        self.door = Door::Blocked { _listener: listener, _queue: queue };
    }

    /// Accepts connections again.
    pub async fn reopen(&mut self) {
        let listener = self.rebind().await.listen(128).unwrap();
        self.door = Door::Open(tokio::spawn(accept(listener, Arc::clone(&self.state))));
    }

    /// Binds the address again, and then closes the old socket. In this order nobody else can take the
    /// address in between.
    async fn rebind(&mut self) -> TcpSocket {
        let socket = socket(self.address);
        match std::mem::replace(&mut self.door, Door::Shut { _socket: TcpSocket::new_v4().unwrap() }) {
            Door::Open(task) => {
                task.abort();
                let _ = task.await;
            }
            closed => drop(closed),
        }
        socket
    }

    /// The request lines so far.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.requests().len()
    }
}

/// A socket with this address. Other sockets of this process may bind it too.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        if let Door::Open(task) = &self.door {
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(stream, Arc::clone(&state)));
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(request) = read_head(&mut stream).await else { return };
    let reply = {
        let mut state = state.lock().unwrap();
        let line = request.lines().next().unwrap_or_default();
        state.requests.push(line.to_owned());
        let path = line.split(' ').nth(1).unwrap_or_default();
        let State { first, replies, reply, .. } = &mut *state;
        replies.get(path).cloned().or_else(|| first.pop_front()).unwrap_or_else(|| reply.clone())
    };
    // The client may have disconnected, which is not an error.
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
        Reply::Raw(bytes) => stream.write_all(&bytes).await,
        Reply::LateStatus(delay, status) => {
            sleep(delay).await;
            stream.write_all(head(status, 0).as_bytes()).await
        }
        Reply::Late(delay, body) => {
            sleep(delay).await;
            stream.write_all(head(200, body.len()).as_bytes()).await?;
            stream.write_all(&body).await
        }
        Reply::Redirect(to) => {
            let head = format!(
                "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await
        }
        Reply::Hang => {
            sleep(Duration::from_mins(1)).await;
            Ok(())
        }
        Reply::Drip(at_once, slowly) => {
            stream.write_all(&at_once).await?;
            for byte in slowly {
                stream.write_all(&[byte]).await?;
                sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        }
        Reply::Endless(once, again) => {
            stream.write_all(&once).await?;
            loop {
                stream.write_all(&again).await?;
            }
        }
        Reply::Reset => stream.set_zero_linger(),
        Reply::BreakOff => stream.write_all(head(200, 1_000).as_bytes()).await,
    }
}

/// The head of an answer with a body of this length.
pub fn head(status: u16, length: usize) -> String {
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )
}
