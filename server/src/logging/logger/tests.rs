//! The log through a pipe: order, drops, folding, and a reader that has stopped.

use std::{
    io::{BufRead, BufReader, PipeReader, pipe},
    sync::{
        Mutex,
        mpsc::{Receiver, channel},
    },
};

use log::Level;
use serde_json::Value;

use super::*;

/// Far more than any of this takes on a busy machine, far less than for ever.
const DEADLINE: Duration = Duration::from_secs(30);

fn logger() -> Logger {
    let queue = Arc::new(Queue::new(Layout::for_stdout(Format::Json)));
    Logger { queue, filter: Arc::new(Filter::new(LevelFilter::Trace)) }
}

/// The operator's handle of it.
fn handle(logger: &Logger) -> Logging {
    Logging { queue: Arc::clone(&logger.queue), filter: Arc::clone(&logger.filter) }
}

fn piped() -> (Logger, PipeReader) {
    let logger = logger();
    let (reader, writer) = pipe().unwrap();
    spawn_writer(Arc::clone(&logger.queue), writer).unwrap();
    (logger, reader)
}

fn say(logger: &Logger, message: &str) {
    let args = format_args!("{message}");
    logger.write(&Record::builder().level(Level::Info).target("test").args(args).build());
}

fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(work()));
    receiver
}

fn read_all(reader: PipeReader) -> Receiver<Vec<Value>> {
    in_thread(move || {
        let lines = BufReader::new(reader).lines().map(Result::unwrap);
        lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
    })
}

#[test]
fn a_reader_that_never_reads_does_not_block_the_caller() {
    const LINES: u64 = 100_000;
    let (logger, reader) = piped();
    let logger = Arc::new(logger);
    let caller = Arc::clone(&logger);
    let said = in_thread(move || (0..LINES).for_each(|n| say(&caller, &format!("line {n}"))));
    said.recv_timeout(DEADLINE).expect("the caller is not blocked");
    let dropped = logger.queue.dropped();
    assert!(dropped > 0 && dropped < LINES, "{dropped}");

    let read = read_all(reader);
    assert!(logger.queue.close(DEADLINE));
    let lines = read.recv_timeout(DEADLINE).unwrap();
    let told: u64 = lines.iter().filter_map(|line| line["dropped"].as_u64()).sum();
    assert_eq!(told, dropped, "the log says how many lines it lost");
    let arrived = lines.iter().filter(|line| line["target"] == "test").count();
    assert_eq!(u64::try_from(arrived).unwrap() + told, LINES);
}

#[test]
fn lines_arrive_in_order_and_the_stop_flushes() {
    let (logger, reader) = piped();
    let read = read_all(reader);
    for n in 0..1_000 {
        say(&logger, &n.to_string());
    }
    assert!(handle(&logger).stop(DEADLINE));
    let lines = read.recv_timeout(DEADLINE).unwrap();
    let expected: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    let got: Vec<&str> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(got, expected);
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let (logger, reader) = piped();
    for n in 0..20_000 {
        say(&logger, &format!("a line that fills the pipe: {n}"));
    }
    let logging = handle(&logger);
    let stopped = in_thread(move || logging.stop(Duration::from_millis(20)));
    assert!(!stopped.recv_timeout(DEADLINE).unwrap());
    drop(reader);
}

#[test]
fn repeated_lines_are_folded() {
    let (logger, reader) = piped();
    let read = read_all(reader);
    say(&logger, "first");
    (0..58).for_each(|_| say(&logger, "again"));
    say(&logger, "other");
    (0..2).for_each(|_| say(&logger, "last"));
    assert!(logger.queue.close(DEADLINE));
    let lines = read.recv_timeout(DEADLINE).unwrap();
    let got: Vec<&str> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    let repeated = "last message repeated 57 times";
    let once = "last message repeated 1 time";
    assert_eq!(got, ["first", "again", repeated, "other", "last", once]);
    assert_eq!(lines[2]["repeated"], 57);
    assert_eq!(lines[2]["target"], "test");
    assert_eq!(logger.queue.dropped(), 0);
}

fn say_late(logger: &Logger, number: u8) {
    let pack = |out: &mut Vec<u8>| out.extend([number; 3]);
    logger.queue.push_late(pack, |packed, write| {
        let text = format!("{packed:?}");
        write(&Record::builder().target("late").args(format_args!("{text}")).build());
    });
}

#[test]
fn late_lines_keep_their_place_and_end_the_folding() {
    let (logger, reader) = piped();
    let read = read_all(reader);
    say_late(&logger, 1);
    (0..3).for_each(|_| say(&logger, "again"));
    (2..4).for_each(|number| say_late(&logger, number));
    say(&logger, "again");
    assert!(logger.queue.close(DEADLINE));
    let lines = read.recv_timeout(DEADLINE).unwrap();
    let got: Vec<&str> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    let repeated = "last message repeated 2 times";
    assert_eq!(got, ["[1, 1, 1]", "again", repeated, "[2, 2, 2]", "[3, 3, 3]", "again"]);
    assert_eq!(lines[0]["target"], "late");
}

#[test]
fn late_lines_that_nobody_reads_are_counted_and_cost_no_more_than_their_bound() {
    const LINES: u64 = 100_000;
    let (logger, reader) = piped();
    for n in 0..LINES {
        say_late(&logger, u8::try_from(n % 256).unwrap());
    }
    let dropped = logger.queue.dropped();
    assert!(dropped > 0 && dropped < LINES, "{dropped}");
    let read = read_all(reader);
    assert!(logger.queue.close(DEADLINE));
    let lines = read.recv_timeout(DEADLINE).unwrap();
    let arrived = lines.iter().filter(|line| line["target"] == "late").count();
    assert_eq!(u64::try_from(arrived).unwrap() + dropped, LINES);
}

#[test]
fn a_line_larger_than_the_queue_is_dropped_and_counted() {
    let (logger, reader) = piped();
    let read = read_all(reader);
    say(&logger, &"x".repeat(super::super::queue::MAX_BYTES));
    say(&logger, "small");
    assert!(logger.queue.close(DEADLINE));
    let lines = read.recv_timeout(DEADLINE).unwrap();
    assert_eq!(lines[0]["message"], "small");
    assert_eq!(lines[1]["message"], "1 log line was dropped: the log's reader was too slow");
}

/// Takes ten bytes, then fails until it is mended.
#[derive(Clone, Default)]
struct Flaky(Arc<Mutex<(Vec<u8>, bool)>>);

impl Write for Flaky {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap();
        let room = if state.1 { bytes.len() } else { 10 - state.0.len() };
        if room == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = room.min(bytes.len());
        state.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failing_output_is_counted_told_and_never_joins_two_lines() {
    let (logger, sink) = (logger(), Flaky::default());
    spawn_writer(Arc::clone(&logger.queue), sink.clone()).unwrap();
    say(&logger, "torn");
    assert!(logger.queue.flush(DEADLINE));
    say(&logger, "lost");
    assert!(logger.queue.flush(DEADLINE));
    assert_eq!(logger.queue.dropped(), 2);
    sink.0.lock().unwrap().1 = true;
    say(&logger, "mended");
    assert!(logger.queue.close(DEADLINE));
    let text = String::from_utf8(sink.0.lock().unwrap().0.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], r#"{"timestam"#);
    assert!(lines[1].contains(r#""message":"mended""#), "{text}");
    assert!(lines[2].contains(r#""dropped":2"#), "{text}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_value_that_logs_while_it_is_shown_does_no_harm() {
    struct Chatty<'a>(&'a Logger);
    impl std::fmt::Display for Chatty<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            say(self.0, "inner");
            f.write_str("outer")
        }
    }
    let (logger, reader) = piped();
    say(&logger, &Chatty(&logger).to_string());
    logger.write(&Record::builder().args(format_args!("{}", Chatty(&logger))).build());
    let read = read_all(reader);
    assert!(logger.queue.close(DEADLINE));
    let lines = read.recv_timeout(DEADLINE).unwrap();
    let got: Vec<&str> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(got, ["inner", "outer", "inner", "outer"]);
}

#[test]
fn the_level_changes_live() {
    let debug = Metadata::builder().level(Level::Debug).build();
    let logger = logger();
    let logging = handle(&logger);
    logging.set_level(LevelFilter::Info);
    assert!(!logger.enabled(&debug));
    logging.set_level(LevelFilter::Debug);
    assert!(logger.enabled(&debug));
    logging.set_level(LevelFilter::Off);
}
