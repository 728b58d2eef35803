//! Quiet clients: each asks one thing at a time, now and then, and notes how long its reply took.
//!
//! One thread drives them all, so that what is measured is the server and not the scheduler.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::endpoint::Endpoint;
use crate::wire::request;

/// From one reply of a client to its next question.
const PACE: Duration = Duration::from_millis(20);

/// Running quiet clients.
#[derive(Debug)]
pub struct Quiet {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Latencies>,
}

/// How long replies took, sorted.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl From<Vec<Duration>> for Latencies {
    fn from(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }
}

struct Client {
    stream: mio::net::TcpStream,
    question: Vec<u8>,
    /// When it asked; none while it rests.
    asked: Option<Instant>,
    /// When it asks next.
    due: Instant,
    /// How much of the reply is here.
    got: usize,
}

impl Quiet {
    /// Connects `clients` to a TCP endpoint, that ask `command`, whose handler answers with what it
    /// got.
    #[must_use]
    pub fn start(endpoint: &Endpoint, clients: usize, command: u16) -> Self {
        let Endpoint::Tcp(address) = endpoint else { panic!("quiet clients speak TCP") };
        let begun = Instant::now();
        let connected = (0..clients).map(|number| {
            let stream = TcpStream::connect(address).expect("the listener accepts");
            stream.set_nodelay(true).unwrap();
            stream.set_nonblocking(true).unwrap();
            let share = u32::try_from(number).unwrap();
            Client {
                stream: mio::net::TcpStream::from_std(stream),
                question: request(command, &share.to_be_bytes()),
                asked: None,
                // Spread out, so that they do not ask all at once.
                due: begun + PACE * share / u32::try_from(clients).unwrap(),
                got: 0,
            }
        });
        let connected = connected.collect();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        Self { stop, thread: thread::spawn(move || drive(connected, &stopped)) }
    }

    /// Lets them stop, and says how long their replies took.
    #[must_use]
    pub fn stop(self) -> Latencies {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("every quiet client gets every reply")
    }

    /// How long replies take for `time`, with so many clients.
    #[must_use]
    pub fn measure(endpoint: &Endpoint, clients: usize, command: u16, time: Duration) -> Latencies {
        let quiet = Self::start(endpoint, clients, command);
        crate::pass(time);
        quiet.stop()
    }
}

impl Latencies {
    /// The time within which so many of a hundred replies came.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        assert!(!self.0.is_empty(), "nothing was measured");
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }

    /// The time within which so many of a thousand replies came.
    #[must_use]
    pub fn permille(&self, permille: usize) -> Duration {
        assert!(!self.0.is_empty(), "nothing was measured");
        self.0[(self.0.len() * permille / 1000).min(self.0.len() - 1)]
    }

    /// How many replies there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many times longer the 99th percentile is than that of `before`.
    #[must_use]
    pub fn times_p99(&self, before: &Self) -> f64 {
        self.percentile(99).as_secs_f64() / before.percentile(99).as_secs_f64()
    }
}

fn drive(mut clients: Vec<Client>, stop: &AtomicBool) -> Latencies {
    let mut poll = Poll::new().unwrap();
    for (index, client) in clients.iter_mut().enumerate() {
        poll.registry().register(&mut client.stream, Token(index), Interest::READABLE).unwrap();
    }
    let (mut events, mut latencies) = (Events::with_capacity(1024), Vec::new());
    loop {
        let stopping = stop.load(Ordering::Relaxed);
        let resting = clients.iter().filter(|client| client.asked.is_none());
        if stopping && clients.iter().all(|client| client.asked.is_none()) {
            return Latencies::from(latencies);
        }
        let due = resting.map(|client| client.due).min().filter(|_| !stopping);
        let rest = due.map_or(PACE, |due| due.saturating_duration_since(Instant::now()));
        match poll.poll(&mut events, Some(rest)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => panic!("{error}"),
            _ => {}
        }
        for event in &events {
            latencies.extend(clients[event.token().0].hear());
        }
        let now = Instant::now();
        let may_ask = |client: &&mut Client| client.asked.is_none() && client.due <= now;
        for client in clients.iter_mut().filter(may_ask).filter(|_| !stopping) {
            client.ask();
        }
    }
}

impl Client {
    fn ask(&mut self) {
        let sent = self.stream.write(&self.question).expect("the server is there");
        assert_eq!(sent, self.question.len(), "a quiet client's request fits");
        (self.asked, self.got) = (Some(Instant::now()), 0);
    }

    /// What came; how long the reply took, when it is whole.
    fn hear(&mut self) -> Option<Duration> {
        let mut room = [0; 512];
        loop {
            match self.stream.read(&mut room) {
                Ok(0) => panic!("the server closed a quiet client"),
                // An echo is as long as its request, bit for bit but for the kind.
                Ok(count) => self.got += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("a quiet client was failed: {error}"),
            }
        }
        if self.got < self.question.len() {
            return None;
        }
        assert_eq!(self.got, self.question.len(), "one reply, and no error");
        self.due = Instant::now() + PACE;
        self.asked.take().map(|asked| asked.elapsed())
    }
}
