//! The server of a measurement, and who misbehaves beside it, by turns.

use std::io::{self, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::bench::asking::{ask, figure, http, metrics};
use crate::bench::contestant::{Setting, hotframe_with};
use crate::bench::process::{Server, pinned, yielding};
use crate::bench::{Cores, Places};

/// HTTP clients that never end a head.
const HEADS: usize = 200;

/// Who misbehaves in every second slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bystander {
    /// Who reads the server's standard output has stopped.
    StoppedReader,
    /// HTTP clients begin a head and do not end it.
    SlowHeads,
}

/// A running server with a reader of its log.
pub struct Stage {
    who: Bystander,
    server: Server,
    reader: Child,
    heads: Vec<TcpStream>,
    http: String,
}

impl Bystander {
    /// Each of them.
    pub fn all() -> Vec<Self> {
        vec![Self::StoppedReader, Self::SlowHeads]
    }

    /// How it is called on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StoppedReader => "reader",
            Self::SlowHeads => "heads",
        }
    }

    /// What stands above its table.
    pub const fn title(self) -> &'static str {
        match self {
            Self::StoppedReader => "a reader of the log that has stopped",
            Self::SlowHeads => "200 HTTP clients that never end a head",
        }
    }

    /// What its two columns are called.
    pub const fn states(self) -> [&'static str; 2] {
        match self {
            Self::StoppedReader => ["it reads", "it has stopped"],
            Self::SlowHeads => ["nobody", "beside them"],
        }
    }

    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::StoppedReader => &["log.access=1.0"],
            Self::SlowHeads => &[],
        }
    }
}

impl Stage {
    /// Starts the server on its core, and the reader of its log on the client's.
    pub fn open(places: &Places, who: Bystander, cores: Cores) -> io::Result<Self> {
        let setting = Setting { settings: who.settings(), ..Setting::default() };
        let command = pinned(&hotframe_with(places, &setting)?, cores.server);
        let mut server = Server::start_unread(command)?;
        let mut reader = yielding(&Command::new("cat"), cores.client);
        if let Some(log) = server.log() {
            reader.stdin(log);
        }
        let reader = reader.stdout(Stdio::null()).spawn()?;
        let http = http(places)?;
        Ok(Self { who, server, reader, heads: Vec::new(), http })
    }

    /// Where frames go.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// What of a slice does not count: until pipe and queue are full, or what has waited is
    /// written. Heads count while they come and go, too.
    pub const fn settle(&self) -> Duration {
        match self.who {
            Bystander::StoppedReader => Duration::from_millis(500),
            Bystander::SlowHeads => Duration::ZERO,
        }
    }

    /// Has the bystander misbehave, or not any more.
    pub fn set(&mut self, is_on: bool) -> io::Result<()> {
        self.heads.clear();
        match self.who {
            Bystander::StoppedReader => self.tell(if is_on { Signal::STOP } else { Signal::CONT }),
            Bystander::SlowHeads if is_on => {
                for _ in 0..HEADS {
                    let mut stream = TcpStream::connect(&self.http)?;
                    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nx: ")?;
                    self.heads.push(stream);
                }
                Ok(())
            }
            Bystander::SlowHeads => Ok(()),
        }
    }

    /// Ends the server while the bystander misbehaves, as in the last slice; says how that went.
    pub fn end(mut self, places: &Places) -> io::Result<String> {
        let dropped = self.dropped()?;
        let begun = Instant::now();
        ask(places, &json!({ "verb": "shutdown" }))?;
        let status = self.server.wait()?;
        let took = begun.elapsed().as_secs_f64();
        self.set(false)?;
        self.reader.wait()?;
        Ok(format!("{dropped} lines dropped; the server ended after {took:.2} s, {status}\n"))
    }

    /// Lines of the log that nobody took in time.
    fn dropped(&self) -> io::Result<u64> {
        figure(&metrics(&self.http)?, "hotframe_log_lines_dropped_total")
    }

    fn tell(&self, signal: Signal) -> io::Result<()> {
        kill_process(Pid::from_child(&self.reader), signal).map_err(io::Error::from)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // One that is stopped would stay for ever; it may have ended, which is as good.
        let _killed = self.reader.kill();
        let _status = self.reader.wait();
    }
}
