//! A process's output, line by line, as it comes.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::wait::DEADLINE;

/// One line: what it says as JSON, or its text where it is none.
#[derive(Clone, Debug)]
pub struct Record(Value);

/// The lines so far of one process; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    records: Mutex<Vec<Record>>,
    arrived: Condvar,
    /// Whether nothing is read.
    held: Mutex<bool>,
    released: Condvar,
}

impl Record {
    /// A field of the line, `null` if it has none.
    #[must_use]
    pub fn field(&self, key: &str) -> &Value {
        &self.0[key]
    }

    /// The whole line.
    #[must_use]
    pub fn json(&self) -> Value {
        self.0.clone()
    }

    /// The `message` of a log line; the whole line where it is no JSON.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.as_str().or_else(|| self.0["message"].as_str()).unwrap_or("")
    }

    /// Whether the line says so anywhere, in a message or in a field.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        self.0.to_string().contains(text)
    }
}

impl Log {
    /// Reads `source` to its end on a thread of its own.
    pub fn follow(&self, source: impl Read + Send + 'static) {
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || {
            for line in BufReader::new(source).lines().map_while(Result::ok) {
                shared.wait_while_held();
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                shared.lock().push(Record(value));
                shared.arrived.notify_all();
            }
        });
    }

    /// Stops reading, or goes on: while it is held, whoever writes fills the pipe and no more.
    pub fn hold(&self, held: bool) {
        *self.shared.held.lock().expect("nobody panics while he holds it") = held;
        self.shared.released.notify_all();
    }

    /// How many lines there are, to look only behind them later.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.shared.lock().len()
    }

    /// Waits for the first line, behind the first `mark`, that `wanted` takes.
    pub fn wait_for(&self, mark: usize, what: &str, wanted: impl Fn(&Record) -> bool) -> Record {
        let end = Instant::now() + DEADLINE;
        let mut records = self.shared.lock();
        loop {
            if let Some(found) = records.iter().skip(mark).find(|record| wanted(record)) {
                return found.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(records);
                panic!("waited {DEADLINE:?} in vain for {what}; the log says:\n{}", self.text());
            }
            records = self.shared.arrived.wait_timeout(records, left).unwrap().0;
        }
    }

    /// The lines so far that `wanted` takes.
    #[must_use]
    pub fn all(&self, wanted: impl Fn(&Record) -> bool) -> Vec<Record> {
        self.shared.lock().iter().filter(|record| wanted(record)).cloned().collect()
    }

    /// All lines so far, for the message of a failed test.
    #[must_use]
    pub fn text(&self) -> String {
        let records = self.shared.lock();
        records.iter().map(|Record(value)| format!("  {value}\n")).collect()
    }
}

impl Shared {
    fn wait_while_held(&self) {
        let held = self.held.lock().expect("nobody panics while he holds it");
        drop(self.released.wait_while(held, |held| *held).expect("nobody panics there"));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().expect("no reader of the log panics while it holds it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_message_and_field() {
        let log = Log::default();
        log.follow(&b"{\"message\":\"ready\",\"http\":null}\nplain text\n"[..]);
        let plain = log.wait_for(1, "the second line", |_| true);
        assert_eq!(plain.message(), "plain text");
        let ready = log.wait_for(0, "ready", |record| record.message() == "ready");
        assert!(ready.field("http").is_null() && ready.field("no such").is_null());
        assert_eq!(log.all(|record| record.says("plain")).len(), 1);
        assert_eq!(log.mark(), 2);
    }
}
