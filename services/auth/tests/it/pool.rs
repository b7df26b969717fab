//! Stands in for Cognito on a real socket.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value;

use crate::runtime::{read_call, write_answer};

/// From an operation and its request to a status and an answer.
pub(crate) type Answer = fn(&str, &Value) -> (&'static str, Value);

/// Answers operations until the tests end. Its address.
pub(crate) fn start(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(stream.unwrap(), answer));
        }
    });
    address
}

fn serve(stream: TcpStream, answer: Answer) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(call) = read_call(&mut reader) {
        let request = serde_json::from_slice(&call.body).unwrap();
        let (status, body) = answer(&call.operation, &request);
        let headers = "Content-Type: application/x-amz-json-1.1\r\n";
        write_answer(&mut writer, status, headers, &body.to_string());
    }
}
