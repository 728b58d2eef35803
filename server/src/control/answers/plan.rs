//! The answers to `ctl plan` and to `ctl rollback` without a plugin: what differs.

use serde::{Deserialize, Serialize};

use super::Problem;
pub use crate::config::{Change, OptionChange, RouteChange, RouteDifference};

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
    /// What would become of the plugin files, by their paths. What is said to be loaded is tried
    /// out first, and may be refused then.
    pub plugins: Vec<FileChange>,
    /// The errors of the files.
    pub errors: Vec<Problem>,
}

/// What would become of a plugin file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The file.
    pub path: String,
    /// What would become of it.
    pub change: FileDifference,
    /// The plugin that it holds, as far as it says so.
    pub plugin: Option<String>,
    /// The version that it holds.
    pub version: Option<String>,
    /// The hash of what was loaded from it last.
    pub old: Option<String>,
    /// The hash of what would be loaded.
    pub new: Option<String>,
    /// The code of what is wrong with it.
    pub code: Option<String>,
    /// What is wrong with it.
    pub message: Option<String>,
}

/// What would become of a plugin file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileDifference {
    /// Its plugin serves for the first time.
    Loaded,
    /// Its plugin serves, and would be replaced.
    Replaced,
    /// It is gone, and so would be its plugin.
    Unloaded,
    /// Something is wrong with it; what served before serves on.
    #[default]
    Refused,
    /// What it holds is not to be loaded again until somebody says so.
    SetAside,
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
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let route = RouteChange {
            command: "0x0100".into(),
            change: RouteDifference::Changed,
            old: Some("echo.echo".into()),
            new: Some("echo.loud".into()),
            options: vec![OptionChange {
                key: "timeout".into(),
                old: Value::Null,
                new: json!("2s"),
            }],
        };
        let settings = vec![Change {
            key: "http.listen".into(),
            needs_restart: true,
            old: json!("127.0.0.1:7401"),
            new: Value::Null,
        }];
        let changes = Changes { settings, routes: vec![route], clients: false };
        let file = FileChange { path: "/x/echo.so".into(), ..FileChange::default() };
        let plan = Plan {
            generation: 3,
            changes: changes.clone(),
            plugins: vec![file],
            errors: Vec::new(),
        };
        let settings = json!([{
            "key": "http.listen", "needs_restart": true, "old": "127.0.0.1:7401", "new": null,
        }]);
        let plugins = json!([{
            "path": "/x/echo.so", "change": "refused", "plugin": null, "version": null,
            "old": null, "new": null, "code": null, "message": null,
        }]);
        let routes = json!([{
            "command": "0x0100", "change": "changed", "old": "echo.echo", "new": "echo.loud",
            "options": [{ "key": "timeout", "old": null, "new": "2s" }],
        }]);
        let expected = json!({
            "generation": 3, "settings": settings, "routes": routes, "clients": false,
            "plugins": plugins, "errors": [],
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
