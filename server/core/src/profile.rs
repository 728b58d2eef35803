//! Profiles: what a listener wants for the connections that it takes.

/// What holds for one connection for all of its life, as its listener is configured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Whether the connection is probed when it is silent, and closed when it stays so.
    pub probe: bool,
}

impl Profile {
    /// What is in force where nothing is set.
    pub const DEFAULT: Self = Self { probe: true };
}

impl Default for Profile {
    fn default() -> Self {
        Self::DEFAULT
    }
}
