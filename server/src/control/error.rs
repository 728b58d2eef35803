//! Why a control request failed: owns the codes of the control room and the error's JSON.

use std::{error::Error, fmt};

use serde::{Deserialize, Serialize};

use super::answers::Problem;

/// The codes of the control room.
pub mod codes {
    /// Another server runs behind this control socket.
    pub const ALREADY_RUNNING: &str = "HF0501";
    /// The request names a verb that does not exist.
    pub const UNKNOWN_VERB: &str = "HF0502";
    /// The request is not one line of the JSON that is expected.
    pub const MALFORMED: &str = "HF0503";
    /// The peer runs as another user.
    pub const FORBIDDEN: &str = "HF0504";
    /// Too many control clients at once.
    pub const BUSY: &str = "HF0505";
    /// The server gave no answer in time.
    pub const TIMEOUT: &str = "HF0506";
    /// The server is stopping, or dropped the request.
    pub const STOPPING: &str = "HF0507";
    /// There is no plugin of this name.
    pub const UNKNOWN_PLUGIN: &str = "HF0508";
    /// A reload was refused; the last good state serves on.
    pub const RELOAD_REFUSED: &str = "HF0509";
    /// The control socket cannot be made.
    pub const NO_SOCKET: &str = "HF0510";
    /// No server answers at the control socket.
    pub const UNREACHABLE: &str = "HF0511";
}

/// Why a control request was refused, as it goes over the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlError {
    /// A diagnostic code; `hotframe explain CODE` says more.
    pub code: String,
    /// What is wrong, in a sentence without a capital and a full stop.
    pub message: String,
    /// The way out, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The reasons with their places, when a reload was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Problem>,
}

impl ControlError {
    /// An error with this code and message, without help.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            help: None,
            errors: Vec::new(),
        }
    }

    /// The same with the way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with the reasons and their places.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Problem>) -> Self {
        self.errors = errors;
        self
    }
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}

impl Error for ControlError {}
