//! The checked values of `commands.toml`: owns what a route says, not whether its handler exists.

use std::time::Duration;

use crate::config::{Addresses, Rate};
use crate::diagnostics::Place;

/// All routes of a commands file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    /// The routes in ascending order of their numbers, each number at most once.
    pub entries: Vec<Route>,
    /// What serves every command without an entry; its number is 0.
    pub default: Option<Route>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The command number, 0x0100 to 0x3FFF; 0 for `default`.
    pub number: u16,
    /// `plugin.handler`.
    pub handler: String,
    /// The device addresses that it serves.
    pub addresses: Addresses,
    /// How long a deferred reply may take; `None` sets no bound of its own.
    pub timeout: Option<Duration>,
    /// How often a failure of the server's is tried again.
    pub retries: u32,
    /// Requests per time.
    pub rate: Option<Rate>,
    /// Whether it serves at all.
    pub enabled: bool,
    /// Where its handler is named; `None` for a built-in route.
    pub place: Option<Place>,
}

impl Route {
    /// A route to `handler` with every option at its default.
    #[must_use]
    pub fn new(number: u16, handler: impl Into<String>) -> Self {
        Self {
            number,
            handler: handler.into(),
            addresses: Addresses::ALL,
            timeout: None,
            retries: 0,
            rate: None,
            enabled: true,
            place: None,
        }
    }

    /// `0x0100`, or `default`.
    #[must_use]
    pub fn command(&self) -> String {
        match self.number {
            0 => "default".to_owned(),
            number => format!("0x{number:04X}"),
        }
    }
}

impl Routes {
    /// What is served without any commands file: `0x0100 = "builtin.echo"`.
    #[must_use]
    pub fn built_in() -> Self {
        Self { entries: vec![Route::new(0x0100, "builtin.echo")], default: None }
    }

    /// Every route, the default last.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.entries.iter().chain(&self.default)
    }
}
