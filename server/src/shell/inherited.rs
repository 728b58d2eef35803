//! Inherited sockets: own the listening sockets that somebody else has bound for this server.
//!
//! Either a service manager passes them (socket activation), or the server that ran before hands
//! them over. They are listened on instead of being bound, so that no client finds the door shut
//! between two servers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use listenfd::ListenFd;
use socket2::Socket;

use super::listener::Endpoint;

/// Listening sockets that wait to be claimed.
#[derive(Debug, Default)]
pub struct Inherited {
    sockets: Vec<(Endpoint, Socket)>,
    origin: Origin,
}

/// Who bound a listening socket, and so who removes its path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// This server.
    #[default]
    Own,
    /// A service manager, which keeps the socket when this server is gone.
    Passed,
    /// The server before.
    HandedOver,
}

impl Inherited {
    /// What the environment says was passed to this process (`LISTEN_FDS`). Call it once, before
    /// there are threads: it takes the variables away, so that no child believes them.
    ///
    /// # Errors
    /// What the operating system says of something that is no listening socket.
    pub fn from_environment() -> io::Result<Self> {
        let mut passed = ListenFd::from_env();
        let mut inherited = Self { sockets: Vec::new(), origin: Origin::Passed };
        for index in 0..passed.len() {
            let socket = match passed.take_tcp_listener(index) {
                Ok(found) => found.map(Socket::from),
                Err(_other_kind) => passed.take_unix_listener(index)?.map(Socket::from),
            };
            socket.map_or(Ok(()), |socket| inherited.add(socket))?;
        }
        Ok(inherited)
    }

    /// What the server before has handed over.
    ///
    /// # Errors
    /// What the operating system says of something that is no listening socket.
    pub fn from_predecessor(sockets: Vec<OwnedFd>) -> io::Result<Self> {
        let mut inherited = Self { sockets: Vec::new(), origin: Origin::HandedOver };
        sockets.into_iter().try_for_each(|socket| inherited.add(Socket::from(socket)))?;
        Ok(inherited)
    }

    fn add(&mut self, socket: Socket) -> io::Result<()> {
        if !socket.is_listener()? {
            let message = "a socket was passed that does not listen";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let address = socket.local_addr()?;
        let path = address.as_pathname().map(|path| Endpoint::Unix(path.to_owned()));
        let endpoint = address.as_socket().map(Endpoint::Tcp).or(path);
        let endpoint = endpoint.ok_or_else(|| {
            let message = "a socket was passed that is neither TCP nor has a path";
            io::Error::new(io::ErrorKind::InvalidInput, message)
        })?;
        self.sockets.push((endpoint, socket));
        Ok(())
    }

    /// Who bound these.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The socket for `wanted`: the one at that very place, else for port 0 any on that address.
    pub fn claim(&mut self, wanted: &Endpoint) -> Option<(Endpoint, Socket)> {
        let same = self.sockets.iter().position(|(endpoint, _)| endpoint == wanted);
        let like = || self.sockets.iter().position(|(endpoint, _)| is_like(endpoint, wanted));
        same.or_else(like).map(|index| self.sockets.remove(index))
    }

    /// The socket for HTTP at `wanted`.
    pub fn claim_tcp(&mut self, wanted: SocketAddr) -> Option<TcpListener> {
        self.claim(&Endpoint::Tcp(wanted)).map(|(_, socket)| socket.into())
    }

    /// Where those listen that nobody has claimed; they are closed with this.
    pub fn unclaimed(self) -> Vec<String> {
        self.sockets.into_iter().map(|(endpoint, _)| endpoint.to_string()).collect()
    }
}

fn is_like(found: &Endpoint, wanted: &Endpoint) -> bool {
    match (found, wanted) {
        (Endpoint::Tcp(found), Endpoint::Tcp(wanted)) => {
            wanted.port() == 0 && found.ip() == wanted.ip()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(sockets: Vec<OwnedFd>) -> Inherited {
        Inherited::from_predecessor(sockets).unwrap()
    }

    #[test]
    fn each_socket_is_claimed_once_by_who_names_it() {
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, other) = (bind(), bind());
        let (first, second) = (one.local_addr().unwrap(), other.local_addr().unwrap());
        let mut inherited = handed(vec![one.into(), other.into()]);
        let claimed = inherited.claim(&Endpoint::Tcp(second)).unwrap().0;
        assert_eq!(claimed, Endpoint::Tcp(second));
        assert!(inherited.claim(&Endpoint::Tcp(second)).is_none());
        assert!(inherited.claim(&Endpoint::Tcp(([127, 0, 0, 2], 0).into())).is_none());
        let any = inherited.claim(&Endpoint::Tcp(([127, 0, 0, 1], 0).into())).unwrap().0;
        assert_eq!(any, Endpoint::Tcp(first), "port 0 takes what is there");
        assert!(inherited.unclaimed().is_empty());
    }

    #[test]
    fn what_does_not_listen_is_refused() {
        let (stream, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(Inherited::from_predecessor(vec![stream.into()]).is_err());
    }
}
