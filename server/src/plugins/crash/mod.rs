//! Owns the record of a crash: who ended the server is written down by what is left of it, and read
//! at the next start.
//!
//! ```text
//!  install ─▶ signal, exit or watchdog ─▶ writer ─▶ STATE_DIR/crash.record ─▶ take_leftover
//!             on the crashed thread       plain text, one write               at the next start
//! ```
mod leftover;
mod signals;
mod writer;

pub use self::leftover::{Crash, take_leftover};
pub use self::signals::install;
pub(super) use self::signals::instruction;
pub use self::writer::give_up;

/// The name of the record in the state folder.
const RECORD: &str = "crash.record";
