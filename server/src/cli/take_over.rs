//! Taking over: owns how a new server gets the place of the one that runs.
//!
//! The one that runs hands its listening sockets over and serves on. When the new one serves, it
//! tells the old one to step down and takes over the name of the control socket. If the new one
//! fails before that, nothing has happened.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::control::{self, AskError, Publisher, Verb};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::listeners as codes;
use crate::shell::inherited::Inherited;

/// The old server has so long for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is left to be done when this server serves.
#[derive(Debug)]
pub struct Succession {
    control: PathBuf,
    publisher: Publisher,
}

/// Asks the server at `control` for its sockets; `None` when none runs there.
///
/// # Errors
/// When it runs and does not hand them over.
pub fn begin(control: &Path) -> Result<Option<Inherited>, Diagnostic> {
    match control::ask_for_sockets(control, PATIENCE) {
        Ok((_, sockets)) => {
            Inherited::from_predecessor(sockets).map(Some).map_err(|error| failed(&error))
        }
        Err(AskError::Unreachable(error)) if is_nobody(&error) => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

fn is_nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn failed(error: &dyn std::error::Error) -> Diagnostic {
    let code = codes::TAKE_OVER_FAILED;
    Diagnostic::error(code, format!("the running server was not taken over: {error}"))
        .help(code.mend())
}

impl Succession {
    /// The old server answers at `control`; the new one's control socket waits for its name.
    #[must_use]
    pub const fn new(control: PathBuf, publisher: Publisher) -> Self {
        Self { control, publisher }
    }

    /// This server serves: the old one is to step down, and this one answers at its name. On a
    /// thread of its own, for it waits for the old one.
    pub fn complete(self) {
        thread::spawn(move || {
            match control::ask(&self.control, &Verb::StepDown, PATIENCE) {
                Ok(_) => log::info!("the server before steps down, and drains"),
                Err(error) => log::warn!(error:%; "the server before did not step down"),
            }
            if let Err(error) = self.publisher.publish() {
                log::error!(error:%; "the control socket could not get its name");
            }
        });
    }
}
