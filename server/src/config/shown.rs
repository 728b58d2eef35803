//! Values for a reader: owns how a setting is spelled where it is shown, as the file would have it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::config::settings::{Dialect, Listener, OnRemove, PluginDir, ReplyOrder};
use crate::config::units::{Rate, show_duration, show_size};
use crate::config::{Addresses, PluginPolicy, StateMismatch, TokenPolicy};
use crate::logging::Format;

/// A value that can be shown.
pub(super) trait Shown {
    /// As the file would have it; `null` for what is not set.
    fn shown(&self) -> Json;
}

/// A number of bytes.
pub(super) fn size(bytes: usize) -> Json {
    Json::from(show_size(u64::try_from(bytes).unwrap_or(u64::MAX)))
}

/// Permission bits.
pub(super) fn mode(bits: u32) -> Json {
    Json::from(format!("{bits:04o}"))
}

/// What JSON has a kind for.
macro_rules! shown_as_is {
    ($($kind:ty),+) => {
        $(impl Shown for $kind {
            fn shown(&self) -> Json {
                Json::from(*self)
            }
        })+
    };
}

/// What is one of a few words.
macro_rules! shown_as_word {
    ($($kind:ty { $($variant:ident $word:literal)+ })+) => {
        $(impl Shown for $kind {
            fn shown(&self) -> Json {
                Json::from(match self {
                    $(Self::$variant => $word,)+
                })
            }
        })+
    };
}

shown_as_is!(bool, u32, u64, usize, f64);
shown_as_word! {
    OnRemove { Keep "keep" Unload "unload" }
    TokenPolicy { Drain "drain" Adopt "adopt" Fail "fail" }
    StateMismatch { Refuse "refuse" Fresh "fresh" }
    Format { Auto "auto" Text "text" Json "json" }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Json {
        self.as_ref().map_or(Json::Null, Shown::shown)
    }
}

impl Shown for Duration {
    fn shown(&self) -> Json {
        Json::from(show_duration(*self))
    }
}

impl Shown for Rate {
    fn shown(&self) -> Json {
        Json::from(self.to_string())
    }
}

impl Shown for String {
    fn shown(&self) -> Json {
        Json::from(self.as_str())
    }
}

impl Shown for PathBuf {
    fn shown(&self) -> Json {
        Json::from(self.display().to_string())
    }
}

impl Shown for SocketAddr {
    fn shown(&self) -> Json {
        Json::from(self.to_string())
    }
}

impl Shown for log::LevelFilter {
    fn shown(&self) -> Json {
        Json::from(self.as_str().to_lowercase())
    }
}

/// Every address, or those that are meant: single ones, and ranges as `"16-31"`.
impl Shown for Addresses {
    fn shown(&self) -> Json {
        if *self == Self::ALL {
            return Json::Null;
        }
        let mut ranges: Vec<[u8; 2]> = Vec::new();
        for address in self.iter() {
            match ranges.last_mut() {
                Some([_, last]) if last.checked_add(1) == Some(address) => *last = address,
                _ => ranges.push([address; 2]),
            }
        }
        let shown = |[first, last]: [u8; 2]| match first == last {
            true => Json::from(first),
            false => Json::from(format!("{first}-{last}")),
        };
        ranges.into_iter().map(shown).collect()
    }
}

/// Numbers of commands.
impl Shown for Vec<u16> {
    fn shown(&self) -> Json {
        self.iter().map(|number| Json::from(format!("0x{number:04X}"))).collect()
    }
}

impl Shown for Vec<PluginDir> {
    fn shown(&self) -> Json {
        self.iter().map(|dir| dir.path.shown()).collect()
    }
}

/// A listener is its URL, and a table where it has options.
impl Shown for Vec<Listener> {
    fn shown(&self) -> Json {
        self.iter().map(listener).collect()
    }
}

impl Shown for BTreeMap<String, PluginPolicy> {
    fn shown(&self) -> Json {
        let policy = |policy: &PluginPolicy| {
            json!({
                "tokens": policy.tokens.shown(),
                "on_state_mismatch": policy.on_state_mismatch.shown(),
                "persist_state": policy.persist_state,
            })
        };
        Json::Object(self.iter().map(|(name, own)| (name.clone(), policy(own))).collect())
    }
}

fn listener(listener: &Listener) -> Json {
    let Listener { endpoint, dialect, reply_order, error_command, probe, auth } = listener;
    let url = Json::from(endpoint.to_string());
    let mut table = serde_json::Map::new();
    let is_raw = *dialect == Dialect::Raw;
    let command = error_command.map(|word| Json::from(format!("0x{word:04X}")));
    let options = [
        ("dialect", is_raw.then(|| Json::from("raw"))),
        ("reply_order", (*reply_order == ReplyOrder::Any).then(|| Json::from("any"))),
        ("error_command", command),
        // In the raw dialect there is nothing to probe with.
        ("probe", (!probe && !is_raw).then(|| Json::from(false))),
        ("auth", (!auth).then(|| Json::from(false))),
    ];
    let given = options.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    table.extend(given);
    if table.is_empty() {
        return url;
    }
    table.insert("url".to_owned(), url);
    Json::Object(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelled_as_in_the_file() {
        let rate = Rate { count: 1_000, per: Duration::from_secs(1) };
        let shown = [
            Duration::from_millis(1_500).shown(),
            Some(rate).shown(),
            None::<Rate>.shown(),
            size(65_536),
            mode(0o600),
            vec![0x0100_u16].shown(),
            OnRemove::Unload.shown(),
            log::LevelFilter::Warn.shown(),
            0.5.shown(),
        ];
        let expected =
            json!(["1500ms", "1000/s", null, "64KiB", "0600", ["0x0100"], "unload", "warn", 0.5,]);
        assert_eq!(Json::from(shown.to_vec()), expected);
    }
}
