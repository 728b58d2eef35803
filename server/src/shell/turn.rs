//! A turn of one connection: owns the order read, answer, write, and the bound on each.
//!
//! One read of at most [`READ_ROOM`] bytes and one write a turn: what is left waits on the ready
//! list behind the other connections, so that a peer at line rate cannot starve a quiet one.

use hotframe_core::{Engine, Handlers, MAX_CARRY, Moment, Next, READ_ROOM};

use super::socket::Moved;
use super::sockets::Socket;

/// The size of the loop's one read buffer: what was carried over, then what is new.
pub const BUFFER_SIZE: usize = MAX_CARRY + READ_ROOM;

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

/// Reads once, has what came answered, and writes once.
pub fn take<H: Handlers>(
    engine: &mut Engine<H>,
    socket: &mut Socket,
    buffer: &mut [u8],
    now: Moment,
) -> After {
    let alive = receive(engine, socket, buffer, now) && send(engine, socket, now);
    if !alive {
        engine.handle_lost(socket.id, now);
    }
    match engine.poll_next(socket.id) {
        Next::Close => After::Close,
        Next::ShutdownWrite => {
            // A close with unread input would destroy the replies that are still on their way:
            // the engine has what the peer still sends read and discarded for a while.
            socket.stream.shutdown_write();
            After::Again
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
    now: Moment,
) -> bool {
    if !wants_turn(engine, socket) {
        return true;
    }
    let carry = engine.carry(socket.id);
    let start = carry.len();
    buffer[..start].copy_from_slice(carry);
    // Bytes that were held back are answered before new ones are read: the carry stays bounded.
    let backlog = engine.has_backlog(socket.id);
    let mut end = start;
    let mut eof = false;
    if socket.readable && !backlog {
        match socket.stream.read(&mut buffer[start..start + READ_ROOM]) {
            Moved::Bytes(0) => eof = true,
            Moved::Bytes(n) => {
                end += n;
                // A short read says that the socket is empty, without a second call to hear it.
                socket.readable = n == READ_ROOM || socket.hangup;
            }
            Moved::WouldBlock => socket.readable = false,
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
fn send<H: Handlers>(engine: &mut Engine<H>, socket: &mut Socket, now: Moment) -> bool {
    let bytes = engine.outbound(socket.id);
    if bytes.is_empty() || !socket.writable {
        return true;
    }
    match socket.stream.write(bytes) {
        Moved::Bytes(n) => {
            socket.writable = n == bytes.len();
            engine.handle_written(socket.id, n, now);
            true
        }
        Moved::WouldBlock => {
            socket.writable = false;
            true
        }
        Moved::Lost => false,
    }
}
