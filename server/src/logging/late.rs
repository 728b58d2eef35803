//! Lines that are laid out late: owns how one thread packs what a line says, and the log's own
//! thread makes the line of it.
//!
//! Laying a line out costs more than answering a request. Who writes a line about each request
//! packs its facts into a few bytes, and the rest is done where nobody waits for it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use log::{Level, Record};

use super::{filter::Filter, layout::Layout, queue::Queue};

/// Makes a record of what was packed, and hands it to the layout. Runs on the log's thread.
pub type Unpack = fn(&[u8], &mut dyn FnMut(&Record<'_>));

/// Where the process's log takes them.
static LOG: OnceLock<(Arc<Queue>, Arc<Filter>)> = OnceLock::new();

/// A line that is still to be laid out.
#[derive(Clone, Debug)]
pub(super) struct Late {
    /// Where in the batch it is packed.
    pub(super) place: Range<usize>,
    pub(super) when: SystemTime,
    pub(super) unpack: Unpack,
}

/// The process has this log from now on.
pub(super) fn open(queue: &Arc<Queue>, filter: &Arc<Filter>) {
    // A process has one log: `log::set_boxed_logger` has refused a second one.
    let _is_first = LOG.set((Arc::clone(queue), Arc::clone(filter)));
}

/// Whether a line of this kind is written at all.
#[must_use]
pub fn is_written(level: Level, target: &str) -> bool {
    LOG.get().is_some_and(|(_, filter)| filter.passes(level, target))
}

/// Writes a line that the log's own thread lays out: `pack` appends what it says, and `unpack`
/// reads that again. A line that does not fit is dropped and counted, as any other. Nothing happens
/// before there is a log.
pub fn write_late(pack: impl FnOnce(&mut Vec<u8>), unpack: Unpack) {
    if let Some((queue, _)) = LOG.get() {
        queue.push_late(pack, unpack);
    }
}

/// Appends the lines of `text` to `out`, those that are late laid out.
pub(super) fn lay_out(text: &[u8], late: &[Late], layout: &Layout, out: &mut Vec<u8>) {
    let mut done = 0;
    for Late { place, when, unpack } in late {
        out.extend_from_slice(&text[done..place.start]);
        unpack(&text[place.clone()], &mut |record| {
            layout.write(out, record, *when);
        });
        done = place.end;
    }
    out.extend_from_slice(&text[done..]);
}
