//! Lines on their way to the writer: owns the bounds, and the count of what did not fit.

use std::{
    mem,
    time::{Duration, Instant, SystemTime},
};

use log::{Level, Record};

use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{
    fold::{Fold, Repeats},
    late::{self, Late, Unpack},
    layout::Layout,
};

/// At most so many lines wait for the writer.
pub(super) const MAX_LINES: usize = 8_192;
/// At most so many bytes wait for the writer; the batch that it writes may be as large again.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// Room that is kept for the next batch; a burst's larger room goes back.
pub(super) const KEEP_BYTES: usize = 64 << 10;

/// The lines that wait. No call holds the lock for longer than copying one line, or, in the
/// writer, swapping two buffers.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) layout: Layout,
    state: Mutex<State>,
    /// Told when there is something for the writer.
    work: Condvar,
    /// Told when the writer has written all it had.
    drained: Condvar,
}

#[derive(Debug, Default)]
struct State {
    text: Vec<u8>,
    /// Where in the text something stands that is still to be laid out, in order.
    late: Vec<Late>,
    lines: usize,
    /// Lost since the last time this was told in the log.
    untold: u64,
    dropped: u64,
    fold: Fold,
    writing: bool,
    closing: bool,
}

/// What the writer is to write.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) text: Vec<u8>,
    late: Vec<Late>,
    /// The text's last line tells that so many lines were dropped; 0: there is no such line.
    pub(super) told: u64,
}

/// One line that is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) text: &'a [u8],
    /// Where in the text the part starts that does not depend on the time.
    pub(super) body: usize,
    pub(super) level: Level,
    pub(super) target: &'a str,
}

impl Queue {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, state: Mutex::default(), work: Condvar::new(), drained: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A line is whole or absent in `text` whatever panicked, so a poisoned lock is good.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the line, or counts it as a repeat or as dropped. Never waits for the writer.
    pub(super) fn push(&self, line: Line<'_>, now: Instant) {
        let mut state = self.lock();
        let (was_empty, was_due) = (state.text.is_empty(), state.fold.due());
        if !state.fold.absorb(&line.text[line.body..], now) {
            state.settle(&self.layout, now);
            if state.append(line.text) {
                state.fold.remember(&line.text[line.body..], line.level, line.target, now);
            } else {
                state.fold.forget();
            }
        }
        let first_line = was_empty && !state.text.is_empty();
        let first_repeat = was_due.is_none() && state.fold.due().is_some();
        drop(state);
        if first_line || first_repeat {
            self.work.notify_one();
        }
    }

    /// Takes what the writer is to lay out, or counts it as dropped. It repeats no line before it.
    /// Never waits for the writer.
    pub(super) fn push_late(&self, pack: impl FnOnce(&mut Vec<u8>), unpack: Unpack) {
        let mut state = self.lock();
        let was_empty = state.text.is_empty();
        if state.fold.due().is_some() {
            state.settle(&self.layout, Instant::now());
        }
        state.fold.forget();
        state.append_late(pack, unpack);
        let is_first = was_empty && !state.text.is_empty();
        drop(state);
        if is_first {
            self.work.notify_one();
        }
    }

    /// Blocks the writer until there is something to write; `None` when the queue is closed and
    /// empty. `spare` is the room of the last batch.
    pub(super) fn take(&self, spare: Option<Batch>) -> Option<Batch> {
        let mut spare = spare.unwrap_or_default();
        spare.clear();
        let mut state = self.lock();
        state.writing = false;
        loop {
            let due = state.fold.due();
            let now = Instant::now();
            if state.closing || due.is_some_and(|due| due <= now) {
                state.settle(&self.layout, now);
            }
            if !state.text.is_empty() {
                return Some(state.hand_over(&self.layout, spare));
            }
            self.drained.notify_all();
            if state.closing {
                return None;
            }
            state = match due {
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(due) => {
                    let wait = self.work.wait_timeout(state, due - now);
                    wait.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Counts lines that the writer could not write. `told` of that batch is to be told again.
    pub(super) fn count_lost(&self, lines: u64, told: u64) {
        let mut state = self.lock();
        state.untold += lines + told;
        state.dropped += lines;
    }

    /// Lines that were lost since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Waits until all that was pushed is written, at most for `patience`; false: it is not.
    pub(super) fn flush(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        let mut state = self.lock();
        while state.writing || !state.text.is_empty() {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return false;
            }
            let wait = self.drained.wait_timeout(state, left);
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Ends the writer once it has written what waits, and waits for that like [`Self::flush`];
    /// a second call does not wait again.
    pub(super) fn close(&self, patience: Duration) -> bool {
        let mut state = self.lock();
        if state.closing {
            return state.text.is_empty() && !state.writing;
        }
        state.settle(&self.layout, Instant::now());
        state.closing = true;
        drop(state);
        self.work.notify_one();
        self.flush(patience)
    }
}

impl State {
    /// Appends the line, or counts it as dropped.
    fn append(&mut self, line: &[u8]) -> bool {
        let fits = self.lines < MAX_LINES && self.text.len() + line.len() <= MAX_BYTES;
        if fits {
            self.text.extend_from_slice(line);
        }
        self.count(fits)
    }

    /// Appends what is still to be laid out, or counts it as dropped.
    fn append_late(&mut self, pack: impl FnOnce(&mut Vec<u8>), unpack: Unpack) {
        let start = self.text.len();
        let mut fits = self.lines < MAX_LINES && start < MAX_BYTES;
        if fits {
            pack(&mut self.text);
            fits = self.text.len() <= MAX_BYTES;
        }
        if fits {
            let place = start..self.text.len();
            self.late.push(Late { place, when: SystemTime::now(), unpack });
        } else {
            self.text.truncate(start);
        }
        self.count(fits);
    }

    const fn count(&mut self, fits: bool) -> bool {
        if fits {
            self.lines += 1;
        } else {
            self.untold += 1;
            self.dropped += 1;
        }
        fits
    }

    /// Tells how often the last line was repeated, if it was.
    fn settle(&mut self, layout: &Layout, now: Instant) {
        if let Some(Repeats { level, target, count }) = self.fold.settle(now) {
            let times = if count == 1 { "time" } else { "times" };
            let args = format_args!("last message repeated {count} {times}");
            let pair = ("repeated", count);
            let mut line = Vec::new();
            let mut builder = Record::builder();
            let record = builder.level(level).target(&target).args(args).key_values(&pair);
            layout.write(&mut line, &record.build(), SystemTime::now());
            self.append(&line);
        }
    }

    /// Swaps what waits for `spare`, with the line about drops behind it.
    fn hand_over(&mut self, layout: &Layout, spare: Batch) -> Batch {
        let mut text = mem::replace(&mut self.text, spare.text);
        let late = mem::replace(&mut self.late, spare.late);
        self.lines = 0;
        self.writing = true;
        let told = mem::take(&mut self.untold);
        if told > 0 {
            let lines = if told == 1 { "line was" } else { "lines were" };
            let args = format_args!("{told} log {lines} dropped: the log's reader was too slow");
            let pair = ("dropped", told);
            let mut builder = Record::builder();
            let record = builder.level(Level::Warn).target(module_path!()).args(args);
            layout.write(&mut text, &record.key_values(&pair).build(), SystemTime::now());
        }
        Batch { text, late, told }
    }
}

impl Batch {
    /// The lines, all laid out; `room` is for those that were not yet.
    pub(super) fn laid_out<'a>(&'a self, layout: &Layout, room: &'a mut Vec<u8>) -> &'a [u8] {
        if self.late.is_empty() {
            return &self.text;
        }
        late::lay_out(&self.text, &self.late, layout, room);
        room
    }

    /// Keeps nothing but room for the next one; a burst's larger room goes back.
    fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(KEEP_BYTES);
        self.late.clear();
        self.late.shrink_to(KEEP_BYTES / size_of::<Late>());
        self.told = 0;
    }
}
