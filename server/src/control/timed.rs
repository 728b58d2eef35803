//! A stream with a moment by which all must be done, however little arrives at a time.

use std::{
    io::{self, ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

/// Reads and writes that end with `TimedOut` at one moment for them all.
#[derive(Debug)]
pub(super) struct Timed<'a> {
    stream: &'a UnixStream,
    until: Instant,
}

impl<'a> Timed<'a> {
    /// All reads and writes together may take `patience` from now.
    pub(super) fn new(stream: &'a UnixStream, patience: Duration) -> Self {
        Self { stream, until: Instant::now() + patience }
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        match self.until.checked_duration_since(Instant::now()) {
            // A timeout of zero would mean "for ever".
            None | Some(Duration::ZERO) => Err(ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }

    /// Reads up to the first line feed, which is not part of the result; the end of the stream
    /// ends a line, too.
    ///
    /// # Errors
    /// `TimedOut`; `FileTooLarge` behind `limit` bytes; what the stream says.
    pub(super) fn read_line(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let count = self.read(&mut chunk)?;
            let fresh = &chunk[..count];
            let end = fresh.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&fresh[..end.unwrap_or(count)]);
            if line.len() > limit {
                return Err(ErrorKind::FileTooLarge.into());
            }
            if end.is_some() || count == 0 {
                return Ok(line);
            }
        }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        retry(|| self.stream.read(room))
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        retry(|| self.stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Goes on after a signal, which ends the wait of a socket that has a timeout even where handlers
/// ask for a restart; spells that timeout (`EAGAIN`) as what it is.
pub(super) fn retry<T>(mut io: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match io() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Err(ErrorKind::TimedOut.into());
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_at_its_line_feed_or_at_the_end() {
        for sent in [&b"one\ntwo"[..], b"one"] {
            let (a, mut b) = UnixStream::pair().unwrap();
            b.write_all(sent).unwrap();
            drop(b);
            let mut timed = Timed::new(&a, Duration::from_secs(30));
            assert_eq!(timed.read_line(3).unwrap(), b"one");
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_refused_before_it_ends() {
        let (a, mut b) = UnixStream::pair().unwrap();
        b.write_all(&[b'x'; 5_000]).unwrap();
        let error = Timed::new(&a, Duration::from_secs(30)).read_line(4_999).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn silence_times_out_and_so_does_a_reader_who_does_not_read() {
        let (a, _b) = UnixStream::pair().unwrap();
        let mut timed = Timed::new(&a, Duration::from_millis(10));
        assert_eq!(timed.read_line(9).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(timed.read_line(9).unwrap_err().kind(), ErrorKind::TimedOut);
        let error = Timed::new(&a, Duration::from_millis(10)).write_all(&vec![0; 8 << 20]);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
