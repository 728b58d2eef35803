//! One row of `ctl connections`.

use serde::{Deserialize, Serialize};

/// One connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// The connection's id, never used again for another one.
    pub id: u64,
    /// The peer's address; `null` where it has none, as over a Unix socket.
    pub peer: Option<String>,
    /// The listener that took it, as a URL.
    pub listener: String,
    /// The client whose session it has; `null` without one.
    pub session: Option<String>,
    /// What it does right now.
    pub state: ConnectionState,
    /// Whole seconds since it was accepted.
    pub age_s: u64,
    /// Whole seconds since bytes came, while it was read.
    pub idle_s: u64,
    /// Good frames received.
    pub frames_in: u64,
    /// Frames sent.
    pub frames_out: u64,
    /// Requests whose answer is still owed.
    pub in_flight: u64,
    /// Bytes that wait for the peer to read.
    pub outbound_bytes: u64,
    /// Bytes that are kept for it: those, and requests that are not whole or not taken yet. 0 from
    /// a server that does not say.
    #[serde(default)]
    pub buffered_bytes: u64,
}

/// What a connection does right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionState {
    /// Bytes came a short time ago.
    #[default]
    Active,
    /// Quiet for `heartbeat.idle_after`, and asked for a sign of life.
    Idle,
    /// It gave no sign of life, and is about to be closed.
    Unresponsive,
    /// Closing after everything owed is flushed.
    Draining,
}

impl ConnectionState {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Active, Self::Idle, Self::Unresponsive, Self::Draining];

    /// The word for it, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Unresponsive => "unresponsive",
            Self::Draining => "draining",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let row = ConnectionRow { id: 3, peer: Some("[::1]:9".into()), ..ConnectionRow::default() };
        let expected = json!({
            "id": 3, "peer": "[::1]:9", "listener": "", "session": null, "state": "active",
            "age_s": 0, "idle_s": 0, "frames_in": 0, "frames_out": 0, "in_flight": 0,
            "outbound_bytes": 0, "buffered_bytes": 0,
        });
        assert_eq!(serde_json::to_value(&row).unwrap(), expected);
        assert_eq!(serde_json::from_value::<ConnectionRow>(expected).unwrap(), row);
    }

    #[test]
    fn states_are_spelled_as_their_names() {
        use ConnectionState::*;
        for state in [Active, Idle, Unresponsive, Draining] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
