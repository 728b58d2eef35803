//! The checked values of `commands.toml`: owns what a route says, not whether its handler exists.

use std::time::Duration;

use hotframe_core::RouteKey;

use crate::config::{Addresses, Rate};
use crate::diagnostics::Place;

/// All routes of a commands file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    /// The routes in ascending order of their numbers, each number at most once.
    pub entries: Vec<Route>,
    /// What serves every command without an entry.
    pub default: Option<Route>,
    /// The routes of `[raw]` in ascending order of their words, its default first.
    pub raw: Vec<Route>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Which commands take it.
    pub key: RouteKey,
    /// `plugin.handler`.
    pub handler: String,
    /// The device addresses that it serves.
    pub addresses: Addresses,
    /// How long a deferred reply may take; `None` sets no bound of its own.
    pub timeout: Option<Duration>,
    /// How often a failure of the server's is tried again.
    pub retries: u8,
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
    pub fn new(key: RouteKey, handler: impl Into<String>) -> Self {
        Self {
            key,
            handler: handler.into(),
            addresses: Addresses::ALL,
            timeout: None,
            retries: 0,
            rate: None,
            enabled: true,
            place: None,
        }
    }

    /// `0x0100`, or `default`; in `[raw]` with `raw:` before it.
    #[must_use]
    pub fn command(&self) -> String {
        self.key.to_string()
    }
}

impl Routes {
    /// What is served without any commands file: `0x0100 = "builtin.echo"`.
    #[must_use]
    pub fn built_in() -> Self {
        let echo = Route::new(RouteKey::Number(0x0100), "builtin.echo");
        Self { entries: vec![echo], default: None, raw: Vec::new() }
    }

    /// The routes that are not `left_out`.
    #[must_use]
    pub fn without(&self, left_out: impl Fn(&Route) -> bool) -> Self {
        let kept = |route: &&Route| !left_out(route);
        Self {
            entries: self.entries.iter().filter(kept).cloned().collect(),
            default: self.default.as_ref().filter(kept).cloned(),
            raw: self.raw.iter().filter(kept).cloned().collect(),
        }
    }

    /// Every route, the default behind the other commands and the raw dialect last.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.entries.iter().chain(&self.default).chain(&self.raw)
    }
}
