//! The writer thread's work: owns what happens when standard output takes less than all.

use std::io::{ErrorKind, Write};

use super::queue::{KEEP_BYTES, Queue};

/// Writes batches until the queue is closed and empty.
pub(super) fn run(queue: &Queue, mut sink: impl Write) {
    let (mut spare, mut room) = (None, Vec::new());
    let mut torn = false;
    while let Some(batch) = queue.take(spare) {
        room.clear();
        room.shrink_to(KEEP_BYTES);
        let text = batch.laid_out(&queue.layout, &mut room);
        // The rest of a line that broke off must not run into the next one.
        if torn && write_some(&mut sink, b"\n") == 1 {
            torn = false;
        }
        let written = if torn { 0 } else { write_some(&mut sink, text) };
        torn |= written > 0 && text[written - 1] != b'\n';
        if written < text.len() {
            count_unwritten(queue, &text[written..], batch.told);
        }
        spare = Some(batch);
    }
}

/// Writes until all is written or the sink fails for good; returns how much was.
fn write_some(sink: &mut impl Write, text: &[u8]) -> usize {
    let mut written = 0;
    while written < text.len() {
        match sink.write(&text[written..]) {
            Ok(0) => break,
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    written
}

/// Counts the lines of a batch that did not leave whole, where `told` is the batch's.
fn count_unwritten(queue: &Queue, rest: &[u8], told: u64) {
    // A message of several lines goes on indented: that is no line of its own.
    let starts_line = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"    ");
    let lines = rest.split(|byte| *byte == b'\n');
    let lost = lines.filter(starts_line).fold(0_u64, |count, _| count + 1);
    // The line about drops is the last one, so it is lost when any is, and no drop of its own.
    queue.count_lost(lost.saturating_sub(u64::from(told > 0)), told);
}
