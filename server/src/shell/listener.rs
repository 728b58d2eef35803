//! Listeners: own the sockets that peers connect to, and the rule for accepting in bounded bites.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::inherited::Origin;
use super::peer::Peer;
use super::serial::Line;
use super::socket::Stream;

/// How many connections the kernel may hold ready for us.
pub(super) const BACKLOG: i32 = 4096;

/// So many bytes that are not sent yet the kernel takes for a TCP peer, at most twice as many.
/// Without a bound it takes what its buffers may ever grow to, 4 MiB each as a rule: of a thousand
/// peers that never read, gigabytes of replies that nobody will want.
const UNSENT: u32 = 128 * 1024;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `tcp://…`, resolved.
    Tcp(SocketAddr),
    /// `unix://…`
    Unix(PathBuf),
    /// `serial://…`
    Serial {
        /// The device.
        path: PathBuf,
        /// Bits a second.
        baud: u32,
    },
}

/// A bound listener. Unlinks its Unix socket when dropped.
#[derive(Debug)]
pub struct Listener {
    socket: Bound,
    endpoint: Endpoint,
    /// Whether the path of a Unix socket is removed in the end.
    keeps_path: bool,
}

#[derive(Debug)]
enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener),
    Serial(Line),
}

/// Why an accept brought nothing.
#[derive(Debug)]
pub enum AcceptError {
    /// Nobody waits; readiness will be reported.
    WouldBlock,
    /// The peer went away while it waited, or a signal came: the next one may be there.
    Again,
    /// Descriptors or memory are short. No event will come for those who wait already
    /// (edge-triggered), so it must be tried again after a while.
    Short(io::Error),
}

impl Listener {
    /// Binds and listens.
    ///
    /// # Errors
    /// What the operating system says; a Unix socket that a living process serves is `AddrInUse`,
    /// one that a dead process left behind is replaced.
    pub fn bind(endpoint: &Endpoint) -> io::Result<Self> {
        match endpoint {
            Endpoint::Tcp(address) => {
                let socket =
                    Socket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP))?;
                socket.set_reuse_address(true)?;
                prepare(&socket);
                let socket = listening(socket, &SockAddr::from(*address))?;
                let listener = TcpListener::from_std(socket.into());
                let endpoint = Endpoint::Tcp(listener.local_addr()?);
                Ok(Self { socket: Bound::Tcp(listener), endpoint, keeps_path: false })
            }
            Endpoint::Unix(path) => {
                remove_stale(path)?;
                let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
                let socket = listening(socket, &SockAddr::unix(path)?)?;
                let listener = UnixListener::from_std(socket.into());
                let endpoint = endpoint.clone();
                Ok(Self { socket: Bound::Unix(listener), endpoint, keeps_path: false })
            }
            Endpoint::Serial { path, baud } => {
                let line = Bound::Serial(Line::watch(path, *baud)?);
                Ok(Self { socket: line, endpoint: endpoint.clone(), keeps_path: true })
            }
        }
    }

    /// Listens on a socket that somebody else has bound to `endpoint`.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn adopt(endpoint: Endpoint, socket: Socket, origin: Origin) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let socket = match &endpoint {
            Endpoint::Tcp(_) => {
                prepare(&socket);
                Bound::Tcp(TcpListener::from_std(socket.into()))
            }
            Endpoint::Unix(_) | Endpoint::Serial { .. } => {
                Bound::Unix(UnixListener::from_std(socket.into()))
            }
        };
        Ok(Self { socket, endpoint, keeps_path: origin == Origin::Passed })
    }

    /// The same socket once more, for another process.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn duplicate(&self) -> io::Result<OwnedFd> {
        match &self.socket {
            Bound::Tcp(listener) => listener.as_fd().try_clone_to_owned(),
            Bound::Unix(listener) => listener.as_fd().try_clone_to_owned(),
            Bound::Serial(_) => Err(io::Error::from(io::ErrorKind::Unsupported)),
        }
    }

    /// Another process goes on with the socket: its path stays.
    pub fn give_away(&mut self) {
        self.keeps_path = true;
    }

    /// Registers the listener with the loop.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match &mut self.socket {
            Bound::Tcp(listener) => registry.register(listener, token, Interest::READABLE),
            Bound::Unix(listener) => registry.register(listener, token, Interest::READABLE),
            Bound::Serial(line) => line.register(registry, token),
        }
    }

    /// Accepts one connection.
    ///
    /// # Errors
    /// [`AcceptError`] says what to do next.
    pub fn accept(&self) -> Result<(Stream, Peer), AcceptError> {
        let accepted = match &self.socket {
            Bound::Tcp(listener) => listener
                .accept()
                .map(|(stream, address)| (Stream::Tcp(stream), Peer::from(address))),
            Bound::Unix(listener) => listener.accept().map(|(stream, _)| {
                let peer = Peer::of_process(&stream);
                (Stream::Unix(stream), peer)
            }),
            Bound::Serial(line) => {
                let opened = line.accept().ok_or(AcceptError::WouldBlock)?;
                return Ok((Stream::Serial(opened), Peer::Line));
            }
        };
        accepted.map_err(AcceptError::from)
    }

    /// Where it listens, with the port that was taken where port 0 was asked for.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let (Endpoint::Unix(path), false) = (&self.endpoint, self.keeps_path) {
            let _gone_already = std::fs::remove_file(path);
        }
    }
}

impl From<io::Error> for AcceptError {
    fn from(error: io::Error) -> Self {
        use rustix::io::Errno;
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::WOULDBLOCK) => Self::WouldBlock,
            Some(Errno::INTR | Errno::CONNABORTED | Errno::PROTO) => Self::Again,
            _ => Self::Short(error),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Serial { path, baud } => write!(f, "serial://{}?baud={baud}", path.display()),
        }
    }
}

fn listening(socket: Socket, address: &SockAddr) -> io::Result<Socket> {
    socket.set_nonblocking(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// What the streams of a TCP listener are to be like: they inherit it.
fn prepare(socket: &Socket) {
    // A reply must not wait for more to send; where this fails it is only slower.
    let _slower = socket.set_tcp_nodelay(true);
    // Where this fails, the kernel has bounds of its own.
    let _more = socket.set_tcp_notsent_lowat(UNSENT);
}

/// A Unix socket outlives its process; it is stale when nobody answers at it.
fn remove_stale(path: &Path) -> io::Result<()> {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Err(io::Error::from(io::ErrorKind::AddrInUse)),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            match std::fs::symlink_metadata(path) {
                Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path),
                // What is no socket of a dead server is not ours to remove: bind will say so.
                _ => Ok(()),
            }
        }
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_zero_shows_the_port_that_was_taken() {
        let listener = Listener::bind(&Endpoint::Tcp(([127, 0, 0, 1], 0).into())).unwrap();
        let Endpoint::Tcp(address) = listener.endpoint() else { panic!("not tcp") };
        assert_ne!(address.port(), 0);
        assert_eq!(listener.endpoint().to_string(), format!("tcp://{address}"));
        assert!(matches!(listener.accept(), Err(AcceptError::WouldBlock)));
    }

    #[test]
    fn a_stream_sends_at_once_and_little_is_kept_of_what_nobody_reads() {
        let bound = Listener::bind(&Endpoint::Tcp(([127, 0, 0, 1], 0).into())).unwrap();
        let socket = Socket::from(bound.duplicate().unwrap());
        let adopted = Listener::adopt(bound.endpoint().clone(), socket, Origin::Passed).unwrap();
        let Endpoint::Tcp(address) = *bound.endpoint() else { panic!("not tcp") };
        for listener in [bound, adopted] {
            let _peer = std::net::TcpStream::connect(address).unwrap();
            let mut stream = loop {
                match listener.accept() {
                    Ok((Stream::Tcp(stream), _)) => break stream,
                    Ok(_) => panic!("not tcp"),
                    Err(_) => std::thread::yield_now(),
                }
            };
            assert!(stream.nodelay().unwrap());
            let bytes = vec![7; 64 * 1024];
            let mut taken = 0;
            while let Ok(count) = std::io::Write::write(&mut stream, &bytes) {
                taken += count;
            }
            assert!(taken <= 1 << 20, "{taken} bytes are kept for who reads nothing");
        }
    }

    #[test]
    fn a_stale_unix_socket_is_replaced_and_a_living_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let listener = Listener::bind(&Endpoint::Unix(path.clone())).unwrap();
        let second = Listener::bind(&Endpoint::Unix(path.clone())).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        assert!(!path.exists());
    }
}
