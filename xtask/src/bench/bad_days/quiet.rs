//! Clients that ask for little, and note how long each reply took. They ask whether or not the one
//! before was answered: a server that stands still is not asked less.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hotframe_protocol::Kind as FrameKind;
use mio::{Events, Interest, Poll, Token};

use super::kinds::frame;
use crate::bench::figures::moment;

/// How many there are.
pub const CLIENTS: usize = 20;
/// From one request to the next, of another client in turn: the granularity of a poll.
pub const TICK: Duration = Duration::from_millis(1);

struct Client {
    stream: mio::net::TcpStream,
    question: Vec<u8>,
    reply: Vec<u8>,
    /// Bytes of the next reply that are here.
    arrived: Vec<u8>,
    /// When it asked what is not answered yet.
    asked: VecDeque<(u64, Instant)>,
}

/// Asks until standard input ends, then prints the moment of each request and how long its reply
/// took, both in microseconds.
pub fn ask(server: SocketAddr) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut clients = (0..CLIENTS)
        .map(|index| Client::connect(server, &poll, Token(index)))
        .collect::<io::Result<Vec<Client>>>()?;
    let is_over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_over);
    thread::spawn(move || {
        // Whether it ends or fails, nobody is there any more.
        let _ended = io::copy(&mut io::stdin(), &mut io::sink());
        told.store(true, Ordering::Relaxed);
    });
    println!("asking");
    let (mut events, mut took) = (Events::with_capacity(64), Vec::new());
    let (mut due, mut next) = (Instant::now(), 0);
    loop {
        let over = is_over.load(Ordering::Relaxed);
        if over && clients.iter().all(|client| client.asked.is_empty()) {
            break;
        }
        poll.poll(&mut events, Some(due.saturating_duration_since(Instant::now())))?;
        for event in &events {
            clients[event.token().0].hear(&mut took)?;
        }
        if due <= Instant::now() {
            if !over {
                clients[next].ask()?;
                next = (next + 1) % CLIENTS;
            }
            due = (due + TICK).max(Instant::now());
        }
    }
    let lines: String = took.iter().map(|(at, took)| format!("{at} {took}\n")).collect();
    io::stdout().write_all(lines.as_bytes())
}

impl Client {
    fn connect(server: SocketAddr, poll: &Poll, token: Token) -> io::Result<Self> {
        let stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        poll.registry().register(&mut stream, token, Interest::READABLE)?;
        let data = token.0.to_be_bytes();
        let [question, reply] =
            [FrameKind::Request, FrameKind::Reply].map(|kind| frame(kind, &data));
        let (arrived, asked) = (Vec::new(), VecDeque::new());
        Ok(Self { stream, question, reply, arrived, asked })
    }

    fn ask(&mut self) -> io::Result<()> {
        self.asked.push_back((moment(), Instant::now()));
        let sent = self.stream.write(&self.question)?;
        if sent < self.question.len() { Err(ErrorKind::WriteZero.into()) } else { Ok(()) }
    }

    fn hear(&mut self, took: &mut Vec<(u64, u128)>) -> io::Result<()> {
        let mut room = [0; 4096];
        loop {
            match self.stream.read(&mut room) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.arrived.extend_from_slice(&room[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        while self.arrived.len() >= self.reply.len() {
            let Some((at, asked)) = self.asked.pop_front() else { break };
            if !self.arrived.starts_with(&self.reply) {
                return Err(io::Error::other("a quiet client got another reply than an echo"));
            }
            self.arrived.drain(..self.reply.len());
            took.push((at, asked.elapsed().as_micros()));
        }
        Ok(())
    }
}
