//! A turn of one connection: owns the order read, answer, write, and the bound on each. What is
//! read is answered in the first half; the second, which writes, may come a little later.
//!
//! One read of at most what the [`Budget`] has room for and one write a turn: what is left waits on
//! the ready list behind the other connections: a peer at line rate cannot starve a quiet one.

use hotframe_core::{Engine, Handlers, MAX_CARRY, Moment, Next, READ_ROOM};

use super::budget::Budget;
use super::socket::Moved;
use super::sockets::Socket;

/// The size of the loop's one read buffer: what was carried over, then what is new.
pub const BUFFER_SIZE: usize = MAX_CARRY + READ_ROOM;

/// Who reads this much in a turn does not ask for little. Most of what a peer at line rate sends is
/// read in turns that are full; the one that is not does not make it modest.
const LITTLE: usize = 4096;

/// What is to be done with a connection after its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Wait for an event.
    Rest,
    /// Another turn without an event: there may be more to read or to answer.
    Again,
    /// Close at once.
    Close,
}

/// The first half: reads once, and has what came answered.
pub fn answer<H: Handlers>(
    engine: &mut Engine<H>,
    socket: &mut Socket,
    buffer: &mut [u8],
    budget: Budget,
    now: Moment,
) {
    if wants_turn(engine, socket) && !receive(engine, socket, buffer, budget, now) {
        engine.handle_lost(socket.id, now);
    }
}

/// The second half: writes once.
pub fn send<H: Handlers>(engine: &mut Engine<H>, socket: &mut Socket, now: Moment) -> After {
    if !write(engine, socket, now) {
        engine.handle_lost(socket.id, now);
    }
    if socket.last_words > 0 && engine.wants_read(socket.id) {
        // The end of the server does not come before what had arrived is answered.
        return After::Again;
    }
    match engine.poll_next(socket.id) {
        Next::Close => After::Close,
        Next::ShutdownWrite => {
            // A close with unread input would destroy the replies that are still on their way:
            // the engine has what the peer still sends read and discarded for a while.
            if socket.stream.shutdown_write() { After::Again } else { After::Close }
        }
        Next::Keep if wants_turn(engine, socket) => After::Again,
        Next::Keep => After::Rest,
    }
}

fn wants_turn<H: Handlers>(engine: &Engine<H>, socket: &Socket) -> bool {
    engine.wants_read(socket.id) && (socket.readable || engine.has_backlog(socket.id))
}

/// Whether the stream is still of use.
fn receive<H: Handlers>(
    engine: &mut Engine<H>,
    socket: &mut Socket,
    buffer: &mut [u8],
    budget: Budget,
    now: Moment,
) -> bool {
    let carry = engine.carry(socket.id);
    let start = carry.len();
    buffer[..start].copy_from_slice(carry);
    // Bytes that were held back are answered before new ones are read: the carry stays bounded.
    let backlog = engine.has_backlog(socket.id);
    let mut end = start;
    let mut eof = false;
    if socket.readable && !backlog {
        let room = budget.room().min(engine.read_room(socket.id));
        match socket.stream.read(&mut buffer[start..start + room]) {
            Moved::Bytes(0) => eof = true,
            Moved::Bytes(n) => {
                end += n;
                let heard = u32::try_from(n).unwrap_or(u32::MAX);
                socket.last_words = socket.last_words.saturating_sub(heard);
                // A short read says that the socket is empty, without a second call to hear it.
                socket.readable = n == room || socket.hangup;
                socket.is_second = n >= room.min(LITTLE) || start > 0;
            }
            Moved::WouldBlock => (socket.readable, socket.last_words) = (false, 0),
            Moved::Lost => return false,
        }
    }
    if end > start || backlog {
        engine.handle_received(socket.id, &buffer[..end], now);
    }
    if eof {
        socket.readable = false;
        engine.handle_eof(socket.id, now);
    }
    true
}

/// Whether the stream is still of use.
fn write<H: Handlers>(engine: &mut Engine<H>, socket: &mut Socket, now: Moment) -> bool {
    loop {
        let bytes = engine.outbound(socket.id);
        if bytes.is_empty() || !socket.writable {
            return true;
        }
        match socket.stream.write(bytes) {
            Moved::Bytes(n) => {
                socket.writable = n == bytes.len();
                // What a slow peer has let pile up lies in pieces.
                if !engine.handle_written(socket.id, n, now) {
                    return true;
                }
            }
            Moved::WouldBlock => {
                socket.writable = false;
                return true;
            }
            Moved::Lost => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use hotframe_core::{
        Deferrals, HandlerEntry, Limits, Outcome, Profile, Reply, Request, RouteSpec, RouteTable,
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
            Self { engine, socket, peer, buffer: vec![0; BUFFER_SIZE] }
        }

        fn turn(&mut self) -> After {
            let (engine, socket) = (&mut self.engine, &mut self.socket);
            answer(engine, socket, &mut self.buffer, Budget::default(), NOW);
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
    fn what_was_answered_waits_for_the_second_half() {
        let mut bench = Bench::new();
        bench.peer.write_all(&frames(Kind::Request, 0..3)).unwrap();
        bench.peer.set_nonblocking(true).unwrap();
        bench.socket.readable = true;
        answer(&mut bench.engine, &mut bench.socket, &mut bench.buffer, Budget::default(), NOW);
        assert_eq!(bench.engine.counters().frames_out, 3);
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
            assert!(
                bench.engine.all_outbound(bench.socket.id).map(<[u8]>::len).sum::<usize>() <= most
            );
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
        assert!(bench.socket.is_second, "who is new has shown nothing yet");
        for (frames_sent, is_second) in [(1, false), (100, false), (341, false), (342, true)] {
            bench.peer.write_all(&frames(Kind::Request, 0..frames_sent)).unwrap();
            assert_eq!(bench.event(), After::Rest);
            assert_eq!(bench.socket.is_second, is_second, "after {frames_sent} frames at once");
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
}
