//! The other side: a listener that plays one connection in a thread of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hotframe_client::{Client, Command, Frame, Kind};

pub const SOON: Duration = Duration::from_secs(10);

/// One accepted connection, as the test's script sees it.
pub struct Peer {
    pub stream: TcpStream,
}

/// Starts a peer that plays `script`, and connects to it. A script that fails fails the test
/// when the handle is joined.
pub fn talk(script: impl FnOnce(Peer) + Send + 'static) -> (Client, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = listener.local_addr().unwrap().to_string();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        script(Peer { stream });
    });
    (Client::connect(&url, SOON).unwrap(), thread)
}

impl Peer {
    /// Reads exactly the frame that the client is to send.
    pub fn expect(&mut self, kind: Kind, address: u8, number: u16, data: &[u8]) {
        let expected = encoded(kind, address, number, data);
        let mut bytes = vec![0; expected.len()];
        self.stream.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, expected);
    }

    /// Sends a frame.
    pub fn say(&mut self, kind: Kind, address: u8, number: u16, data: &[u8]) {
        self.stream.write_all(&encoded(kind, address, number, data)).unwrap();
    }

    /// Waits until the client has nothing more to send.
    pub fn expect_end(&mut self) {
        assert_eq!(self.stream.read(&mut [0]).unwrap(), 0);
    }
}

/// A frame's bytes.
pub fn encoded(kind: Kind, address: u8, number: u16, data: &[u8]) -> Vec<u8> {
    let mut room = [0; 263];
    let command = Command::new(kind, number);
    let len = Frame { address, command, data }.encode(&mut room).unwrap();
    room[..len].to_vec()
}
