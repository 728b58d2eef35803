//! The HTTP room: owns what a browser, a probe and Prometheus see. Everything is read only.
//!
//! A request walks through it like this: [`HttpServer`] accepts on a thread of its own, the
//! guard turns away what is no plain GET, the `Board` has a [`Snapshot`] that is
//! young enough or puts one [`Question`] to the loop, and the page, the metrics or the health
//! check are made of the snapshot. The loop never touches a socket of this room, and however many
//! ask, it is asked four times a second at most.

mod answer;
mod board;
mod exposition;
mod families;
mod guard;
mod handler_metrics;
mod health;
mod page;
mod plugin_families;
mod plugin_metrics;
mod server;
mod snapshot;
mod state;
mod tables;
mod visitors;

pub use board::Question;
pub use server::{HttpServer, bind};
pub use snapshot::{MAX_CONNECTIONS, MAX_ROUTES, Phase, Snapshot, Traffic};

use std::time::Duration;

/// So many connections are served at once; one more and the oldest gives way.
pub const MAX_VISITORS: usize = 128;
/// A client has so long to send the head of a request, and may be silent so long between two.
const HEAD_PATIENCE: Duration = Duration::from_secs(5);
/// A connection that is so old is closed after the answer under way.
const VISIT: Duration = Duration::from_secs(60);
/// That last answer may take so long.
const LAST_ANSWER: Duration = Duration::from_secs(5);
/// A request's head is at most so long.
const MAX_HEAD: usize = 16 << 10;
/// The loop has so long to answer; else the server counts as not alive.
const LOOP_PATIENCE: Duration = Duration::from_secs(2);
/// A snapshot is shown to everybody who asks within so long.
const FRESH: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
