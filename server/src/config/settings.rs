//! The checked values of `hotframe.toml`: owns their types and nothing of how they are read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::{PluginConfig, PluginPolicy, Rate};
use crate::logging::Format;

/// The whole configuration but for the routes, every value resolved: paths are absolute, defaults
/// filled in, secrets read.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where frames are taken, at least one.
    pub listen: Vec<Listener>,
    /// The commands file; `None` serves the built-in routes.
    pub commands: Option<PathBuf>,
    /// `[server]`.
    pub server: Server,
    /// `[limits]`.
    pub limits: Limits,
    /// `[heartbeat]`.
    pub heartbeat: Heartbeat,
    /// `[auth]`.
    pub auth: Auth,
    /// `[plugins]`.
    pub plugins: Plugins,
    /// `[control]`.
    pub control: Control,
    /// `[http]`.
    pub http: Http,
    /// `[log]`.
    pub log: Log,
}

/// One entry of `listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it is bound.
    pub endpoint: Endpoint,
    /// How command words are read.
    pub dialect: Dialect,
    /// In which order replies leave.
    pub reply_order: ReplyOrder,
    /// The command word of error frames in the raw dialect.
    pub error_command: Option<u16>,
    /// Whether idle connections are probed.
    pub probe: bool,
    /// Whether what `[auth]` requires is required here.
    pub auth: bool,
}

/// Where a listener is bound. Displayed as its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `tcp://HOST:PORT`; the host is a name or an address, without brackets.
    Tcp {
        /// A name or an address.
        host: String,
        /// The port; 0 takes any free one.
        port: u16,
    },
    /// `unix://PATH`, absolute.
    Unix(PathBuf),
    /// `serial://PATH?baud=RATE`, in builds with serial lines.
    Serial {
        /// The device.
        path: PathBuf,
        /// Bits a second.
        baud: u32,
    },
}

/// How a listener reads command words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The two top bits say what kind of frame it is.
    #[default]
    Flagged,
    /// The whole word is the command.
    Raw,
}

/// In which order a listener's replies leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyOrder {
    /// In the order of the requests.
    #[default]
    Strict,
    /// As they come.
    Any,
}

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The folder for sockets, private copies of plugins and the like.
    pub state_dir: PathBuf,
    /// How long a shutdown waits for what is owed.
    pub shutdown_grace: Duration,
    /// For how long the loop may be held before it is told by what; zero: never told.
    pub watchdog_soft: Duration,
    /// For how long a plugin may hold the loop before the server ends; zero: for ever.
    pub watchdog_hard: Duration,
}

/// `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time.
    pub max_connections: usize,
    /// Deferred requests of one connection at a time.
    pub max_in_flight: usize,
    /// Requests that plugins have pushed to one connection and it has not answered.
    pub max_questions: usize,
    /// Bytes of replies that may wait for a slow peer before its requests are left unread.
    pub outbound_high_water: usize,
    /// Bytes that all connections may keep together.
    pub max_buffered: usize,
    /// How long a frame may stay incomplete.
    pub frame_timeout: Duration,
    /// How long a peer may leave its replies unread.
    pub write_timeout: Duration,
    /// Episodes of lost synchronisation before a connection is closed.
    pub max_sync_errors: u32,
    /// Skipped bytes without a good frame between before a connection is closed.
    pub max_garbage: usize,
    /// Accepted connections per time.
    pub accept_rate: Option<Rate>,
    /// Requests of one connection per time.
    pub request_rate: Option<Rate>,
    /// The lag of the loop above which load is shed.
    pub overload: Option<Duration>,
    /// Connections of one address, or of one user of this machine, at a time.
    pub max_per_source: Option<u32>,
}

/// `[heartbeat]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Silence after which a connection is probed.
    pub idle_after: Duration,
    /// How long a probe's answer may take.
    pub probe_timeout: Duration,
    /// How long a session outlives its connection.
    pub session_timeout: Duration,
    /// Whether a second HELLO takes a live session over.
    pub takeover: bool,
}

/// `[auth]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// The file of clients; without one and without a plugin nobody looks at credentials.
    pub file: Option<PathBuf>,
    /// The plugin that judges credentials.
    pub plugin: Option<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether a valid credential is needed.
    pub required: bool,
    /// The commands that need none.
    pub allow: Vec<u16>,
    /// Bad credentials of one source per time.
    pub failure_rate: Option<Rate>,
}

impl Auth {
    /// Whether anybody looks at credentials.
    #[must_use]
    pub const fn is_checked(&self) -> bool {
        self.file.is_some() || self.plugin.is_some()
    }

    /// Whether nobody is served without a valid credential.
    #[must_use]
    pub const fn guards(&self) -> bool {
        self.is_checked() && self.required
    }
}

/// `[plugins]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugins {
    /// Folders to look in, in this order.
    pub dirs: Vec<PluginDir>,
    /// How long a file must be quiet before it is loaded.
    pub settle: Duration,
    /// How long a replaced plugin may take for its deferred replies.
    pub drain_timeout: Duration,
    /// What becomes of a plugin whose file is removed.
    pub on_remove: OnRemove,
    /// Whether the private copy of a plugin is changed so that it can be unmapped.
    pub normalize: bool,
    /// Whether a plugin is tried out in a process of its own before it is loaded.
    pub probe: bool,
    /// For how long a new version is watched and the one before stays, to go back to.
    pub probation: Duration,
    /// The least failed calls for which it is gone back.
    pub probation_errors: u64,
    /// The share of calls that may fail beyond that of the version before.
    pub probation_share: f64,
    /// Bytes of state that a plugin may have.
    pub max_state: usize,
    /// `[plugins.policy.NAME]` by name.
    pub policy: BTreeMap<String, PluginPolicy>,
    /// `[plugins.config.NAME]` by name.
    pub config: BTreeMap<String, PluginConfig>,
}

/// A folder that is searched for plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginDir {
    /// The folder, absolute.
    pub path: PathBuf,
    /// Whether a `.so` that is no hotframe plugin is passed over without a word; so in the folder
    /// of the executable, when no `dirs` are set.
    pub lenient: bool,
}

/// What becomes of a plugin whose file is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnRemove {
    /// It serves on.
    #[default]
    Keep,
    /// It is unloaded; its routes answer 2005.
    Unload,
}

/// `[control]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The control socket's path, absolute.
    pub socket: PathBuf,
    /// Its permission bits, 0 to 0o777.
    pub mode: u32,
}

/// `[http]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Where metrics and health checks are served; `None` turns it off.
    pub listen: Option<SocketAddr>,
}

/// `[log]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// The least level that is logged.
    pub level: log::LevelFilter,
    /// The form of the lines.
    pub format: Format,
    /// The share of requests that are logged, 0.0 to 1.0.
    pub access: f64,
    /// The commands whose payloads are never shown, by number.
    pub redact: Vec<u16>,
}
