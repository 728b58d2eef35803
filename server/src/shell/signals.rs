//! Signals: owns which the process listens to, and what each asks for.
//!
//! They are listened to before anything is read or bound: what comes while the server is put
//! together waits for its loop, where the system's own answer would end the process.

use std::sync::Arc;
use std::{fmt, io};

use mio::{Registry, Token};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook_mio::v1_0::Signals as Source;

/// What a signal asks the server for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM or SIGINT: answer what is owed, then stop.
    Stop,
    /// SIGHUP: read the files again.
    Reread,
}

/// The signals of this process as a source of the loop.
pub struct Signals {
    source: Source,
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signals")
    }
}

impl Signals {
    /// Installs the handlers. What comes from now on is kept. A write that makes a file too large
    /// for this process fails, which is told where it was tried; the signal that comes with it
    /// would end the process.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn listen() -> io::Result<Self> {
        flag::register(SIGXFSZ, Arc::default())?;
        Source::new([SIGTERM, SIGINT, SIGHUP]).map(|source| Self { source })
    }

    /// Has the loop told of them, also of those that have come already.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.source, token, mio::Interest::READABLE)
    }

    /// The signals that have come since the last call.
    pub fn pending(&mut self) -> impl Iterator<Item = Signal> + '_ {
        self.source.pending().map(|number| match number {
            SIGHUP => Signal::Reread,
            _ => Signal::Stop,
        })
    }
}
