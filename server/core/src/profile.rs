//! Profiles: what a listener wants for the connections that it takes.

use hotframe_protocol::{Command, Kind};

/// What holds for one connection for all of its life, as its listener is configured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    /// How command words are read.
    pub dialect: Dialect,
    /// In which order replies leave.
    pub reply_order: ReplyOrder,
    /// Whether the connection is probed when it is silent, and closed when it stays so. Never in
    /// the raw dialect, which has no PING.
    pub probe: bool,
    /// Whether what [`Access`](crate::Access) requires is required here.
    pub auth: bool,
}

/// How a connection's command words are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// The two top bits say what kind of frame it is, the others are the number.
    Flagged,
    /// Every frame is a request, and its whole word is routed.
    Raw {
        /// The word of the frames that carry errors; without one errors are only counted.
        error_command: Option<Command>,
    },
}

/// In which order a connection's replies leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplyOrder {
    /// In the order of the requests.
    Strict,
    /// As soon as they are there.
    Any,
}

impl Profile {
    /// What is in force where nothing is set.
    pub const DEFAULT: Self = Self {
        dialect: Dialect::Flagged,
        reply_order: ReplyOrder::Strict,
        probe: true,
        auth: true,
    };

    /// Whether the raw dialect is spoken.
    #[inline]
    pub(crate) const fn is_raw(&self) -> bool {
        matches!(self.dialect, Dialect::Raw { .. })
    }

    /// The word of a reply to `asked`, unless a handler in the raw dialect sets another.
    pub(crate) const fn reply_to(&self, asked: Command) -> Command {
        match self.dialect {
            Dialect::Flagged => asked.with_kind(Kind::Reply),
            Dialect::Raw { .. } => asked,
        }
    }

    /// The word of an error that answers `asked`; `None`: it is only counted.
    pub(crate) const fn error_to(&self, asked: Command) -> Option<Command> {
        match self.dialect {
            Dialect::Flagged => Some(asked.with_kind(Kind::Error)),
            Dialect::Raw { error_command } => error_command,
        }
    }

    /// What `asked` is called in texts for people.
    pub(crate) const fn name_of(&self, asked: Command) -> u16 {
        match self.dialect {
            Dialect::Flagged => asked.number(),
            Dialect::Raw { .. } => asked.word(),
        }
    }

    /// Whether a silent peer is probed.
    pub(crate) const fn probes(&self) -> bool {
        self.probe && !self.is_raw()
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::DEFAULT
    }
}
