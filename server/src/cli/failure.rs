//! Why a command did not do what was asked: one sentence, the way out, and the exit code.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use serde_json::json;

use super::Exit;
use super::ink::Ink;
use crate::diagnostics::Code;
use crate::plugins::Refusal;

/// The sorts of failure; each has a code that `hotframe explain` knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// An argument cannot be read.
    Argument,
    /// A file, or standard input, cannot be read.
    Input,
    /// Nobody answers at the address of the server.
    Unreachable,
    /// The server did not answer in time.
    Timeout,
    /// The connection ended, or carried no frames.
    Broken,
    /// No route leads to the handler that was named.
    Handler,
    /// The server refuses the session that was asked for.
    Session,
}

impl Sort {
    const fn code(self) -> &'static str {
        match self {
            Self::Argument => "HF0011",
            Self::Input => "HF0012",
            Self::Unreachable => "HF0013",
            Self::Timeout => "HF0014",
            Self::Broken => "HF0015",
            Self::Handler => "HF0016",
            Self::Session => "HF0017",
        }
    }

    const fn exit(self) -> Exit {
        match self {
            Self::Argument => Exit::Usage,
            Self::Input | Self::Broken | Self::Handler => Exit::Failed,
            Self::Unreachable => Exit::Unreachable,
            Self::Timeout => Exit::Timeout,
            Self::Session => Exit::Refused,
        }
    }
}

/// A failure as it is shown.
#[derive(Clone, Debug)]
pub struct Failure {
    code: String,
    /// How the command ends.
    pub exit: Exit,
    message: String,
    help: String,
}

impl Failure {
    /// A failure of ours.
    pub fn new(sort: Sort, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code: sort.code().to_owned(),
            exit: sort.exit(),
            message: message.into(),
            help: help.into(),
        }
    }

    /// What a running server says no with.
    pub fn refused(code: &str, message: &str, help: &str) -> Self {
        let (code, message, help) = (code.to_owned(), message.to_owned(), help.to_owned());
        Self { code, exit: Exit::Refused, message, help }
    }

    /// A failure with a code of its own, whose explanation says the way out.
    pub fn of(code: Code, message: impl Into<String>) -> Self {
        let (message, help) = (message.into(), code.mend().to_owned());
        Self { code: code.as_str().to_owned(), exit: Exit::Failed, message, help }
    }

    /// A plugin file that a server would not take.
    pub fn of_file(refusal: &Refusal) -> Self {
        let message = format!("{}: {}", refusal.path.display(), refusal.message);
        Self::of(refusal.defect.code(), message)
    }

    /// What is wrong, one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Says it on standard error, as JSON where that was asked for, and gives the exit code.
    pub fn report(&self, json: bool) -> Exit {
        let stderr = io::stderr();
        let ink = Ink::on(stderr.is_terminal());
        let text = if json { self.as_json() } else { self.as_text(ink) };
        // Without standard error the exit code still tells.
        let _ = writeln!(stderr.lock(), "{text}");
        self.exit
    }

    fn as_json(&self) -> String {
        json!({ "code": self.code, "message": self.message, "help": self.help }).to_string()
    }

    fn as_text(&self, ink: Ink) -> String {
        let head = ink.bad(format_args!("error[{}]", self.code));
        let mut text = format!("{head}: {}", printable(&self.message));
        if !self.help.is_empty() {
            text += &format!("\n  {} {}", ink.good("help:"), printable(&self.help));
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_text(Ink::plain()))
    }
}

/// Text from outside without what could steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_shown_with_code_and_way_out_and_steers_no_terminal() {
        let failure = Failure::new(Sort::Handler, "no route to `a\x1B[2J`", "ask");
        assert_eq!(failure.to_string(), "error[HF0016]: no route to `a\u{FFFD}[2J`\n  help: ask");
        let json: serde_json::Value = serde_json::from_str(&failure.as_json()).unwrap();
        assert_eq!((&json["code"], &json["help"]), (&"HF0016".into(), &"ask".into()));
        assert_eq!(Failure::refused("HF0507", "stopping", "").exit, Exit::Refused);
    }
}
