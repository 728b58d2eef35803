//! The log's queue: threads that never wait, the writer, and who waits for the end.

#[path = "../../server/src/logging/filter.rs"]
mod filter;
#[path = "../../server/src/logging/fold.rs"]
mod fold;
#[path = "../../server/src/logging/late.rs"]
mod late;
#[path = "../../server/src/logging/layout/mod.rs"]
mod layout;
#[path = "../../server/src/logging/options.rs"]
mod options;
#[path = "../../server/src/logging/queue.rs"]
mod queue;
#[path = "../../server/src/logging/stamp.rs"]
mod stamp;
#[path = "../../server/src/logging/style.rs"]
mod style;

use std::time::{Duration, Instant};

use log::Level;
use loom::sync::Arc;
use loom::thread;

use layout::Layout;
use options::Format;
use queue::{Line, Queue};
use style::{Ink, Style};

/// Longer than any model runs: nobody's patience ends.
const PATIENCE: Duration = Duration::from_secs(1 << 20);

/// A thread and the one that ends it all write a line each, beside the writer.
pub fn every_line_is_written_before_the_end() {
    let queue = Arc::new(Queue::new(Layout::for_stdout(Format::Text)));
    let theirs = Arc::clone(&queue);
    let writer = thread::spawn(move || {
        let (mut written, mut batch) = (Vec::new(), None);
        while let Some(next) = theirs.take(batch.take()) {
            written.extend_from_slice(&next.text);
            batch = Some(next);
        }
        written
    });
    let theirs = Arc::clone(&queue);
    let other = thread::spawn(move || push(&theirs, "one\n"));
    push(&queue, "two\n");
    other.join().unwrap();
    assert!(queue.close(PATIENCE), "all is written");
    let written = writer.join().unwrap();
    assert!(written == b"one\ntwo\n" || written == b"two\none\n");
    assert_eq!(queue.dropped(), 0);
}

fn push(queue: &Queue, text: &str) {
    let line = Line { text: text.as_bytes(), body: 0, level: Level::Info, target: "loom" };
    queue.push(line, Instant::now());
}
