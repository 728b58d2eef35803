//! A turn of one connection: owns its three parts, read, answer and send, and the bound on each.
//! Others may have theirs between two of them.
//!
//! One read of at most what the [`Budget`] has room for and one write a turn: what is left waits on
//! the ready list behind the other connections: a peer at line rate cannot starve a quiet one.

use hotframe_core::{ConnectionId, Engine, Handlers, Moment, Next};

use super::budget::Budget;
use super::socket::Moved;
use super::sockets::Socket;

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

/// What was read for a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// Bytes that were carried over or are new.
    pub len: usize,
    /// Some are new, or may be answered now.
    is_due: bool,
    end: End,
}

/// Whether a read was the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    HalfClosed,
    Lost,
}

/// The first part: reads once, into the front of `room`, which has
/// [`MAX_CARRY`](hotframe_core::MAX_CARRY) bytes or more.
pub fn read<H: Handlers>(
    engine: &Engine<H>,
    socket: &mut Socket,
    room: &mut [u8],
    budget: Budget,
) -> Intake {
    if !wants_turn(engine, socket) {
        return Intake::default();
    }
    let carry = engine.carry(socket.id);
    let start = carry.len();
    room[..start].copy_from_slice(carry);
    // Bytes that were held back are answered before new ones are read: the carry stays bounded.
    let has_backlog = engine.has_backlog(socket.id);
    let mut intake = Intake { len: start, is_due: has_backlog, end: End::Open };
    if socket.readable && !has_backlog {
        let most = if socket.is_second { budget.room() } else { budget.room().min(LITTLE) };
        let most = most.min(engine.read_room(socket.id));
        match socket.stream.read(&mut room[start..start + most]) {
            Moved::Bytes(0) => (socket.readable, intake.end) = (false, End::HalfClosed),
            Moved::Bytes(n) => {
                (intake.len, intake.is_due) = (start + n, true);
                let heard = u32::try_from(n).unwrap_or(u32::MAX);
                socket.last_words = socket.last_words.saturating_sub(heard);
                // A short read says that the socket is empty, without a second call to hear it.
                socket.readable = n == most || socket.hangup;
                socket.is_second = n >= most.min(LITTLE) || start > 0;
            }
            Moved::WouldBlock => (socket.readable, socket.last_words) = (false, 0),
            Moved::Lost => intake.end = End::Lost,
        }
    }
    intake
}

/// The second part: has `bytes`, which are what was taken in, answered.
pub fn answer<H: Handlers>(
    engine: &mut Engine<H>,
    id: ConnectionId,
    intake: Intake,
    bytes: &[u8],
    now: Moment,
) {
    if intake.is_due {
        engine.handle_received(id, bytes, now);
    }
    match intake.end {
        End::Open => {}
        End::HalfClosed => engine.handle_eof(id, now),
        End::Lost => engine.handle_lost(id, now),
    }
}

/// The third part: writes once.
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
