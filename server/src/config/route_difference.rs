//! What changed between two tables of routes: owns when a route is another one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

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
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use hotframe_core::RouteKey;

    use super::*;

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
}
