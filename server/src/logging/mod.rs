//! The logging room: owns the way of a log line from any thread to standard output.
//!
//! The caller's thread lays the line out and puts it into a bounded [`Queue`](queue::Queue); one
//! writer thread writes. Nothing that the reader of standard output does, or stops doing, is felt
//! by the caller: a full queue drops the line and counts it. Callers use the macros of the `log`
//! crate, with key-values: `log::info!(connection = 7; "closed")`.

mod options;

pub use options::{Format, LogOptions};
