//! Stands in for Cognito on a real socket.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value;

use crate::runtime::{read_call, write_answer};

/// Answers operations until the tests end. Its address.
pub(crate) fn start(answer: fn(&str) -> (&'static str, Value)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(stream.unwrap(), answer));
        }
    });
    address
}

fn serve(stream: TcpStream, answer: fn(&str) -> (&'static str, Value)) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(call) = read_call(&mut reader) {
        let (status, body) = answer(&call.operation);
        let headers = "Content-Type: application/x-amz-json-1.1\r\n";
        write_answer(&mut writer, status, headers, &body.to_string());
    }
}
