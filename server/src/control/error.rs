//! Why a control request failed: owns the codes of the control room and the error's JSON.

use std::{error::Error, fmt};

use serde::{Deserialize, Serialize};

use super::answers::Problem;
use crate::diagnostics::{Code, Diagnostic, codes};

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
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code: code.as_str().to_owned(),
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
/// What stops the server before it has anybody to answer is shown like any other problem.
impl From<ControlError> for Diagnostic {
    fn from(error: ControlError) -> Self {
        let code = codes::find(&error.code).unwrap_or(codes::control::NO_SOCKET);
        let problem = Self::error(code, error.message);
        match error.help {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}
