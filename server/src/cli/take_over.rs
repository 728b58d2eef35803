//! Taking over: owns how a new server gets the place of the one that runs.
//!
//! The one that runs hands its listening sockets over and serves on. When the new one can serve, it
//! tells the old one to step down, gets the state that plugins keep, and takes over the name of the
//! control socket. If the new one fails before that, nothing has happened.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::control::answers::SteppedDown;
use crate::control::{self, AskError, Publisher, Verb};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::listeners as codes;
use crate::shell::inherited::Inherited;

/// The old server has so long for each answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Behind twice its grace it has so long to write state.
const TO_STEP_DOWN: Duration = Duration::from_secs(30);

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

    /// This server can serve: the old one is to step down, and this one answers at its name. On a
    /// thread of its own, for it waits for the old one, whose grace is this; `tell` is called there
    /// with what the old one has left.
    pub fn complete(self, grace: Duration, tell: impl FnOnce(Left) + Send + 'static) {
        thread::spawn(move || {
            let left = self.ask(2 * grace + TO_STEP_DOWN);
            if let Err(error) = self.publisher.publish() {
                log::error!(error:%; "the control socket could not get its name");
            }
            tell(left);
        });
    }

    fn ask(&self, patience: Duration) -> Left {
        let answer = control::ask(&self.control, &Verb::StepDown, patience);
        let answer = answer.map_err(|error| error.to_string());
        let left = answer.and_then(|it| serde_json::from_value(it).map_err(|it| it.to_string()));
        match left {
            Ok(left) => {
                log::info!("the server before steps down");
                Left(Some(left))
            }
            Err(error) => {
                log::warn!(error; "the server before did not step down");
                Left(None)
            }
        }
    }
}

/// What the server before has left; nothing is known if it was not heard of any more.
#[derive(Debug, Default)]
pub struct Left(Option<SteppedDown>);

impl Left {
    /// Whether the newest state of a plugin is in its file.
    #[must_use]
    pub fn has(&self, plugin: &str) -> bool {
        self.0.as_ref().is_some_and(|left| left.kept.iter().any(|it| it == plugin))
    }

    /// Whether the other server had state of a plugin, or may have had, that is lost.
    #[must_use]
    pub fn is_known_to_lack(&self, plugin: &str) -> bool {
        self.0.as_ref().is_none_or(|left| left.lost.iter().any(|it| it == plugin))
    }
}
