//! Addresses of this machine.

use std::net::TcpListener;

/// An address, `host:port`, where nobody listens.
pub fn closed_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// A port that is free now. Whoever is given one next may be given the same.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A listener that takes connections and never says a word, and its address. It lives as long as its owner.
pub fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
