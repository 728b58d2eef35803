//! What changed between two configurations: owns which key a difference is reported under.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::config::Settings;
use crate::config::known::{self, Taken};

/// A key whose value differs between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The key: `limits.max_connections`, or `plugins.config.NAME`.
    pub key: String,
    /// Whether the running server cannot take the new value before it is started again.
    pub needs_restart: bool,
}

/// The names of the listed fields in which two values differ.
macro_rules! differing {
    ($new:expr, $old:expr; $($section:ident . $field:ident)+) => {
        [$((
            concat!(stringify!($section), ".", stringify!($field)),
            $new.$section.$field != $old.$section.$field,
        )),+]
    };
}

impl Settings {
    /// The keys in which `self`, the new configuration, differs from `old`.
    #[must_use]
    pub fn difference(&self, old: &Self) -> Vec<Change> {
        let top =
            [("listen", self.listen != old.listen), ("commands", self.commands != old.commands)];
        let sections = differing! { self, old;
            server.state_dir server.shutdown_grace server.watchdog_soft server.watchdog_hard
            limits.max_connections limits.max_in_flight limits.max_questions
            limits.outbound_high_water limits.frame_timeout limits.write_timeout
            limits.max_sync_errors limits.max_garbage
            limits.accept_rate limits.request_rate limits.overload
            limits.max_per_source
            heartbeat.idle_after heartbeat.probe_timeout heartbeat.session_timeout
            heartbeat.takeover
            auth.file auth.plugin auth.timeout auth.required auth.allow auth.failure_rate
            plugins.dirs plugins.settle plugins.drain_timeout plugins.on_remove
            plugins.normalize plugins.probe plugins.probation plugins.probation_errors
            plugins.probation_share plugins.max_state plugins.policy
            control.socket control.mode
            http.listen
            log.level log.format log.access log.redact
        };
        let keys = top.into_iter().chain(sections);
        let mut changes: Vec<_> =
            keys.filter(|(_, differs)| *differs).map(|(name, _)| change(name, name)).collect();
        changes.extend(
            self.changed_plugins(old)
                .map(|plugin| change(&format!("plugins.config.{plugin}"), "plugins.config")),
        );
        changes
    }

    /// The plugins whose own tables differ.
    fn changed_plugins<'a>(&'a self, old: &'a Self) -> impl Iterator<Item = &'a str> {
        let (new, old) = (&self.plugins.config, &old.plugins.config);
        let names: BTreeSet<_> = new.keys().chain(old.keys()).collect();
        names.into_iter().filter(|name| new.get(*name) != old.get(*name)).map(String::as_str)
    }
}

fn change(key: &str, listed: &str) -> Change {
    Change {
        key: key.to_owned(),
        needs_restart: known::key(listed).is_some_and(|key| key.taken == Taken::Restart),
    }
}
