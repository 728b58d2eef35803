//! Where a server listens, and a stream to it whatever its kind.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use rustix::net::connect_unspec;

use crate::wait::DEADLINE;

/// Where a server listens, as its `ready` line says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `tcp://127.0.0.1:7400`
    Tcp(SocketAddr),
    /// `unix:///path`
    Unix(PathBuf),
}

/// A connected stream of either kind; every wait on it ends at [`DEADLINE`] with an error.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a Unix socket.
    Unix(UnixStream),
}

impl Endpoint {
    /// Reads a URL of the `ready` line.
    #[must_use]
    pub fn parse(url: &str) -> Self {
        match url.split_once("://") {
            Some(("tcp", address)) => Self::Tcp(address.parse().expect("address and port")),
            Some(("unix", path)) => Self::Unix(path.into()),
            _ => panic!("a listener's URL begins with tcp:// or unix://, not so {url}"),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Tcp(address) => format!("tcp://{address}"),
            Self::Unix(path) => format!("unix://{}", path.display()),
        }
    }

    /// Connects.
    #[must_use]
    pub fn connect(&self) -> Stream {
        self.try_connect().expect("the listener accepts")
    }

    /// Connects, where somebody listens.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn try_connect(&self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(DEADLINE))?;
                stream.set_write_timeout(Some(DEADLINE))?;
                Stream::Tcp(stream)
            }
            Self::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(DEADLINE))?;
                stream.set_write_timeout(Some(DEADLINE))?;
                Stream::Unix(stream)
            }
        })
    }
}

impl Stream {
    /// A second handle of the same connection, for a thread that writes while another reads.
    #[must_use]
    pub fn second(&self) -> Self {
        match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone().unwrap()),
            Self::Unix(stream) => Self::Unix(stream.try_clone().unwrap()),
        }
    }

    /// Half-closes: the server sees the end of what was sent.
    pub fn finish(&self) {
        match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write).unwrap(),
            Self::Unix(stream) => stream.shutdown(Shutdown::Write).unwrap(),
        }
    }

    /// Resets the connection where that can be done: over TCP. Over a Unix socket it ends with what
    /// is unread.
    pub fn cut(&self) {
        match self {
            // An error means that the server was faster.
            Self::Tcp(stream) => drop(connect_unspec(stream)),
            Self::Unix(stream) => drop(stream.shutdown(Shutdown::Both)),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(room),
            Self::Unix(stream) => stream.read(room),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
