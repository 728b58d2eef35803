//! One row of `ctl sessions`, and the answer to `ctl kick`.

use serde::{Deserialize, Serialize};

/// One client that said HELLO.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The session's id, as HELLO answered it.
    pub id: u64,
    /// What the client calls itself.
    pub client: String,
    /// Whether it is connected.
    pub state: SessionState,
    /// The id of its connection; `null` while it is offline.
    pub connection: Option<u64>,
    /// Whole seconds since its first HELLO.
    pub age_s: u64,
    /// Whole seconds since it was heard last.
    pub idle_s: u64,
    /// How often another connection took the session up again.
    pub resumed: u64,
}

/// Whether a session has a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionState {
    /// It has.
    Online,
    /// It has none, and is forgotten after `heartbeat.session_timeout`.
    #[default]
    Offline,
}

impl SessionState {
    /// The word for it, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }
}

/// Who was kicked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kicked {
    /// The connection that closes when it got what it is owed; `null` if the client had none.
    pub connection: Option<u64>,
    /// The client whose session was forgotten; `null` if a connection was named.
    pub client: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let row = SessionRow { id: 4, client: "dev1".into(), ..SessionRow::default() };
        let expected = json!({
            "id": 4, "client": "dev1", "state": "offline", "connection": null, "age_s": 0,
            "idle_s": 0, "resumed": 0,
        });
        assert_eq!(serde_json::to_value(&row).unwrap(), expected);
        assert_eq!(serde_json::from_value::<SessionRow>(expected).unwrap(), row);
        let kicked = Kicked { connection: Some(7), client: Some("dev1".into()) };
        let expected = json!({ "connection": 7, "client": "dev1" });
        assert_eq!(serde_json::to_value(&kicked).unwrap(), expected);
    }

    #[test]
    fn states_are_spelled_as_their_names() {
        for state in [SessionState::Online, SessionState::Offline] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
