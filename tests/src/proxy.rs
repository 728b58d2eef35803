//! The fault proxy: a connection between a client and the server that does to its bytes what a bad
//! network does, and remembers what really passed.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::endpoint::Endpoint;
use crate::faults::Faults;
use crate::pump::{Cut, Passed, Pump};
use crate::rng::Rng;

/// Where clients connect to be connected to the server.
#[derive(Debug)]
pub struct Proxy {
    listener: TcpListener,
}

/// What passed on one connection.
#[derive(Clone, Debug)]
pub struct Passage {
    /// From the client to the server.
    pub there: Passed,
    /// From the server to the client.
    pub back: Passed,
}

impl Proxy {
    /// Listens on a free port. One connection at a time goes through it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open() -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind("127.0.0.1:0")? })
    }

    /// Connects `client` to the server with these faults there and back, until both are done with
    /// each other; returns what the client returns, and what passed.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn pass<R>(
        &self,
        server: &Endpoint,
        faults: [Faults; 2],
        chance: &mut Rng,
        client: impl FnOnce(TcpStream) -> R,
    ) -> io::Result<(R, Passage)> {
        let Endpoint::Tcp(address) = server else { panic!("the proxy speaks TCP") };
        let outer = TcpStream::connect(address)?;
        let near = TcpStream::connect(self.listener.local_addr()?)?;
        let (inner, _) = self.listener.accept()?;
        for stream in [&outer, &near, &inner] {
            stream.set_nodelay(true)?;
        }
        let cut = Cut::default();
        let [there, back] = faults;
        let seeds = [Rng::new(chance.next()), Rng::new(chance.next())];
        let [first, second] = seeds;
        Ok(thread::scope(|scope| {
            let (inner, outer, cut) = (&inner, &outer, &cut);
            let there = Pump { from: inner, to: outer, faults: there, chance: first, cut };
            let back = Pump { from: outer, to: inner, faults: back, chance: second, cut };
            let there = scope.spawn(|| there.run());
            let back = scope.spawn(|| back.run());
            let result = client(near);
            let there = there.join().expect("a direction notes what fails");
            let back = back.join().expect("a direction notes what fails");
            (result, Passage { there, back })
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::wait::DEADLINE;

    #[test]
    fn a_reset_by_the_server_ends_it_for_the_client_too() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = Endpoint::Tcp(server.local_addr().unwrap());
        let ending = thread::spawn(move || {
            let (stream, _) = server.accept().unwrap();
            // Closed with something unread: that is a reset.
            stream.peek(&mut [0]).unwrap();
        });
        let mut chance = Rng::new(1);
        let faults = [Faults::default(), Faults::default()];
        let talk = |mut stream: TcpStream| {
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            stream.write_all(b"hello").unwrap();
            let ended = stream.read_to_end(&mut Vec::new());
            ended.is_ok_and(|read| read == 0)
        };
        let (has_ended, _) =
            Proxy::open().unwrap().pass(&place, faults, &mut chance, talk).unwrap();
        assert!(has_ended, "the client hears of it");
        ending.join().unwrap();
    }
}
