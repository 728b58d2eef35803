//! The answers to `ctl drain`, and to the server that takes this one's place.

use serde::{Deserialize, Serialize};

use crate::control::Handed;

/// What became of the peers while the server drained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drained {
    /// Connections when it began.
    pub connections: u64,
    /// Those of them that ended by themselves.
    pub left: u64,
    /// Those that were closed when the grace was over, with all that they were owed.
    pub closed: u64,
    /// Those that did not take what they were owed.
    pub cut_off: u64,
    /// Good frames received meanwhile.
    pub frames_in: u64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
}

/// What is handed to a server that takes this one's place.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HandedOver {
    /// The process that has bound the sockets.
    pub pid: u32,
    /// Where they listen.
    pub listen: Vec<String>,
    /// The sockets themselves, which no JSON can carry.
    #[serde(skip)]
    pub sockets: Handed,
}

/// What the server that was taken over from has left for the one that takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteppedDown {
    /// Plugins whose state is in its file, as of their last call.
    pub kept: Vec<String>,
    /// Plugins whose state was to be kept and is not; the log of that server says why.
    pub lost: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let drained = Drained { connections: 3, left: 1, closed: 2, ..Drained::default() };
        let expected = json!({
            "connections": 3, "left": 1, "closed": 2, "cut_off": 0, "frames_in": 0,
            "duration_us": 0,
        });
        assert_eq!(serde_json::to_value(&drained).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Drained>(expected).unwrap(), drained);
        let handed = HandedOver { pid: 7, listen: vec!["unix:///s".into()], ..Default::default() };
        let expected = json!({ "pid": 7, "listen": ["unix:///s"] });
        assert_eq!(serde_json::to_value(&handed).unwrap(), expected);
        let left = SteppedDown { kept: vec!["kv".into()], lost: Vec::new() };
        let expected = json!({ "kept": ["kv"], "lost": [] });
        assert_eq!(serde_json::to_value(&left).unwrap(), expected);
        assert_eq!(serde_json::from_value::<SteppedDown>(expected).unwrap(), left);
    }
}
