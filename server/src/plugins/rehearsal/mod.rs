//! Owns the rehearsal of a plugin file: its handlers are called in a process of its own, through
//! the engine that a server has, and without one.
//!
//! The executable runs itself again as `hotframe __rehearse COPY`. On its standard input that
//! process gets a [`Script`], on its standard output it says a [`Word`] for each thing that
//! happens ([`stage`]). Who asked for it ([`Rehearsal`]) hears the words, knows by them how far
//! the plugin came when it crashes, exits or hangs, and ends the process then.
mod house;
mod player;
mod script;
pub mod stage;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

pub use self::script::{Awaited, Came, Offer, PushedFrame, Script, Step, Word};

use super::candidate::Candidate;
use super::defect::{Defect, Fault};
use super::loader::Loader;
use super::preflight::Preflight;
use super::probe::{Ending, Output, Process};
use super::refusal::Refusal;
use super::shadow::{ShadowFile, ShadowFolder};

/// The hidden command of the executable that is the rehearsal.
pub const COMMAND: &str = "__rehearse";

/// How long a plugin may take over what no step waits for: to load, to start, to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// Files larger than this are not plugins.
const MAX_SIZE: u64 = 256 << 20;

/// A plugin's file, looked at and copied, ready to be played.
#[derive(Debug)]
pub struct Rehearsal {
    /// What was seen of it before any of it ran.
    pub preflight: Preflight,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    path: PathBuf,
    copy: ShadowFile,
    shadow: ShadowFolder,
    program: PathBuf,
}

impl Rehearsal {
    /// Looks at the file as a server would, and makes a private copy. `program` is the executable
    /// that has the hidden command.
    ///
    /// # Errors
    /// What a server would refuse the file for before it runs any of it.
    pub fn of(path: PathBuf, program: PathBuf) -> Result<Self, Refusal> {
        let place =
            std::env::temp_dir().join(format!("hotframe-{}", rustix::process::geteuid().as_raw()));
        let shadow = ShadowFolder::open(&place).map_err(|fault| Refusal::new(&path, fault))?;
        let loader = Loader::new(shadow.clone(), MAX_SIZE, Instant::now());
        let candidate: Candidate = loader.open(&path)?;
        let sha256 = candidate.sha256.clone();
        let preflight =
            Preflight::read(&candidate.bytes).map_err(|fault| Refusal::new(&path, fault))?;
        let (copy, preflight) = loader.copy(&path, candidate, preflight)?;
        Ok(Self { preflight, sha256, path, copy, shadow, program })
    }

    /// The private copy, for a trial.
    pub fn copy(&self) -> &Path {
        self.copy.path()
    }

    /// Plays the script, and hands each word to `hear`. Returns when all is over.
    ///
    /// # Errors
    /// The plugin did not come to the end: it crashed, exited or hung, as a server would refuse it
    /// for. What it was about is the last word that was heard.
    pub fn play(&self, script: &Script, mut hear: impl FnMut(Word)) -> Result<(), Fault> {
        let (copies, script) = self.with_copies(script)?;
        let text = serde_json::to_string(&script)
            .map_err(|error| Defect::ProbeUnavailable.because(error.to_string()))?;
        let unavailable = |error: std::io::Error| {
            Defect::ProbeUnavailable.because(format!("it could not be tried out: {error}"))
        };
        let args = [COMMAND.as_ref(), self.copy.path().as_os_str(), self.path.as_os_str()];
        let to = (Stdio::piped(), Output::Shown);
        let mut process = Process::start(&self.program, &args, &text, to).map_err(unavailable)?;
        let words = listen(&mut process);
        let mut patience = PATIENCE;
        loop {
            match words.recv_timeout(patience) {
                Ok(Word::Ended) => {
                    hear(Word::Ended);
                    process.wait(PATIENCE).map_err(unavailable)?;
                    drop(copies);
                    return Ok(());
                }
                Ok(word) => {
                    patience = script.patience_after(&word, PATIENCE);
                    hear(word);
                }
                Err(RecvTimeoutError::Timeout) => return Err(hung(patience)),
                Err(RecvTimeoutError::Disconnected) => {
                    let ending = process.wait(PATIENCE).map_err(unavailable)?;
                    return Err(broken_off(ending));
                }
            }
        }
    }
}

impl Rehearsal {
    /// A script that has a copy of the library for each of its reloads, and those copies: the
    /// loader would hand the first one out again by its name.
    fn with_copies(&self, script: &Script) -> Result<(Vec<ShadowFile>, Script), Fault> {
        let steps = script.steps.iter().flatten();
        let bytes = std::fs::read(self.copy.path())
            .map_err(|error| Defect::ProbeUnavailable.because(error.to_string()))?;
        let copy = |_| self.shadow.write(&self.preflight.note.name, &self.sha256, &bytes);
        let copies = steps.filter(|step| step.reload).map(copy);
        let copies: Vec<ShadowFile> = copies.collect::<Result<_, _>>()?;
        let paths = copies.iter().map(|copy| copy.path().to_owned()).collect();
        Ok((copies, Script { copies: paths, ..script.clone() }))
    }
}

/// Hears the process on a thread of its own: a plugin may stop at any moment.
fn listen(process: &mut Process) -> Receiver<Word> {
    let (heard, words) = mpsc::channel();
    if let Some(stdout) = process.take_stdout() {
        thread::spawn(move || {
            for word in script::words(stdout) {
                if heard.send(word).is_err() {
                    return;
                }
            }
        });
    }
    words
}

fn hung(patience: Duration) -> Fault {
    Defect::ProbeTimedOut.because(format!("nothing came of it for {patience:?}"))
}

fn broken_off(ending: Ending) -> Fault {
    match ending {
        Ending::Late => hung(PATIENCE),
        Ending::Signal(signal) => Defect::ProbeCrashed.because(format!("it ended by {signal}")),
        Ending::Exit(code) => {
            Defect::ProbeExited.because(format!("it ended the process with code {code}"))
        }
    }
}
