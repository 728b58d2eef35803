//! The socket: how it is connected, and how long it may block.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, ToSocketAddrs};
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::{Error, Url};

/// A connected stream socket of any family.
#[derive(Debug)]
pub struct Link {
    socket: Socket,
}

impl Link {
    /// Connects; a name that resolves to several addresses has them tried in turn. Later writes
    /// block no longer than `timeout` either.
    pub fn connect(url: &Url, timeout: Duration) -> Result<Self, Error> {
        let deadline = Instant::now() + timeout;
        let socket = addresses(url)
            .and_then(|addresses| connect_to_any(&addresses, deadline))
            .map_err(|source| Error::Unreachable { url: url.to_string(), source })?;
        socket.set_write_timeout(Some(at_least_a_little(timeout))).map_err(Error::Io)?;
        Ok(Self { socket })
    }

    /// Reads what is there, waiting for it until `deadline`; 0 bytes: the peer sends no more.
    pub fn read(&mut self, room: &mut [u8], deadline: Instant) -> io::Result<usize> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.socket.set_read_timeout(Some(at_least_a_little(left)))?;
            match self.socket.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// Writes all of `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Tells the peer that nothing more will be sent.
    pub fn finish(&mut self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}

/// A timeout of zero would mean none at all to the operating system, which counts microseconds.
fn at_least_a_little(timeout: Duration) -> Duration {
    timeout.max(Duration::from_micros(1))
}

fn addresses(url: &Url) -> io::Result<Vec<(Domain, SockAddr)>> {
    match url {
        Url::Tcp(host_and_port) => Ok(host_and_port
            .to_socket_addrs()?
            .map(|address| (Domain::for_address(address), address.into()))
            .collect()),
        Url::Unix(path) => Ok(vec![(Domain::UNIX, SockAddr::unix(path)?)]),
    }
}

fn connect_to_any(addresses: &[(Domain, SockAddr)], deadline: Instant) -> io::Result<Socket> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for (domain, address) in addresses {
        match connect_to(*domain, address, deadline) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn connect_to(domain: Domain, address: &SockAddr, deadline: Instant) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, None)?;
    let left = deadline.saturating_duration_since(Instant::now());
    socket.connect_timeout(address, at_least_a_little(left))?;
    if domain != Domain::UNIX {
        // A request is one small write; it must not wait for the acknowledgement of the last.
        socket.set_tcp_nodelay(true)?;
    }
    Ok(socket)
}
