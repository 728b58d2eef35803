//! The answers to `ctl plan` and to `ctl rollback` without a plugin: what differs.

use serde::{Deserialize, Serialize};

use super::Problem;
pub use crate::config::{Change, RouteChange, RouteDifference};

/// What differs between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The keys of the settings whose values differ.
    pub settings: Vec<Change>,
    /// The routes that differ, in the order of their numbers.
    pub routes: Vec<RouteChange>,
    /// Whether other clients may come, or with other credentials.
    pub clients: bool,
}

/// What a reload of the files would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Number of the configuration that serves, and with which the files were compared.
    pub generation: u64,
    /// What would change. A file with an error would change nothing.
    #[serde(flatten)]
    pub changes: Changes,
    /// The errors of the files.
    pub errors: Vec<Problem>,
}

/// A configuration that was gone back to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigRolledBack {
    /// Number under which it serves now.
    pub generation: u64,
    /// Number of the configuration that served until now.
    pub from: u64,
    /// Number under which it served before.
    pub to: u64,
    /// What changed by it.
    #[serde(flatten)]
    pub changes: Changes,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let route = RouteChange {
            command: "0x0100".into(),
            change: RouteDifference::Changed,
            old: Some("echo.echo".into()),
            new: Some("echo.loud".into()),
        };
        let settings = vec![Change { key: "http.listen".into(), needs_restart: true }];
        let changes = Changes { settings, routes: vec![route], clients: false };
        let plan = Plan { generation: 3, changes: changes.clone(), errors: Vec::new() };
        let settings = json!([{ "key": "http.listen", "needs_restart": true }]);
        let routes = json!([{
            "command": "0x0100", "change": "changed", "old": "echo.echo", "new": "echo.loud",
        }]);
        let expected = json!({
            "generation": 3, "settings": settings, "routes": routes, "clients": false,
            "errors": [],
        });
        assert_eq!(serde_json::to_value(&plan).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Plan>(expected).unwrap(), plan);
        let back = ConfigRolledBack { generation: 4, from: 3, to: 2, changes };
        let expected = json!({
            "generation": 4, "from": 3, "to": 2, "settings": settings, "routes": routes,
            "clients": false,
        });
        assert_eq!(serde_json::to_value(&back).unwrap(), expected);
        assert_eq!(serde_json::from_value::<ConfigRolledBack>(expected).unwrap(), back);
    }
}
