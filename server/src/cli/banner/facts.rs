//! What there is to say when the server is ready.

use std::{path::PathBuf, time::Duration};

use super::Reach;

/// What there is to say when the server is ready; all as it is bound and loaded, not as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartFacts {
    /// The server's version.
    pub version: String,
    /// From the process's start to ready.
    pub took: Duration,
    /// The listeners as URLs, with the ports that were really taken.
    pub listen: Vec<String>,
    /// The control socket; `None` when there is none.
    pub control: Option<PathBuf>,
    /// The HTTP listener's address; `None` while there is none.
    pub http: Option<String>,
    /// The configuration file; `None` for the built-in default.
    pub config: Option<PathBuf>,
    /// The plugins that serve.
    pub plugins: Vec<PluginFact>,
    /// The routes.
    pub routes: Vec<RouteFact>,
    /// The files and folders that are watched.
    pub watched: Vec<PathBuf>,
    /// How many problems were reported on the way here; `ctl status` tells them.
    pub problems: usize,
    /// By what the last run was ended, if a plugin did it.
    pub crash: Option<String>,
}

/// One plugin that serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginFact {
    /// The plugin's name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The file that it was loaded from; `None` for the built-in one.
    pub file: Option<PathBuf>,
    /// How long loading took, from opening the file to active.
    pub load_time: Duration,
    /// Its handlers, without the plugin's name.
    pub handlers: Vec<String>,
}

/// One route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteFact {
    /// The command's number as in `0x0100`, or `default`.
    pub command: String,
    /// The handler as `plugin.handler`.
    pub handler: String,
    /// Whether it can answer; false: its handler is missing, or it is switched off.
    pub ok: bool,
}

impl StartFacts {
    /// The listeners with who can reach each.
    pub fn reaches(&self) -> impl Iterator<Item = (&str, Reach)> {
        self.listen.iter().map(|url| (url.as_str(), Reach::of(url)))
    }
}
