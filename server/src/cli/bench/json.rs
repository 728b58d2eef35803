//! What came of it for programs: one object; its keys stay.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::figures::{per_second, real};
use super::outcome::Outcome;
use super::pace::Pace;
use super::plan::Plan;
use super::ring::Expectation;

/// The whole report.
pub fn report(plan: &Plan, expectation: Expectation, outcome: &Outcome) -> Value {
    let tally = &outcome.tally;
    let mut report = json!({
        "frames": outcome.frames,
        "seconds": rounded(outcome.elapsed.as_secs_f64()),
        "frames_per_s": per_second(outcome.frames, outcome.elapsed),
        "latency_us": latency(&tally.latency),
        "errors": tally.errors(),
        "mismatches": tally.mismatches,
        "client_cpu": rounded(outcome.client_cpu),
        "client_waited": rounded(outcome.client_waited),
        "client_is_bottleneck": outcome.is_client_bottleneck(),
        "unanswered": tally.unanswered,
        "closed_by_server": tally.lost,
        "answered_in_all": tally.answered,
        "to": plan.url.to_string(),
        "command": format!("{:#06x}", plan.number),
        "connections": plan.connections,
        "pipeline": plan.pipeline,
        "sizes": plan.sizes,
        "verified": verified(plan, expectation),
    });
    if let Pace::Open { rate } = plan.pace {
        report["rate"] = json!(rate);
        report["service_us"] = latency(outcome.service());
    }
    if plan.is_idle() {
        report["connections_standing"] = json!(outcome.standing);
    }
    if plan.faults.any() {
        report["bad_crc_notices"] = json!(tally.bad_crc_notices);
    }
    if !tally.errors_by_code.is_empty() {
        let by_code = tally.errors_by_code.iter();
        report["errors_by_code"] =
            by_code.map(|(code, count)| (code.to_string(), json!(count))).collect();
    }
    report
}

/// What was compared: `"bytes"`, `"heads"` or `"lengths"`.
pub fn verified(plan: &Plan, expectation: Expectation) -> &'static str {
    match expectation {
        Expectation::Head => "heads",
        _ if !plan.verify => "lengths",
        Expectation::Echo | Expectation::Mirror => "bytes",
    }
}

fn latency(times: &Histogram<u64>) -> Value {
    let micros = |nanos: u64| rounded(real(nanos) / 1e3);
    let quantile = |quantile| micros(times.value_at_quantile(quantile));
    json!({
        "p50": quantile(0.5),
        "p90": quantile(0.9),
        "p99": quantile(0.99),
        "p999": quantile(0.999),
        "max": micros(times.max()),
    })
}

fn rounded(figure: f64) -> f64 {
    (figure * 1e3).round() / 1e3
}
