//! Signals: owns which the process listens to, and what each asks for.

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

/// Has a write that makes a file too large for this process fail, which is told where it was tried;
/// the signal that comes with it would end the process.
///
/// # Errors
/// The system lets no more signals be heard.
pub fn outlive_large_files() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(drop)
}

impl Signals {
    /// Installs the handlers and registers them with the loop.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn listen(registry: &Registry, token: Token) -> io::Result<Self> {
        let mut source = Source::new([SIGTERM, SIGINT, SIGHUP])?;
        registry.register(&mut source, token, mio::Interest::READABLE)?;
        Ok(Self { source })
    }

    /// The signals that have come since the last call.
    pub fn pending(&mut self) -> impl Iterator<Item = Signal> + '_ {
        self.source.pending().map(|number| match number {
            SIGHUP => Signal::Reread,
            _ => Signal::Stop,
        })
    }
}
