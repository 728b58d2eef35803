//! The logging room: owns the way of a log line from any thread to standard output.
//!
//! The caller's thread lays the line out and puts it into a bounded queue; one writer thread
//! writes. Nothing that the reader of standard output does, or stops doing, is felt by the caller:
//! a full queue drops the line and counts it. Callers use the macros of the `log` crate with
//! key-values: `log::info!(connection = 7; "closed")`. The keys `timestamp`, `level`, `target` and
//! `message` are the line's own. Lines that come with every request are packed by the caller, and
//! laid out by the writer's thread ([`write_late`]).

mod filter;
mod fold;
mod late;
mod layout;
mod logger;
mod options;
mod queue;
mod stamp;
mod stdout;
mod style;
mod writer;

pub use late::{Unpack, is_written, write_late};
pub use logger::{FLUSH_PATIENCE, Logging, init};
pub use options::{Format, LogOptions, UnknownFormat};
pub use stamp::timestamp;
pub use style::{Ink, Style};
