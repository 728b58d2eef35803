//! Serial lines: own the devices that peers are connected to by wire.
//!
//! A line is a listener at which one peer waits as long as its device is there. The device is
//! opened on a thread of the line's own, again and again while it is not there, and again when its
//! connection is over. Only builds with the feature `serial` have them.

#[cfg(not(feature = "serial"))]
mod absent;
#[cfg(feature = "serial")]
mod line;

#[cfg(not(feature = "serial"))]
pub use absent::{Line, LineStream};
#[cfg(feature = "serial")]
pub use line::{Line, LineStream};
