//! The verbs: owns what an operator can ask for, and how a request line spells it.

use serde_json::{Map, Value, json};

use super::{ControlError, codes};

/// What an operator asks of the running server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// How the server is: answered with [`Status`](super::answers::Status).
    Status,
    /// The plugins: answered with rows of [`PluginRow`](super::answers::PluginRow).
    Plugins,
    /// The routes: answered with rows of [`RouteRow`](super::answers::RouteRow).
    Routes,
    /// The connections: rows of [`ConnectionRow`](super::answers::ConnectionRow).
    Connections,
    /// The sessions: rows of [`SessionRow`](super::answers::SessionRow).
    Sessions,
    /// Everything at one moment, for `hotframe top`: answered with
    /// [`Overview`](super::answers::Overview). No verb of `hotframe ctl`.
    Overview,
    /// Close a connection, or end a client's session; answered with
    /// [`Kicked`](super::answers::Kicked).
    Kick {
        /// A connection's id or a client's name.
        id: String,
    },
    /// Read files and plugins again; answered when the result is live or refused, with
    /// [`Reloaded`](super::answers::Reloaded).
    Reload {
        /// The one plugin to load again; `None`: every file and every plugin.
        plugin: Option<String>,
    },
    /// Tell what a reload would change; answered with [`Plan`](super::answers::Plan).
    Plan,
    /// Go back to what served before; answered when it serves, with
    /// [`Switched`](super::answers::Switched) or
    /// [`ConfigRolledBack`](super::answers::ConfigRolledBack).
    Rollback {
        /// The plugin whose version before is meant; `None`: the configuration before.
        plugin: Option<String>,
    },
    /// Take a plugin out of service; answered with [`Switched`](super::answers::Switched).
    Disable {
        /// The plugin.
        plugin: String,
    },
    /// Let a plugin serve again; answered with [`Switched`](super::answers::Switched) when it does.
    Enable {
        /// The plugin.
        plugin: String,
    },
    /// Let nobody new in, serve who is here until they leave, and end; answered when that is done,
    /// with [`Drained`](super::answers::Drained).
    Drain {
        /// How long peers may stay, in milliseconds; `None`: for `server.shutdown_grace`.
        grace_ms: Option<u64>,
    },
    /// Show requests as they pass: answered with [`Tapping`](super::answers::Tapping), then a
    /// [`SightingRow`](super::answers::SightingRow) a line.
    Tap {
        /// A command's number, a handler or a plugin; `None`: all.
        command: Option<String>,
    },
    /// The slowest requests of late: rows of [`SightingRow`](super::answers::SightingRow).
    SlowLog,
    /// Change what is logged, or only tell: answered with
    /// [`LogLevels`](super::answers::LogLevels).
    Log {
        /// The level, or `default` for what the configuration says; `None`: as it is.
        level: Option<String>,
        /// What has it; `None`: all that has none of its own.
        target: Option<String>,
    },
    /// Drain and end; answered with [`Stopping`](super::answers::Stopping) when draining began.
    Shutdown,
    /// Give the listening sockets to another server, and serve on; answered with
    /// [`HandedOver`](super::answers::HandedOver). Asked by `serve --take-over`.
    HandOver,
    /// The other server can serve: let go of the listening sockets, and drain, or end where state
    /// is to be kept; answered with [`SteppedDown`](super::answers::SteppedDown) when all state is.
    StepDown,
}

impl Verb {
    /// The name of every verb of `hotframe ctl`, in the order in which they are listed to a person.
    pub const NAMES: &'static [&'static str] = &[
        "status",
        "plugins",
        "routes",
        "connections",
        "sessions",
        "kick",
        "plan",
        "reload",
        "rollback",
        "disable",
        "enable",
        "drain",
        "tap",
        "slowlog",
        "log",
        "shutdown",
    ];

    /// The word for this verb in a request line.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Plugins => "plugins",
            Self::Routes => "routes",
            Self::Connections => "connections",
            Self::Sessions => "sessions",
            Self::Overview => "overview",
            Self::Kick { .. } => "kick",
            Self::Reload { .. } => "reload",
            Self::Plan => "plan",
            Self::Rollback { .. } => "rollback",
            Self::Disable { .. } => "disable",
            Self::Enable { .. } => "enable",
            Self::Drain { .. } => "drain",
            Self::Tap { .. } => "tap",
            Self::SlowLog => "slowlog",
            Self::Log { .. } => "log",
            Self::Shutdown => "shutdown",
            Self::HandOver => "hand_over",
            Self::StepDown => "step_down",
        }
    }

    /// Whether it does something, or shows payloads: that is logged with who has asked for it.
    #[must_use]
    pub const fn is_act(&self) -> bool {
        match self {
            Self::Status | Self::Plugins | Self::Routes | Self::Connections => false,
            Self::Sessions | Self::Overview | Self::SlowLog | Self::Plan => false,
            Self::Log { level, .. } => level.is_some(),
            _ => true,
        }
    }

    /// The request line for this verb, without its line feed.
    #[must_use]
    pub fn to_line(&self) -> String {
        match self {
            Self::Reload { plugin: Some(plugin) }
            | Self::Rollback { plugin: Some(plugin) }
            | Self::Disable { plugin }
            | Self::Enable { plugin } => {
                json!({ "verb": self.name(), "plugin": plugin }).to_string()
            }
            Self::Drain { grace_ms: Some(grace) } => {
                json!({ "verb": self.name(), "grace_ms": grace }).to_string()
            }
            Self::Tap { command: Some(command) } => {
                json!({ "verb": self.name(), "command": command }).to_string()
            }
            Self::Log { level, target } => {
                json!({ "verb": self.name(), "level": level, "target": target }).to_string()
            }
            Self::Kick { id } => json!({ "verb": self.name(), "id": id }).to_string(),
            _ => json!({ "verb": self.name() }).to_string(),
        }
    }

    /// Reads a request line.
    ///
    /// # Errors
    /// HF0503 when the line is not a JSON object with a `verb` and only the keys that the verb
    /// takes; HF0502, with the known verbs, when the verb is none of them.
    pub fn from_line(line: &[u8]) -> Result<Self, ControlError> {
        let mut keys: Map<String, Value> = serde_json::from_slice(line)
            .map_err(|error| malformed(&format!("the request is not a JSON object: {error}")))?;
        let Some(Value::String(name)) = keys.shift_remove("verb") else {
            return Err(malformed("the request has no key `verb` with a text"));
        };
        let verb = match name.as_str() {
            "status" => Self::Status,
            "plugins" => Self::Plugins,
            "routes" => Self::Routes,
            "connections" => Self::Connections,
            "sessions" => Self::Sessions,
            "overview" => Self::Overview,
            "kick" => Self::Kick {
                id: text(&mut keys, "id")?.ok_or_else(|| malformed("`kick` needs an `id`"))?,
            },
            "reload" => Self::Reload { plugin: text(&mut keys, "plugin")? },
            "plan" => Self::Plan,
            "rollback" => Self::Rollback { plugin: text(&mut keys, "plugin")? },
            "disable" => Self::Disable { plugin: plugin(&mut keys, "disable")? },
            "enable" => Self::Enable { plugin: plugin(&mut keys, "enable")? },
            "drain" => Self::Drain { grace_ms: whole(&mut keys, "grace_ms")? },
            "tap" => Self::Tap { command: text(&mut keys, "command")? },
            "slowlog" => Self::SlowLog,
            "log" => {
                Self::Log { level: text(&mut keys, "level")?, target: text(&mut keys, "target")? }
            }
            "shutdown" => Self::Shutdown,
            "hand_over" => Self::HandOver,
            "step_down" => Self::StepDown,
            unknown => return Err(unknown_verb(unknown)),
        };
        match keys.keys().next() {
            Some(key) => Err(malformed(&format!("`{name}` takes no key `{key}`"))),
            None => Ok(verb),
        }
    }
}

/// Takes the optional text under `key`; an absent key and `null` are the same.
fn text(keys: &mut Map<String, Value>, key: &str) -> Result<Option<String>, ControlError> {
    match keys.shift_remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(malformed(&format!("`{key}` is not a text"))),
    }
}

/// The name under `plugin`, which `verb` needs.
fn plugin(keys: &mut Map<String, Value>, verb: &str) -> Result<String, ControlError> {
    text(keys, "plugin")?.ok_or_else(|| malformed(&format!("`{verb}` needs a `plugin`")))
}

/// Takes the optional whole number under `key`; an absent key and `null` are the same.
fn whole(keys: &mut Map<String, Value>, key: &str) -> Result<Option<u64>, ControlError> {
    match keys.shift_remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let number = value.as_u64();
            number.map(Some).ok_or_else(|| malformed(&format!("`{key}` is not a whole number")))
        }
    }
}

fn malformed(message: &str) -> ControlError {
    ControlError::new(codes::MALFORMED, message)
        .with_help(r#"send one line such as {"verb":"status"}"#)
}

fn unknown_verb(name: &str) -> ControlError {
    let mut help = format!("the verbs are: {}", Verb::NAMES.join(", "));
    let near = Verb::NAMES.iter().find(|known| strsim::damerau_levenshtein(known, name) <= 2);
    if let Some(known) = near {
        help = format!("did you mean `{known}`? {help}");
    }
    ControlError::new(codes::UNKNOWN_VERB, format!("there is no verb `{name}`")).with_help(help)
}

#[cfg(test)]
mod tests;
