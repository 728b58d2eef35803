//! The control room: owns the socket over which an operator asks the running server things.
//!
//! A request walks through it like this: [`ControlSocket`] holds the name in the file system,
//! [`ControlServer`] accepts on a thread of its own, a conversation reads one [`Verb`] and hands a
//! [`ControlRequest`] to the event loop, the loop sends an [`Answer`](answers::Answer) down the
//! request's [`ReplyChannel`], and the conversation writes it. The loop never touches the socket.
//! [`ask`] is the other end: what `hotframe ctl` speaks.

pub mod answers;
mod client;
mod conversation;
mod error;
mod follow;
mod handing;
mod places;
mod request;
mod server;
mod socket;
mod stream;
mod timed;
mod verb;

pub use crate::diagnostics::codes::control as codes;
pub use client::{AskError, ask};
pub use error::ControlError;
pub use follow::follow;
pub use handing::{Handed, MAX_HANDED, ask_for_sockets};
pub use request::{ControlRequest, ReplyChannel, ReplyWait};
pub use server::ControlServer;
pub use socket::{ControlSocket, Publisher};
pub use verb::Verb;

use std::time::Duration;

/// A request line is at most so long.
const MAX_REQUEST: usize = 64 << 10;
/// So many clients are served at once; the next one is told to come again.
const MAX_CLIENTS: usize = 16;
/// A client has so long for its request line.
const READ_PATIENCE: Duration = Duration::from_secs(2);
/// A client has so long to take its answer.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// The event loop has so long for an answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);
/// A reload reads files and loads plugins, and may take so long.
const RELOAD_PATIENCE: Duration = Duration::from_secs(30);
/// A drain waits for peers to leave, for a grace of a day at most, and then for a shutdown.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2 * 86_400 + 60);
/// A stop waits so long for conversations under way.
const STOP_PATIENCE: Duration = Duration::from_millis(500);

/// How long the server may take to answer `verb`.
#[must_use]
pub const fn patience(verb: &Verb) -> Duration {
    match verb {
        Verb::Reload { .. } | Verb::Rollback { .. } | Verb::Enable { .. } => RELOAD_PATIENCE,
        Verb::Drain { .. } | Verb::StepDown => DRAIN_PATIENCE,
        _ => ANSWER_PATIENCE,
    }
}

#[cfg(test)]
mod tests;
