//! The books of many connections under load: every request carries a nonce, every reply has to
//! bring it back, once, in order, stamped by whoever answered.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::books::Books;
use crate::endpoint::Endpoint;
use crate::fixture::Stamp;
use crate::wait::DEADLINE;
use crate::wire::{Wire, request};

/// Requests that one connection has under way at once.
const IN_FLIGHT: usize = 4;
/// From one burst of a connection to the next: steady load, not as much as can be.
const PACE: Duration = Duration::from_millis(4);

/// Connections that ask `stamp.c` without pause until they are told to stop.
#[derive(Debug)]
pub struct Ledger {
    clerks: Vec<JoinHandle<Books>>,
    stops: Vec<Sender<()>>,
    sightings: Arc<Sightings>,
}

/// The first reply, on any connection, of one instance.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    /// Who it was.
    pub stamp: Stamp,
    /// When its reply arrived.
    pub at: Instant,
}

#[derive(Debug, Default)]
struct Sightings {
    list: Mutex<Vec<Sighting>>,
    added: Condvar,
}

/// One connection and what it has asked, answered and seen.
struct Clerk {
    wire: Wire,
    command: u16,
    /// In the upper half of each nonce, so that a reply that went astray shows.
    number: u32,
    owed: VecDeque<u64>,
    books: Books,
    sightings: Arc<Sightings>,
}

impl Ledger {
    /// Opens `connections` to each endpoint in turn, that ask `command`. `returns`: whether one
    /// who has answered before may answer again after another has; not so after a reload.
    #[must_use]
    pub fn open(endpoints: &[Endpoint], connections: usize, command: u16, returns: bool) -> Self {
        let sightings = Arc::new(Sightings::default());
        let (mut clerks, mut stops) = (Vec::new(), Vec::new());
        for (number, endpoint) in (0_u32..).zip(endpoints.iter().cycle().take(connections)) {
            let clerk = Clerk {
                wire: Wire::connect(endpoint),
                command,
                number,
                owed: VecDeque::new(),
                books: Books::new(returns),
                sightings: Arc::clone(&sightings),
            };
            let (stop, stopped) = mpsc::channel();
            stops.push(stop);
            clerks.push(thread::spawn(move || clerk.work(&stopped)));
        }
        Self { clerks, stops, sightings }
    }

    /// How many instances have answered so far.
    #[must_use]
    pub fn sighted(&self) -> usize {
        self.sightings.list.lock().unwrap().len()
    }

    /// Waits for the first reply of an instance of `version` behind the first `known` ones.
    #[must_use]
    pub fn sight(&self, known: usize, version: u16) -> Sighting {
        let end = Instant::now() + DEADLINE;
        let mut list = self.sightings.list.lock().unwrap();
        loop {
            let mut fresh = list.iter().skip(known);
            if let Some(found) = fresh.find(|sighting| sighting.stamp.version == version) {
                return *found;
            }
            let left = end.saturating_duration_since(Instant::now());
            let lost = self.clerks.iter().any(JoinHandle::is_finished);
            assert!(!lost && !left.is_zero(), "version {version} never answered: {list:?}");
            list = self.sightings.added.wait_timeout(list, left.min(PACE)).unwrap().0;
        }
    }

    /// Lets every connection take what it is owed, and closes the books.
    #[must_use]
    pub fn close(self) -> Books {
        drop(self.stops);
        let mut sum = Books::default();
        for clerk in self.clerks {
            let books = clerk.join().expect("every reply is in the books as it should be");
            sum.add(books);
        }
        sum
    }
}

impl Clerk {
    fn work(mut self, stopped: &Receiver<()>) -> Books {
        while stopped.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
            let begun = Instant::now();
            for _ in 0..IN_FLIGHT {
                self.ask();
            }
            while let Some(nonce) = self.owed.pop_front() {
                self.take(nonce);
            }
            self.books.longest = self.books.longest.max(begun.elapsed());
        }
        self.wire.finish();
        assert_eq!(self.wire.receive(), None, "a reply that nobody asked for");
        self.books
    }

    fn ask(&mut self) {
        let nonce = u64::from(self.number) << 32 | (self.books.requests & 0xFFFF_FFFF);
        self.wire.send(&request(self.command, &nonce.to_be_bytes()));
        self.owed.push_back(nonce);
        self.books.requests += 1;
    }

    fn take(&mut self, nonce: u64) {
        let reply = self.wire.receive().expect("a reply is owed, not the end");
        match self.books.enter(&nonce.to_be_bytes(), &reply) {
            Ok(None) => {}
            Ok(Some(stamp)) => self.sightings.add(stamp),
            Err(wrong) => panic!("connection {}, nonce {nonce:x}: {wrong:?}", self.number),
        }
    }
}

impl Sightings {
    fn add(&self, stamp: Stamp) {
        let mut list = self.list.lock().unwrap();
        if !list.iter().any(|sighting| sighting.stamp == stamp) {
            list.push(Sighting { stamp, at: Instant::now() });
            self.added.notify_all();
        }
    }
}
