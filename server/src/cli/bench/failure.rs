//! Why nothing was measured: one sentence, the way out, and the exit code.

use std::fmt::Display;
use std::io;

use hotframe_client::Url;

use crate::cli::Exit;
use crate::cli::decode::ink;

/// A failure as it is shown.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How the command ends.
    pub exit: Exit,
    /// What is wrong.
    pub message: String,
    help: &'static str,
}

impl Failure {
    /// A failure with the way out of it.
    pub fn new(exit: Exit, message: impl Into<String>, help: &'static str) -> Self {
        Self {
            exit,
            message: message.into(),
            help,
        }
    }

    /// An argument makes no sense.
    pub fn argument(message: &impl Display) -> Self {
        Self::new(
            Exit::Usage,
            message.to_string(),
            "see `hotframe bench --help`",
        )
    }

    /// Nobody answers at the address.
    pub fn unreachable(url: &Url, error: &io::Error) -> Self {
        let help = "start the server (`hotframe serve`), or name its address with --to";
        Self::new(
            Exit::Unreachable,
            format!("nothing answers at {url}: {error}"),
            help,
        )
    }

    /// Says it on standard error, as JSON where that was asked for, and gives the exit code.
    pub fn report(&self, json: bool) -> Exit {
        ink::complain(&self.message, self.help, json);
        self.exit
    }
}
