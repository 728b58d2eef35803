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
