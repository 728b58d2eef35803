//! The access log: owns the line about one request.

use hotframe_core::ConnectionId;
use log::kv::Value;
use log::{Level, Record};

use super::{Redaction, Report};

/// Under which its lines stand in the log.
const TARGET: &str = "access";

/// Whether lines show payloads: only where everything is logged.
pub(super) fn shows_payloads() -> bool {
    log::log_enabled!(target: TARGET, Level::Trace)
}

/// Writes the line.
pub(super) fn write(report: &Report<'_>, redaction: &Redaction) {
    if !log::log_enabled!(target: TARGET, Level::Info) {
        return;
    }
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
    pairs.push(("duration_us", report.duration_us().into()));
    let payloads = if shows_payloads() { redaction.payloads(sighting) } else { None };
    if let Some((asked, answered)) = &payloads {
        pairs.push(("data_hex", asked.as_str().into()));
        pairs.push(("reply_hex", answered.as_str().into()));
    }
    let pairs = pairs.as_slice();
    let mut record = Record::builder();
    record.level(Level::Info).target(TARGET).key_values(&pairs);
    log::logger().log(&record.args(format_args!("{}", report.end())).build());
}
