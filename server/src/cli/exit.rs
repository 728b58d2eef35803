//! The exit codes: owns what each means to a script.

use std::process::{ExitCode, Termination};

/// How a command ended; the numbers are part of the command line's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for was done.
    Good = 0,
    /// What was asked for failed.
    Failed = 1,
    /// The command line itself is wrong.
    Usage = 2,
    /// The server refused.
    Refused = 3,
    /// No answer came in time.
    Timeout = 4,
    /// Nothing answers at the address.
    Unreachable = 69,
    /// The configuration is wrong.
    Config = 78,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}
