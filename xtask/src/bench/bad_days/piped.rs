//! A part of a measurement that runs as a process of its own.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A process that is spoken to; it is killed when dropped.
pub struct Piped {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Piped {
    /// Starts it.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let lines = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, lines: BufReader::new(lines) })
    }

    /// The next line that it says.
    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).map(|_| line)
    }

    /// Lets it know that it is over, waits for its end and returns what else it says.
    pub fn finish(mut self) -> io::Result<String> {
        drop(self.child.stdin.take());
        let mut text = String::new();
        self.lines.read_to_string(&mut text)?;
        match self.child.wait()? {
            status if status.success() => Ok(text),
            status => Err(io::Error::other(format!("a part of the measurement failed: {status}"))),
        }
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}
