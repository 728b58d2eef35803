//! The process's logger: owns the hand-over from the `log` crate, and the operator's handle.

use std::{
    cell::Cell,
    io::{self, Write},
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use log::{LevelFilter, Log, Metadata, Record};

use crate::courtesy;

use super::{
    Format, LogOptions,
    filter::Filter,
    late,
    layout::Layout,
    queue::{Line, Queue},
    stdout::RawStdout,
    writer,
};

/// How long a stop waits for the last lines to be read: so long that a busy machine, which lets the
/// writer wait for its turn, is not taken for a reader that has stopped, and so short that a stop
/// with such a reader takes less than two seconds.
pub const FLUSH_PATIENCE: Duration = Duration::from_millis(1500);

/// A thread keeps the room of its last line when it is not larger than this.
const KEEP_BYTES: usize = 16 << 10;

thread_local! {
    /// Room in which this thread lays its lines out.
    static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The running log: what an operator can change about it, and its end. Once a process.
#[derive(Debug)]
pub struct Logging {
    queue: Arc<Queue>,
    filter: Arc<Filter>,
}

/// Starts the log on standard output: installs the logger of the `log` crate and its writer
/// thread.
///
/// # Errors
/// When the process has a logger already, or the thread cannot be started.
pub fn init(options: &LogOptions) -> io::Result<Logging> {
    let queue = Arc::new(Queue::new(Layout::for_stdout(options.format)));
    spawn_writer(Arc::clone(&queue), RawStdout)?;
    let filter = Arc::new(Filter::new(options.level));
    let logging = Logging { queue: Arc::clone(&queue), filter: Arc::clone(&filter) };
    late::open(&queue, &filter);
    log::set_boxed_logger(Box::new(Logger { queue, filter })).map_err(io::Error::other)?;
    logging.set_level(options.level);
    Ok(logging)
}

fn spawn_writer(queue: Arc<Queue>, sink: impl Write + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name("log".into());
    // Detached: it may be blocked in a write for ever, and nobody must wait for it then.
    let write = move || {
        courtesy::stand_back();
        writer::run(&queue, sink);
    };
    thread.spawn(write).map(drop)
}

impl Logging {
    /// Writes lines down to this level from now on.
    pub fn set_level(&self, level: LevelFilter) {
        self.filter.set_base(level);
    }

    /// Writes lines of `target`, and of what is below it, down to this level from now on.
    pub fn set_target(&self, target: &str, level: LevelFilter) {
        self.filter.set_target(target, level);
    }

    /// No target has a level of its own any more.
    pub fn clear_targets(&self) {
        self.filter.clear_targets();
    }

    /// The level of what has none of its own, and the targets that have.
    #[must_use]
    pub fn levels(&self) -> (LevelFilter, Vec<(String, LevelFilter)>) {
        (self.filter.base(), self.filter.targets())
    }

    /// Lays lines out like this from now on.
    pub fn set_format(&self, format: Format) {
        self.queue.layout.set_format(format);
    }

    /// Lines that were lost since the start because nobody read standard output.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// Ends the log: writes what waits, at most for `patience`. True: all of it is written.
    #[must_use = "false: lines are lost"]
    pub fn stop(self, patience: Duration) -> bool {
        self.queue.close(patience)
    }
}

impl Drop for Logging {
    /// Like [`Logging::stop`] with [`FLUSH_PATIENCE`]; after a stop there is nothing to wait for.
    fn drop(&mut self) {
        self.queue.close(FLUSH_PATIENCE);
    }
}

struct Logger {
    queue: Arc<Queue>,
    filter: Arc<Filter>,
}

impl Logger {
    fn write(&self, record: &Record<'_>) {
        // Taken, not borrowed: a value's `Display` may log a line of its own.
        let mut text = ROOM.try_with(Cell::take).unwrap_or_default();
        text.clear();
        let body = self.queue.layout.write(&mut text, record, SystemTime::now());
        let (level, target) = (record.level(), record.target());
        self.queue.push(Line { text: &text, body, level, target }, Instant::now());
        text.shrink_to(KEEP_BYTES);
        let _thread_may_be_ending = ROOM.try_with(|room| room.set(text));
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.filter.passes(metadata.level(), metadata.target())
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.write(record);
        }
    }

    fn flush(&self) {
        self.queue.flush(FLUSH_PATIENCE);
    }
}

#[cfg(test)]
mod tests;
