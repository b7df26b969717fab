//! Network addresses on this machine.

use std::net::TcpListener;

/// An address, `host:port`, on which no process listens.
pub fn closed_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// A port that is free now. The next call may return the same port.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A listener that accepts connections but never sends anything, and its address. It listens until it is
/// dropped.
pub fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
