//! The access log: owns the line about one request.
//!
//! The loop packs what the line says; the log's thread makes the line.

use hotframe_core::ConnectionId;
use log::kv::Value;
use log::{Level, Record};

use super::parcel::Parcel;
use super::{Redaction, Report};
use crate::logging;

/// Under which its lines stand in the log.
const TARGET: &str = "access";

/// Whether lines show payloads: only where everything is logged.
pub(super) fn shows_payloads() -> bool {
    logging::is_written(Level::Trace, TARGET)
}

/// Writes the line.
pub(super) fn write(report: &Report<'_>, redaction: &Redaction) {
    if logging::is_written(Level::Info, TARGET) {
        let is_shown = shows_payloads() && !redaction.hides(report.sighting.command.number());
        logging::write_late(|out| Parcel::pack(out, report, is_shown), unpack);
    }
}

/// Makes the line of what was packed.
fn unpack(packed: &[u8], write: &mut dyn FnMut(&Record<'_>)) {
    // What the loop has packed can be unpacked.
    if let Some(parcel) = Parcel::unpack(packed) {
        lay(&parcel.report(), parcel.shows_payloads, write);
    }
}

fn lay(report: &Report<'_>, shows_payloads: bool, write: &mut dyn FnMut(&Record<'_>)) {
    let sighting = report.sighting;
    let (trace_id, command) = (report.trace_id(), report.command());
    let peer = report.peer.map(|peer| peer.to_string());
    let mut pairs: Vec<(&str, Value<'_>)> = Vec::with_capacity(16);
    pairs.push(("trace_id", Value::from_display(&trace_id)));
    pairs.push(("connection", ConnectionId::to_bits(sighting.connection).into()));
    pairs.extend(report.client.map(|client| ("session", client.into())));
    pairs.extend(peer.as_deref().map(|peer| ("peer", peer.into())));
    pairs.push(("kind", report.kind().into()));
    pairs.push(("command", command.as_str().into()));
    pairs.push(("address", sighting.address.into()));
    pairs.extend(report.plugin().map(|plugin| ("plugin", plugin.into())));
    pairs.extend(sighting.handler.as_deref().map(|handler| ("handler", handler.into())));
    pairs.extend(report.code().map(|code| ("code", code.into())));
    pairs.extend(report.status().map(|status| ("status", status.into())));
    pairs.push(("duration_us", report.duration_us().into()));
    let payloads = shows_payloads.then(|| Redaction::default().payloads(sighting)).flatten();
    if let Some((asked, answered)) = &payloads {
        pairs.push(("data_hex", asked.as_str().into()));
        pairs.push(("reply_hex", answered.as_str().into()));
    }
    let pairs = pairs.as_slice();
    let mut record = Record::builder();
    record.level(Level::Info).target(TARGET).key_values(&pairs);
    write(&record.args(format_args!("{}", report.end())).build());
}
