//! The mio shell: owns the event loop and everything that touches a socket.
//!
//! Bytes come in through a [`listener`], are read in a [`turn`], handed to the engine of
//! `hotframe-core`, and its answer leaves in the same turn. The loop opens no file and blocks on
//! nothing: other threads hand over finished values through the [`mailbox`].

pub mod binding;
pub mod budget;
pub mod clock;
pub mod descriptors;
pub mod event_loop;
mod hearing;
pub mod histogram;
pub mod impatience;
pub mod inherited;
pub mod lag;
pub mod listener;
pub mod listeners;
pub mod loop_core;
pub mod mailbox;
pub mod peer;
pub mod pulse;
mod row;
pub mod serial;
pub mod signals;
pub mod socket;
pub mod sockets;
pub mod sources;
pub mod steward;
pub mod stopwatch;
pub mod turn;
mod turns;
pub mod watchdog;
