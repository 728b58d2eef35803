//! What changed between two tables of routes: owns when a route is another one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::config::shown::Shown;
use crate::config::{Route, Routes};

/// A route that differs between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChange {
    /// The command's number as in `"0x0100"`, or `"default"`; with `raw:` before it in `[raw]`.
    pub command: String,
    /// What becomes of it.
    pub change: RouteDifference,
    /// The handler that serves; `null` if none does.
    pub old: Option<String>,
    /// The handler that would serve; `null` if none would.
    pub new: Option<String>,
    /// The options that differ, or those of a route that was not there, in the order of the
    /// reference; those at their defaults are `null`.
    #[serde(default)]
    pub options: Vec<OptionChange>,
}

/// An option of a route that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionChange {
    /// Its name in the file.
    pub key: String,
    /// The value that serves, as the file would have it; `null` if none is set.
    pub old: Json,
    /// The value that would serve.
    pub new: Json,
}

/// What becomes of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RouteDifference {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// Its handler or one of its options is another.
    #[default]
    Changed,
}

impl Routes {
    /// The routes in which `self`, the new table, differs from `old`, in the order of their
    /// numbers. Where in the file a route stands makes no difference.
    #[must_use]
    pub fn difference(&self, old: &Self) -> Vec<RouteChange> {
        let by_key = |routes: &Self| -> BTreeMap<_, _> {
            let plain = |route: &Route| Route { place: None, ..route.clone() };
            routes.iter().map(|route| (route.key, plain(route))).collect()
        };
        let (old, new) = (by_key(old), by_key(self));
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let differing = keys.into_iter().map(|key| (key, old.get(key), new.get(key)));
        let differing = differing.filter(|(_, old, new)| old != new);
        let handler = |route: Option<&Route>| route.map(|route| route.handler.clone());
        differing
            .map(|(key, old, new)| RouteChange {
                command: key.to_string(),
                change: match (old, new) {
                    (None, _) => RouteDifference::Added,
                    (_, None) => RouteDifference::Removed,
                    _ => RouteDifference::Changed,
                },
                old: handler(old),
                new: handler(new),
                options: match new {
                    Some(new) => options(old, new),
                    None => Vec::new(),
                },
            })
            .collect()
    }
}

/// The options in which a route differs from what it was, or from the defaults.
fn options(old: Option<&Route>, new: &Route) -> Vec<OptionChange> {
    let plain = Route::new(new.key, "");
    let was = old.unwrap_or(&plain);
    let mut options = Vec::new();
    let mut note = |key: &str, read: &dyn Fn(&Route) -> Json| {
        let shown = |route: &Route| Some(read(route)).filter(|value| *value != read(&plain));
        let (old, new) = (shown(was), shown(new));
        if old != new {
            let [old, new] = [old, new].map(Option::unwrap_or_default);
            options.push(OptionChange { key: key.to_owned(), old, new });
        }
    };
    note("addresses", &|route| route.addresses.shown());
    note("timeout", &|route| route.timeout.shown());
    note("retries", &|route| Json::from(route.retries));
    note("rate", &|route| route.rate.shown());
    note("enabled", &|route| route.enabled.shown());
    options
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hotframe_core::RouteKey;
    use serde_json::json;

    use super::*;
    use crate::config::{Addresses, Rate};

    fn routes(entries: &[(u16, &str, u8)]) -> Routes {
        let route = |&(number, handler, retries): &(u16, &str, u8)| Route {
            retries,
            ..Route::new(RouteKey::Number(number), handler)
        };
        Routes { entries: entries.iter().map(route).collect(), default: None, raw: Vec::new() }
    }

    #[test]
    fn handlers_options_and_presence_make_a_difference() {
        let old = routes(&[(1, "a.a", 0), (2, "a.b", 0), (3, "a.c", 0), (4, "a.d", 0)]);
        let new = routes(&[(2, "a.b", 0), (3, "b.c", 0), (4, "a.d", 1), (5, "a.e", 0)]);
        let found: Vec<_> =
            new.difference(&old).into_iter().map(|it| (it.command, it.change)).collect();
        let expected = [
            ("0x0001", RouteDifference::Removed),
            ("0x0003", RouteDifference::Changed),
            ("0x0004", RouteDifference::Changed),
            ("0x0005", RouteDifference::Added),
        ];
        assert_eq!(found, expected.map(|(command, change)| (command.to_owned(), change)));
        assert_eq!(old.difference(&old), []);
    }

    #[test]
    fn each_option_that_differs_is_told_as_the_file_would_have_it() {
        let plain = Route::new(RouteKey::Number(1), "a.a");
        let mut addresses = Addresses::NONE;
        (16..=31).chain([1]).for_each(|address| addresses.insert(address));
        let full = Route {
            addresses,
            timeout: Some(Duration::from_secs(2)),
            retries: 3,
            rate: Some(Rate { count: 1000, per: Duration::from_secs(1) }),
            enabled: false,
            ..plain.clone()
        };
        let all = [
            ("addresses", json!([1, "16-31"])),
            ("timeout", json!("2s")),
            ("retries", json!(3)),
            ("rate", json!("1000/s")),
            ("enabled", json!(false)),
        ];
        let told = |old: Option<&Route>, new: &Route| -> Vec<_> {
            options(old, new).into_iter().map(|it| (it.key, it.old, it.new)).collect()
        };
        let on = all.clone().map(|(key, value)| (key.to_owned(), Json::Null, value));
        let off = all.map(|(key, value)| (key.to_owned(), value, Json::Null));
        assert_eq!(told(Some(&plain), &full), on);
        assert_eq!(told(None, &full), on);
        assert_eq!(told(Some(&full), &plain), off);
        assert_eq!(told(Some(&full), &full), []);
    }
}
