//! A running server: owns its process, and reads what the kernel counts for it.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;

use serde_json::Value;

/// A server that is ready; it is killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub url: String,
    /// Its standard output, where nobody reads that yet.
    log: Option<ChildStdout>,
}

impl Server {
    /// Starts it and waits for the line that says it is ready.
    pub fn start(command: Command) -> io::Result<Self> {
        let mut server = Self::start_unread(command)?;
        if let Some(log) = server.log() {
            // Someone has to read on, or the server would have to drop its log.
            thread::spawn(move || BufReader::new(log).lines().for_each(drop));
        }
        Ok(server)
    }

    /// The same; what it writes from then on is for whoever takes [`Self::log`].
    pub fn start_unread(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let Some(stdout) = child.stdout.take() else {
            return Err(io::Error::other("no standard output"));
        };
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        while stdout.read_line(&mut line)? > 0 {
            if let Some(url) = url_of_ready(line.trim_end()) {
                return Ok(Self { child, url, log: Some(stdout.into_inner()) });
            }
            line.clear();
        }
        let status = child.wait()?;
        let program = command.get_program().display();
        Err(io::Error::other(format!("{program} ended before it was ready: {status}")))
    }

    /// Its standard output, once.
    pub const fn log(&mut self) -> Option<ChildStdout> {
        self.log.take()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// Nanoseconds of processor time that all of its threads have taken.
    pub fn cpu_nanos(&self) -> io::Result<u64> {
        let mut sum = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let statistics = fs::read_to_string(task?.path().join("schedstat"))?;
            let first = statistics.split_ascii_whitespace().next();
            sum += first.and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(sum)
    }

    /// Bytes of its own memory that are resident.
    pub fn memory(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no RssAnon in its status"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the measurement has noticed.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The same command on one core.
pub fn pinned(command: &Command, core: usize) -> Command {
    let mut pinned = Command::new("taskset");
    pinned.arg("-c").arg(core.to_string()).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        pinned.current_dir(folder);
    }
    pinned
}

/// The same command on one core, and only while nobody else wants that.
pub fn yielding(command: &Command, core: usize) -> Command {
    let inner = pinned(command, core);
    let mut yielding = Command::new("chrt");
    yielding.args(["--idle", "0"]).arg(inner.get_program()).args(inner.get_args());
    if let Some(folder) = command.get_current_dir() {
        yielding.current_dir(folder);
    }
    yielding
}

/// The address in the line `ready URL` of a peer, or in hotframe's log line.
fn url_of_ready(line: &str) -> Option<String> {
    if let Some(url) = line.strip_prefix("ready ") {
        return Some(url.to_owned());
    }
    let record: Value = serde_json::from_str(line).ok()?;
    let is_ready = record["message"].as_str()?.starts_with("ready");
    is_ready.then(|| record["listen"][0].as_str().map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ready_lines_are_read() {
        let url = Some("tcp://127.0.0.1:5".to_owned());
        assert_eq!(url_of_ready("ready tcp://127.0.0.1:5"), url);
        let line = r#"{"level":"INFO","message":"ready","listen":["tcp://127.0.0.1:5"]}"#;
        assert_eq!(url_of_ready(line), url);
        assert_eq!(url_of_ready(r#"{"message":"plugin loaded"}"#), None);
        assert_eq!(url_of_ready("warming up"), None);
    }
}
