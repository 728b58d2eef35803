//! The answer to `ctl status`.

use serde::{Deserialize, Serialize};

/// How the server is, in one look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The server's version.
    pub version: String,
    /// The server's process.
    pub pid: u32,
    /// Whole seconds since the server became ready.
    pub uptime_s: u64,
    /// Whether new requests are taken.
    pub state: ServerState,
    /// Number of the configuration generation that serves.
    pub generation: u64,
    /// Whether the files on disk are the ones that serve.
    pub config: ConfigState,
    /// Open connections.
    pub connections: u64,
    /// Open sessions.
    pub sessions: u64,
    /// Routes.
    #[serde(default)]
    pub routes: u64,
    /// Those of them whose handler is not there: they answer 2005 until its plugin comes.
    #[serde(default)]
    pub routes_missing: u64,
    /// Good frames received since the start.
    pub frames_in: u64,
    /// Frames sent since the start.
    pub frames_out: u64,
    /// Error replies sent since the start.
    pub errors_out: u64,
    /// Bytes that connections keep: requests not taken, and replies that wait.
    #[serde(default)]
    pub buffered_bytes: u64,
    /// How late the event loop was to what waited for it.
    pub loop_lag_us: LagMicros,
    /// The listeners as URLs, with the ports that were really taken.
    pub listen: Vec<String>,
    /// The HTTP listener's address; `null` while there is none.
    pub http: Option<String>,
    /// The control socket's absolute path; `null` while there is none.
    pub control: Option<String>,
}

/// Where the server is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerState {
    /// Serving.
    #[default]
    Running,
    /// Answering what is owed, taking nothing new.
    Draining,
}

/// Whether the files on disk are the ones that serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigState {
    /// False while a file is bad and its last good state serves on.
    pub ok: bool,
    /// What is wrong, of every file; empty when `ok`.
    pub errors: Vec<Problem>,
    /// Whether the files say something else than what serves, since a rollback.
    #[serde(default)]
    pub differs: bool,
}

/// One problem with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The diagnostic code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The file that it is about; `null` when it is about none.
    pub file: Option<String>,
    /// Line in the file, counted from 1.
    pub line: Option<u32>,
    /// Column in the line, counted in characters from 1.
    pub column: Option<u32>,
}

/// Loop lag of the recent past, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LagMicros {
    /// Half of the turns were at most this late.
    pub p50: u64,
    /// 99 of 100 turns were at most this late.
    pub p99: u64,
    /// No turn was later.
    pub max: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_keys_are_the_contract() {
        let problem = Problem {
            code: "HF0103".into(),
            message: "unknown key".into(),
            file: Some("commands.toml".into()),
            line: Some(4),
            column: Some(10),
        };
        let status = Status {
            version: "0.1.0".into(),
            pid: 7,
            config: ConfigState { ok: false, errors: vec![problem], differs: false },
            listen: vec!["tcp://127.0.0.1:7400".into()],
            control: Some("/srv/run/hotframe.sock".into()),
            loop_lag_us: LagMicros { p50: 1, p99: 2, max: 3 },
            ..Status::default()
        };
        let expected = json!({
            "version": "0.1.0", "pid": 7, "uptime_s": 0, "state": "running", "generation": 0,
            "config": { "ok": false, "errors": [{
                "code": "HF0103", "message": "unknown key", "file": "commands.toml",
                "line": 4, "column": 10,
            }], "differs": false },
            "connections": 0, "sessions": 0, "routes": 0, "routes_missing": 0,
            "frames_in": 0, "frames_out": 0, "errors_out": 0, "buffered_bytes": 0,
            "loop_lag_us": { "p50": 1, "p99": 2, "max": 3 },
            "listen": ["tcp://127.0.0.1:7400"], "http": null, "control": "/srv/run/hotframe.sock",
        });
        assert_eq!(serde_json::to_value(&status).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Status>(expected).unwrap(), status);
    }
}
