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

/// Who has this much to read in a turn does not ask for little: the rest is read in turns that come
/// second, as long as there is this much in them. So a thousand who begin at once hold up nobody
/// for long.
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
        let most = if socket.is_second { budget.room() } else { budget.room().min(LITTLE) };
        let room = most.min(engine.read_room(socket.id));
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
mod tests;
