//! The HTTP listener from a client's side: one request a connection, spelled out.

use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::wait::DEADLINE;

/// Where a server serves HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Http {
    address: SocketAddr,
}

/// What one request was answered with.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The head behind the status line, as it came.
    pub head: String,
    /// All that follows.
    pub body: String,
}

impl Http {
    /// Asks at this URL, as the line `ready` spells it.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let address = url.strip_prefix("http://").expect("a URL of HTTP");
        Self { address: address.parse().expect("an address and a port") }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection on which nothing was asked yet.
    #[must_use]
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("HTTP accepts");
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// Sends `method path` with these header lines, each with its end, and reads to the end.
    #[must_use]
    pub fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        self.try_ask(method, path, headers).expect("an answer, not the end")
    }

    /// Gets one page from a server whose reads and writes may fail; none where it has closed
    /// without a word.
    #[must_use]
    pub fn try_get(&self, path: &str) -> Option<Answer> {
        self.try_ask("GET", path, "")
    }

    fn try_ask(&self, method: &str, path: &str, headers: &str) -> Option<Answer> {
        let mut stream = self.connect();
        let address = self.address;
        let fixed = format!("host: {address}\r\nconnection: close\r\n");
        let request = format!("{method} {path} HTTP/1.1\r\n{fixed}{headers}\r\n");
        let mut text = String::new();
        let came = stream.write_all(request.as_bytes());
        match came.and_then(|()| stream.read_to_string(&mut text)) {
            Ok(0) => return None,
            Err(error) if matches!(error.kind(), BrokenPipe | ConnectionReset) => return None,
            came => came.expect("a whole answer before the deadline"),
        };
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let (line, head) = head.split_once("\r\n").expect("a status line and headers");
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.expect("a status line has its code");
        Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// Gets one page.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// Gets JSON.
    #[must_use]
    pub fn json(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, "accept: application/json\r\n");
        serde_json::from_str(&answer.body).expect("the answer is JSON")
    }
}
