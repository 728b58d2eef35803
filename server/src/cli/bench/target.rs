//! The way to the server: resolves its address once, connects as often as needed.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use hotframe_client::Url;

use super::plan::Plan;
use crate::cli::failure::{Failure, Sort};
use crate::shell::socket::Stream;

/// How long one connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server's address as the operating system takes it.
#[derive(Clone, Debug)]
pub enum Target {
    /// A TCP endpoint.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

/// A connected stream that blocks.
#[derive(Debug)]
pub enum Link {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a Unix socket.
    Unix(UnixStream),
}

/// Nobody answers at the address.
pub fn unreachable(url: &Url, error: &io::Error) -> Failure {
    let help = "start the server with `hotframe serve`, or name its address with --to";
    Failure::new(Sort::Unreachable, format!("nothing answers at {url}: {error}"), help)
}

impl Target {
    /// Resolves the address; blocks on the name service.
    pub fn resolve(url: &Url) -> io::Result<Self> {
        match url {
            Url::Unix(path) => Ok(Self::Unix(path.clone())),
            Url::Tcp(host_and_port) => {
                let missing = || io::Error::other("the name has no address");
                let address = host_and_port.to_socket_addrs()?.next().ok_or_else(missing)?;
                Ok(Self::Tcp(address))
            }
        }
    }

    /// Opens the connection with that number, from 1, and says HELLO on it if that is wanted.
    ///
    /// # Errors
    /// What the operating system says, or what the server says against the HELLO.
    pub fn open(&self, plan: &Plan, number: usize) -> io::Result<Link> {
        let mut link = self.connect()?;
        if let Some(hello) = &plan.hello {
            let greeted = super::probe::greet(&mut link, hello, number)?;
            greeted.map_err(|failure| io::Error::other(failure.to_string()))?;
        }
        Ok(link)
    }

    /// Connects; blocks for a few seconds at most.
    pub fn connect(&self) -> io::Result<Link> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, PATIENCE)?;
                stream.set_nodelay(true)?;
                Ok(Link::Tcp(stream))
            }
            Self::Unix(path) => UnixStream::connect(path).map(Link::Unix),
        }
    }
}

impl Link {
    /// The same connection for an event loop.
    pub fn into_stream(self) -> io::Result<Stream> {
        match self {
            Self::Tcp(stream) => {
                stream.set_nonblocking(true)?;
                Ok(Stream::Tcp(mio::net::TcpStream::from_std(stream)))
            }
            Self::Unix(stream) => {
                stream.set_nonblocking(true)?;
                Ok(Stream::Unix(mio::net::UnixStream::from_std(stream)))
            }
        }
    }

    /// Sets how long a read or a write may block.
    pub fn set_patience(&self, patience: Duration) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => {
                stream.set_read_timeout(Some(patience))?;
                stream.set_write_timeout(Some(patience))
            }
            Self::Unix(stream) => {
                stream.set_read_timeout(Some(patience))?;
                stream.set_write_timeout(Some(patience))
            }
        }
    }
}

impl io::Read for Link {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(room),
            Self::Unix(stream) => stream.read(room),
        }
    }
}

impl io::Write for Link {
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
