//! A part as one JSON object.

use hotframe_protocol::{Kind, status_name};
use serde_json::{Value, json};

use super::parts::{Part, What};
use crate::cli::bytes::{as_text, packed};

/// The object of a part.
pub fn line(part: &Part<'_>) -> Value {
    let mut line = json!({
        "offset": part.offset,
        "what": name(part.what),
        "length": part.bytes.len(),
        "bytes_hex": packed(part.bytes),
    });
    if let Some(frame) = part.frame() {
        line["address"] = json!(frame.address);
        line["kind"] = json!(kind_name(frame.command.kind()));
        line["command"] = json!(format!("{:#06x}", frame.command.number()));
        line["data_hex"] = json!(packed(frame.data));
        line["data_text"] = json!(as_text(frame.data));
        line["crc"] = json!(format!("{:#06x}", part.crc()));
        if let (Kind::Error, Some((code, text))) =
            (frame.command.kind(), frame.data.split_first_chunk())
        {
            let code = u16::from_be_bytes(*code);
            line["code"] = json!(code);
            line["status"] = json!(status_name(code));
            line["message"] = json!(as_text(text));
        }
    }
    match part.what {
        What::BadCrc { expected } => line["crc_expected"] = json!(format!("{expected:#06x}")),
        What::Incomplete { missing } => line["missing"] = json!(missing),
        What::Frame | What::Garbage => {}
    }
    line
}

fn name(what: What) -> &'static str {
    match what {
        What::Frame => "frame",
        What::BadCrc { .. } => "bad_crc",
        What::Incomplete { .. } => "incomplete",
        What::Garbage => "garbage",
    }
}

/// The word for a kind of frame.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "request",
        Kind::Event => "event",
        Kind::Reply => "reply",
        Kind::Error => "error",
    }
}
