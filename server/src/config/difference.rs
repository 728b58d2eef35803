//! What changed between two configurations: owns which key a difference is reported under, and
//! what of it is shown.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::config::known::{self, Taken};
use crate::config::shown::{Shown, mode, size};
use crate::config::{PluginConfig, Settings};

/// A key whose value differs between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The key: `limits.max_connections`, or `plugins.config.NAME`.
    pub key: String,
    /// Whether the running server cannot take the new value before it is started again.
    pub needs_restart: bool,
    /// The value that serves, as the file would have it; `null` if none is set. Secrets are
    /// `"***"`.
    #[serde(default)]
    pub old: Json,
    /// The value that would serve. Where it is shown as the old one, a secret is another one.
    #[serde(default)]
    pub new: Json,
}

/// The changes of the listed fields.
macro_rules! differing {
    ($changes:ident, $new:expr, $old:expr, $show:expr; $($section:ident $(. $field:ident)?)+) => {
        $(
            let (new, old) = (&$new.$section $(.$field)?, &$old.$section $(.$field)?);
            if new != old {
                let name = concat!(stringify!($section) $(, ".", stringify!($field))?);
                $changes.push(change(name, name, $show(old), $show(new)));
            }
        )+
    };
}

impl Settings {
    /// The keys in which `self`, the new configuration, differs from `old`, in the order of the
    /// reference.
    #[must_use]
    pub fn difference(&self, old: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        differing! { changes, self, old, Shown::shown;
            listen commands
            server.state_dir server.shutdown_grace server.watchdog_soft server.watchdog_hard
            limits.max_connections limits.max_in_flight limits.max_questions
            limits.frame_timeout limits.write_timeout limits.max_sync_errors
            limits.accept_rate limits.request_rate limits.overload limits.max_per_source
            heartbeat.idle_after heartbeat.probe_timeout heartbeat.session_timeout
            heartbeat.takeover
            auth.file auth.plugin auth.timeout auth.required auth.allow auth.failure_rate
            plugins.dirs plugins.settle plugins.drain_timeout plugins.on_remove
            plugins.normalize plugins.probe plugins.probation plugins.probation_errors
            plugins.probation_share plugins.policy
            control.socket
            http.listen
            log.level log.format log.access log.redact
        }
        differing! { changes, self, old, |bytes: &usize| size(*bytes);
            limits.outbound_high_water limits.max_buffered limits.max_garbage plugins.max_state
        }
        differing! { changes, self, old, |bits: &u32| mode(*bits); control.mode }
        changes.sort_by_key(|change| known::KEYS.iter().position(|key| key.name == change.key));
        changes.extend(self.changed_plugins(old));
        changes
    }

    /// The plugins whose own tables differ.
    fn changed_plugins(&self, old: &Self) -> Vec<Change> {
        let (new, old) = (&self.plugins.config, &old.plugins.config);
        let names: BTreeSet<_> = new.keys().chain(old.keys()).collect();
        let shown = |config: Option<&PluginConfig>| config.map_or(Json::Null, PluginConfig::shown);
        let differing = names.into_iter().filter(|name| new.get(*name) != old.get(*name));
        let changes = differing.map(|name| {
            let (old, new) = (shown(old.get(name)), shown(new.get(name)));
            change(&format!("plugins.config.{name}"), "plugins.config", old, new)
        });
        changes.collect()
    }
}

fn change(key: &str, listed: &str, old: Json, new: Json) -> Change {
    let needs_restart = known::key(listed).is_some_and(|key| key.taken == Taken::Restart);
    Change { key: key.to_owned(), needs_restart, old, new }
}
