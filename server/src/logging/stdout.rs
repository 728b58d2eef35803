//! Standard output as the writer thread sees it: unbuffered, and without the lock of `std`, which
//! a blocked writer would hold against everybody who prints.

use std::io::{self, Write};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
    stdio::stdout,
};

/// The process's standard output.
#[derive(Debug)]
pub(super) struct RawStdout;

impl Write for RawStdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(stdout(), bytes) {
                // Somebody who shares the pipe or terminal has made it non-blocking.
                Err(Errno::AGAIN) => {
                    poll(&mut [PollFd::new(&stdout(), PollFlags::OUT)], None)?;
                }
                other => return Ok(other?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
