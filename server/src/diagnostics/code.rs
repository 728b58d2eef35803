//! One diagnostic code: owns its name and everything `hotframe explain` says about it.

use core::fmt;

/// A diagnostic code such as `HF0103`, with its explanation.
///
/// Codes are constants of [`super::codes`]; a code that was released is never reused for another
/// meaning, so scripts and search engines may rely on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(&'static Entry);

/// What the catalogue holds for one code.
#[derive(PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    pub(super) mend: &'static str,
    pub(super) example: &'static str,
}

impl Code {
    /// Wraps a catalogue entry; only the `catalogue!` macro calls this.
    pub(super) const fn new(entry: &'static Entry) -> Self {
        Self(entry)
    }

    /// The code as it is printed: `HF0103`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0.name
    }

    /// What is wrong in a few words: `unknown key`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.0.title
    }

    /// What the code means and why the server minds, in whole sentences.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.0.meaning
    }

    /// How to mend it, in whole sentences.
    #[must_use]
    pub const fn mend(self) -> &'static str {
        self.0.mend
    }

    /// An example: a file's lines or the commands to type; may span lines.
    #[must_use]
    pub const fn example(self) -> &'static str {
        self.0.example
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
