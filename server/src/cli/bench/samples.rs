//! The samples: owns each reply's moment and time, for who wants to know more than quantiles.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is kept of every reply, in nanoseconds since the start: when its request should have been
/// sent, and how long after that it came.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<(u64, u64)>);

impl Samples {
    /// Notes `count` replies.
    pub fn add(&mut self, intended: u64, latency: u64, count: usize) {
        self.0.extend(std::iter::repeat_n((intended, latency), count));
    }

    /// Writes a line a reply: the moment in microseconds of Unix time, and the latency in
    /// microseconds. `started` is when the measurement began.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, file: &Path, started: SystemTime) -> io::Result<()> {
        let started = started.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let mut out = BufWriter::new(File::create(file)?);
        for (intended, latency) in &self.0 {
            writeln!(out, "{} {}", started + u128::from(intended / 1000), latency / 1000)?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_a_reply_with_its_moment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("samples");
        let mut samples = Samples::default();
        samples.add(2_000, 7_999, 2);
        samples.add(3_000_000, 1_000_000, 1);
        samples.write(&file, UNIX_EPOCH + Duration::from_secs(1)).unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        assert_eq!(text, "1000002 7\n1000002 7\n1003000 1000\n");
    }
}
