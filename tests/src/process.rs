//! A child process that does not outlive its test.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::log::Log;
use crate::wait::wait_until;

/// A running child with its output in a [`Log`]; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: Log,
}

impl Process {
    /// Starts `program` in `folder`, without the settings of whoever runs the test.
    #[must_use]
    pub fn start(program: &Path, args: &[&str], folder: &Path) -> Self {
        Self::start_with(program, args, folder, &[])
    }

    /// Starts `program` in `folder` with these variables in its environment.
    #[must_use]
    pub fn start_with(
        program: &Path,
        args: &[&str],
        folder: &Path,
        variables: &[(String, String)],
    ) -> Self {
        let foreign =
            std::env::vars().map(|(key, _)| key).filter(|key| key.starts_with("HOTFRAME"));
        let mut command = Command::new(program);
        foreign.for_each(|key| {
            command.env_remove(key);
        });
        command.args(args).current_dir(folder).stdin(Stdio::null());
        command.envs(variables.iter().map(|(key, value)| (key, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the built program starts");
        let log = Log::default();
        log.follow(child.stdout.take().expect("stdout is piped"));
        log.follow(child.stderr.take().expect("stderr is piped"));
        Self { child, log }
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.expect("a process id"), signal).expect("the child is there");
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait_until("the end of a process", || child.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
