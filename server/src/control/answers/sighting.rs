//! One request as `ctl tap` and `ctl slowlog` show it.

use std::time::SystemTime;

use hotframe_core::ConnectionId;
use serde::{Deserialize, Serialize};

use crate::logging;
use crate::witness::{Redaction, Report};

/// One request or event, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightingRow {
    /// When that was, RFC 3339 in UTC.
    pub timestamp: String,
    /// The name of the request, the same in the log.
    pub trace_id: String,
    /// The id of the connection it came on.
    pub connection: u64,
    /// What the client calls itself; `null` before HELLO.
    pub session: Option<String>,
    /// The peer's address; `null` when it is not known any more.
    pub peer: Option<String>,
    /// `request` or `event`.
    pub kind: String,
    /// The command's number as in `"0x0100"`.
    pub command: String,
    /// The device's address; `null` where only the turn of its connection was seen.
    pub address: Option<u8>,
    /// The handler that was called; `null` if none was.
    pub handler: Option<String>,
    /// `replied`, `failed`, `deferred`, `taken` (an event) or `abandoned`; `unseen` where only the
    /// turn of its connection was seen.
    pub end: String,
    /// The code of an error.
    pub code: Option<u16>,
    /// The name of that code, such as `TIMEOUT`.
    #[serde(default)]
    pub status: Option<String>,
    /// How long it took so far.
    pub duration_us: u64,
    /// How many requests were answered in the time that is told: any of them may have taken it,
    /// and this is the last of them. 1: it was this one.
    #[serde(default = "one")]
    pub among: u64,
    /// Whether it was deferred before.
    pub late: bool,
    /// Bytes of its data, and of its answer.
    pub data_len: u8,
    /// Bytes of its answer.
    pub reply_len: u8,
    /// Whether its payloads are never shown.
    #[serde(default)]
    pub redacted: bool,
    /// Its data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_hex: Option<String>,
    /// The data of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_hex: Option<String>,
}

impl SightingRow {
    /// What is known of it, seen at `at`.
    #[must_use]
    pub fn new(report: &Report<'_>, at: SystemTime, redaction: &Redaction) -> Self {
        let sighting = report.sighting;
        let payloads = redaction.payloads(sighting);
        let redacted = payloads.is_none();
        let (data_hex, reply_hex) = payloads.unzip();
        Self {
            timestamp: logging::timestamp(at),
            trace_id: report.trace_id().to_string(),
            connection: ConnectionId::to_bits(sighting.connection),
            session: report.client.map(str::to_owned),
            peer: report.peer.map(|peer| peer.to_string()),
            kind: report.kind().to_owned(),
            command: report.command(),
            address: Some(sighting.address),
            handler: sighting.handler.as_deref().map(str::to_owned),
            end: report.end().to_owned(),
            code: report.code(),
            status: report.status().map(str::to_owned),
            duration_us: report.duration_us(),
            among: 1,
            late: sighting.late,
            data_len: sighting.lengths.0,
            reply_len: sighting.lengths.1,
            redacted,
            data_hex,
            reply_hex,
        }
    }

    /// The same without what was asked and answered.
    #[must_use]
    pub fn without_payloads(self) -> Self {
        Self { data_hex: None, reply_hex: None, ..self }
    }
}

const fn one() -> u64 {
    1
}
