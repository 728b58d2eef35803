//! One row of `ctl routes`.

use serde::{Deserialize, Serialize};

/// One route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRow {
    /// The command's number as in `"0x0100"`, or `"default"`.
    pub command: String,
    /// The handler as `plugin.handler`.
    pub handler: String,
    /// Whether it can answer.
    pub state: RouteState,
    /// Calls since the server's start.
    pub calls: u64,
    /// Calls that ended in an error reply.
    pub errors: u64,
}

/// Whether a route can answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RouteState {
    /// Its handler is there.
    #[default]
    Ok,
    /// Its handler is not there: it answers 2005 until the plugin comes.
    Missing,
    /// Switched off in the file.
    Disabled,
}

impl RouteState {
    /// The word for it, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Disabled => "disabled",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let row = RouteRow {
            command: "0x0100".into(),
            handler: "echo.echo".into(),
            state: RouteState::Missing,
            calls: 2,
            errors: 1,
        };
        let expected = json!({
            "command": "0x0100", "handler": "echo.echo", "state": "missing",
            "calls": 2, "errors": 1,
        });
        assert_eq!(serde_json::to_value(&row).unwrap(), expected);
        assert_eq!(serde_json::from_value::<RouteRow>(expected).unwrap(), row);
    }

    #[test]
    fn states_are_spelled_as_their_names() {
        for state in [RouteState::Ok, RouteState::Missing, RouteState::Disabled] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
