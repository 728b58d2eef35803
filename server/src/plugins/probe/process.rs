//! Owns the process of a trial, as the server sees it: its start, its deadline and its end.
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::MemfdFlags;
use rustix::process::{Pid, PidfdFlags, Signal};

/// A trial that runs. Dropping it ends it, with all that it has started in its process group.
pub(in crate::plugins) struct Process {
    child: Child,
    is_over: bool,
}

/// What becomes of what a plugin prints.
#[derive(Debug, Clone, Copy)]
pub(in crate::plugins) enum Output {
    /// Nobody sees it.
    Hidden,
    /// It goes where this process has its standard error.
    Shown,
}

/// How a trial ended.
pub(in crate::plugins) enum Ending {
    /// Not in time.
    Late,
    /// By a signal, named.
    Signal(String),
    /// By itself, with this code.
    Exit(i32),
}

impl Process {
    /// Starts a trial, which says what it has to say to `stdout`. The plugin's configuration is in
    /// `input`, on its standard input, and in no argument or variable, which others could read.
    pub fn start(
        program: &Path,
        args: &[&OsStr],
        input: &str,
        (stdout, output): (Stdio, Output),
    ) -> io::Result<Self> {
        let mut stdin = File::from(rustix::fs::memfd_create(c"config", MemfdFlags::CLOEXEC)?);
        stdin.write_all(input.as_bytes())?;
        stdin.rewind()?;
        let child = Command::new(program)
            .args(args)
            .stdin(stdin)
            .stdout(stdout)
            .stderr(match output {
                Output::Hidden => Stdio::null(),
                Output::Shown => Stdio::inherit(),
            })
            .process_group(0)
            .spawn()?;
        Ok(Self { child, is_over: false })
    }

    /// Waits for its end, and sees to it if it is late.
    pub fn wait(&mut self, patience: Duration) -> io::Result<Ending> {
        let is_late = !self.wait_until(Instant::now() + patience)?;
        self.end(is_late)
    }

    /// Ends what is left of it. Whether it is late is known by who has waited for it.
    pub fn end(&mut self, is_late: bool) -> io::Result<Ending> {
        self.kill();
        let status = self.child.wait()?;
        Ok(match (is_late, status.signal()) {
            (true, _) => Ending::Late,
            (false, Some(signal)) => Ending::Signal(name_of(signal)),
            (false, None) => Ending::Exit(status.code().unwrap_or(-1)),
        })
    }

    /// Where what it says can be read while it runs; nothing is left for [`Process::report`] then.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// A descriptor that can be read from when it has ended.
    pub fn descriptor(&self) -> io::Result<OwnedFd> {
        Ok(rustix::process::pidfd_open(self.pid()?, PidfdFlags::empty())?)
    }

    /// False if it has not ended by itself until then.
    fn wait_until(&self, deadline: Instant) -> io::Result<bool> {
        let process = self.descriptor()?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut ended = [PollFd::new(&process, PollFlags::IN)];
            match rustix::event::poll(&mut ended, Some(&timeout)) {
                Ok(count) => return Ok(count > 0),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ends its whole process group. It has not been waited for, so that its number is still its.
    fn kill(&mut self) {
        if !self.is_over
            && let Ok(pid) = self.pid()
        {
            // Fails if nobody of the group is left.
            let _nobody_left = rustix::process::kill_process_group(pid, Signal::KILL);
        }
        self.is_over = true;
    }

    fn pid(&self) -> io::Result<Pid> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        pid.ok_or_else(|| io::Error::other("a process without a number"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        // Has ended by now; an error means that it was waited for already.
        let _status = self.child.wait();
    }
}

fn name_of(signal: i32) -> String {
    let name = match signal {
        libc::SIGABRT => " (SIGABRT)",
        libc::SIGBUS => " (SIGBUS)",
        libc::SIGFPE => " (SIGFPE)",
        libc::SIGILL => " (SIGILL)",
        libc::SIGKILL => " (SIGKILL)",
        libc::SIGSEGV => " (SIGSEGV)",
        libc::SIGSYS => " (SIGSYS)",
        libc::SIGXCPU => " (SIGXCPU)",
        _ => "",
    };
    format!("signal {signal}{name}")
}
