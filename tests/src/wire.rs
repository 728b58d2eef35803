//! A client that speaks bytes: what a test needs to be exact about what is on the wire.

use std::io::{self, Read, Write};

use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};

use crate::endpoint::{Endpoint, Stream};

/// What a server asks who is silent.
const PING: u16 = 2;

/// A frame that owns its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The device address.
    pub address: u8,
    /// The whole command word.
    pub command: Command,
    /// The data.
    pub data: Vec<u8>,
}

/// One connection, and what arrived on it that nobody has asked for yet.
#[derive(Debug)]
pub struct Wire {
    stream: Stream,
    decoder: Decoder,
    arrived: Vec<u8>,
    /// How much of `arrived` is used up.
    used: usize,
}

/// The bytes of a frame.
#[must_use]
pub fn frame(address: u8, command: Command, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let frame = Frame { address, command, data };
    let length = frame.encode(&mut room).expect("at most 255 data bytes");
    room[..length].to_vec()
}

/// The bytes of a request to address 1.
#[must_use]
pub fn request(number: u16, data: &[u8]) -> Vec<u8> {
    frame(1, Command::new(Kind::Request, number), data)
}

impl Owned {
    /// The code of an error frame; none for another kind.
    #[must_use]
    pub fn error_code(&self) -> Option<u16> {
        let code = self.data.first_chunk()?;
        (self.command.kind() == Kind::Error).then(|| u16::from_be_bytes(*code))
    }
}

impl Wire {
    /// Connects to a listener.
    #[must_use]
    pub fn connect(endpoint: &Endpoint) -> Self {
        Self::over(endpoint.connect())
    }

    /// Speaks over a stream that is connected.
    #[must_use]
    pub fn over(stream: Stream) -> Self {
        Self { stream, decoder: Decoder::default(), arrived: Vec::new(), used: 0 }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the server takes what is sent");
    }

    /// Sends bytes to a server that may have closed.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Half-closes: no request follows.
    pub fn finish(&self) {
        self.stream.finish();
    }

    /// Ends the connection without a word.
    pub fn cut(&self) {
        self.stream.cut();
    }

    /// A handle that sends while this one receives.
    #[must_use]
    pub fn sender(&self) -> Stream {
        self.stream.second()
    }

    /// The next frame; none when the server has closed. Panics on anything that is no frame.
    pub fn receive(&mut self) -> Option<Owned> {
        self.try_receive().expect("bytes or the end before the deadline")
    }

    /// The next frame; none when the server has closed.
    ///
    /// # Errors
    /// What the operating system says, such as that the server has reset the connection.
    pub fn try_receive(&mut self) -> io::Result<Option<Owned>> {
        loop {
            if let Some(frame) = self.decoded() {
                return Ok(Some(frame));
            }
            if !self.fill()? {
                assert_eq!(self.used, self.arrived.len(), "the server closed inside a frame");
                return Ok(None);
            }
        }
    }

    /// Sends a request and returns what it got. A PING that came before, because nothing was sent
    /// for long, is answered by that.
    pub fn ask(&mut self, number: u16, data: &[u8]) -> Owned {
        self.send(&request(number, data));
        loop {
            let got = self.receive().expect("a reply, not the end");
            if got.command != Command::new(Kind::Request, PING) {
                return got;
            }
        }
    }

    /// Every byte until the server closes.
    pub fn receive_rest(&mut self) -> Vec<u8> {
        while self.fill().expect("bytes or the end before the deadline") {}
        self.arrived.split_off(self.used)
    }

    /// The next frame among the bytes that are here.
    fn decoded(&mut self) -> Option<Owned> {
        let mut input = &self.arrived[self.used..];
        let frame = match self.decoder.decode(&mut input)? {
            Decoded::Frame(frame) => frame,
            Decoded::LostSync => panic!("the server sent what is no frame"),
        };
        let (address, command, data) = (frame.address, frame.command, frame.data.to_vec());
        self.used = self.arrived.len() - input.len();
        Some(Owned { address, command, data })
    }

    /// Waits for more bytes; false when the server has closed.
    fn fill(&mut self) -> io::Result<bool> {
        self.arrived.drain(..self.used);
        self.used = 0;
        let mut room = [0; 16 * 1024];
        let count = loop {
            match self.stream.read(&mut room) {
                // After a pause of this process, for one.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.arrived.extend_from_slice(&room[..count]);
        Ok(count > 0)
    }
}
