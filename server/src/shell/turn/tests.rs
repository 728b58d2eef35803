//! Turns of one connection against a socket pair.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use hotframe_core::{
    Deferrals, HandlerEntry, Limits, MAX_CARRY, Outcome, Profile, Reply, Request, RouteSpec,
    RouteTable,
};
use hotframe_protocol::{Command, Frame, Kind, MAX_FRAME};

use super::*;
use crate::shell::peer::Peer;
use crate::shell::socket::Stream;

const NOW: Moment = Moment::from_nanos(1);

struct Echo;

impl Handlers for Echo {
    type Callee = ();

    fn call(
        &mut self,
        (): (),
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        _: &mut Deferrals<'_>,
    ) -> Outcome {
        reply.data[..request.data.len()].copy_from_slice(request.data);
        reply.len = u8::try_from(request.data.len()).unwrap();
        Outcome::Reply
    }
}

/// An engine that echoes, one connection of it, and the peer at the other end.
struct Bench {
    engine: Engine<Echo>,
    socket: Socket,
    peer: UnixStream,
    buffer: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let mut engine = Engine::new(Echo, Limits::DEFAULT, "0");
        let entry = HandlerEntry { name: "echo".into(), callee: (), min_len: 0, max_len: 255 };
        let generation = engine.stage("echo", vec![entry]);
        engine.activate(generation, NOW);
        let spec = RouteSpec::new("echo.echo");
        engine.set_routes(RouteTable::build([(0x100, spec)], None, 1), NOW);
        let (ours, peer) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let stream = Stream::Unix(mio::net::UnixStream::from_std(ours));
        let id = engine.handle_accepted(Profile::default(), NOW).unwrap();
        let socket = Socket::new(id, stream, Peer::Unix { pid: 0, uid: 0 }, 0);
        Self { engine, socket, peer, buffer: vec![0; MAX_CARRY] }
    }

    fn turn(&mut self) -> After {
        let (engine, socket) = (&mut self.engine, &mut self.socket);
        let intake = read(engine, socket, &mut self.buffer, Budget::default());
        answer(engine, socket.id, intake, &self.buffer[..intake.len], NOW);
        send(engine, socket, NOW)
    }

    /// What the loop does at an event for both directions.
    fn event(&mut self) -> After {
        (self.socket.readable, self.socket.writable) = (true, true);
        self.turn()
    }
}

fn frames(kind: Kind, numbers: std::ops::Range<u32>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in numbers {
        let mut room = [0; MAX_FRAME];
        let command = Command::new(kind, 0x100);
        let frame = Frame { address: 1, command, data: &number.to_be_bytes() };
        let len = frame.encode(&mut room).unwrap();
        bytes.extend_from_slice(&room[..len]);
    }
    bytes
}

fn received(peer: &mut UnixStream, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    peer.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn what_came_is_answered_in_the_same_turn() {
    let mut bench = Bench::new();
    bench.peer.write_all(&frames(Kind::Request, 0..3)).unwrap();
    assert_eq!(bench.event(), After::Rest);
    let expected = frames(Kind::Reply, 0..3);
    assert_eq!(received(&mut bench.peer, expected.len()), expected);
}

#[test]
fn each_part_waits_for_the_one_before() {
    let mut bench = Bench::new();
    bench.peer.write_all(&frames(Kind::Request, 0..3)).unwrap();
    bench.peer.set_nonblocking(true).unwrap();
    bench.socket.readable = true;
    let Bench { engine, socket, buffer, .. } = &mut bench;
    let intake = read(engine, socket, buffer, Budget::default());
    assert_eq!(engine.counters().frames_in, 0, "answered before its time");
    answer(engine, socket.id, intake, &buffer[..intake.len], NOW);
    assert_eq!(engine.counters().frames_out, 3);
    assert!(bench.peer.read(&mut [0]).is_err(), "sent before its time");
    assert_eq!(send(&mut bench.engine, &mut bench.socket, NOW), After::Rest);
    assert_eq!(bench.peer.read(&mut [0; 64]).unwrap(), frames(Kind::Reply, 0..3).len());
}

#[test]
fn a_full_read_waits_for_its_next_turn() {
    let mut bench = Bench::new();
    bench.peer.write_all(&frames(Kind::Request, 0..4000)).unwrap();
    assert_eq!(bench.event(), After::Again);
    let expected = frames(Kind::Reply, 0..4000);
    assert_eq!(bench.turn(), After::Again);
    assert_eq!(bench.turn(), After::Rest);
    assert_eq!(received(&mut bench.peer, expected.len()), expected);
}

#[test]
fn a_peer_that_does_not_read_is_not_read_until_it_does() {
    let mut bench = Bench::new();
    bench.peer.set_nonblocking(true).unwrap();
    let requests = frames(Kind::Request, 0..200_000);
    let (mut sent, mut got) = (0, Vec::new());
    let most = Limits::DEFAULT.most_outbound();
    // The peer writes as long as the server takes anything.
    let mut before = None;
    while before != Some((sent, bench.engine.counters().frames_in)) {
        before = Some((sent, bench.engine.counters().frames_in));
        sent += bench.peer.write(&requests[sent..]).unwrap_or(0);
        bench.event();
        assert!(bench.engine.all_outbound(bench.socket.id).map(<[u8]>::len).sum::<usize>() <= most);
    }
    assert!(sent < requests.len(), "the server took everything");
    assert!(!bench.engine.wants_read(bench.socket.id));
    let mut room = [0; 1 << 16];
    while let Ok(n) = bench.peer.read(&mut room) {
        got.extend_from_slice(&room[..n]);
        while bench.event() == After::Again {}
    }
    let whole = u32::try_from(sent / 12).unwrap();
    assert_eq!(got, frames(Kind::Reply, 0..whole));
}

#[test]
fn who_asks_for_little_comes_first_once_that_is_seen() {
    let mut bench = Bench::new();
    for (frames_sent, is_second) in [(1, false), (341, false), (1000, true), (1, false)] {
        bench.peer.write_all(&frames(Kind::Request, 0..frames_sent)).unwrap();
        let before = bench.engine.counters().bytes_in;
        let after = bench.event();
        assert_eq!((bench.socket.is_second, after == After::Again), (is_second, is_second));
        assert!(bench.engine.counters().bytes_in - before <= LITTLE as u64);
        while bench.turn() == After::Again {}
    }
    bench.peer.write_all(&frames(Kind::Request, 0..1)[..5]).unwrap();
    bench.event();
    bench.peer.write_all(&frames(Kind::Request, 0..1)[5..8]).unwrap();
    bench.event();
    assert!(bench.socket.is_second, "a frame is begun");
}

#[test]
fn a_half_close_is_answered_to_the_last_request_and_then_closed() {
    let mut bench = Bench::new();
    bench.peer.write_all(&frames(Kind::Request, 0..100)).unwrap();
    bench.peer.shutdown(std::net::Shutdown::Write).unwrap();
    bench.socket.hangup = true;
    assert_eq!(bench.event(), After::Again);
    assert_eq!(bench.turn(), After::Close);
    let expected = frames(Kind::Reply, 0..100);
    assert_eq!(received(&mut bench.peer, expected.len()), expected);
}

#[test]
fn a_peer_that_is_gone_is_let_go() {
    let mut bench = Bench::new();
    bench.peer.write_all(&frames(Kind::Request, 0..1)).unwrap();
    drop(std::mem::replace(&mut bench.peer, UnixStream::pair().unwrap().0));
    assert_eq!(bench.event(), After::Close);
    assert_eq!(bench.engine.connections().count(), 0);
}
