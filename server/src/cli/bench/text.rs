//! What came of it for people.

use std::fmt::Write;

use hdrhistogram::Histogram;
use hotframe_client::status_name;

use super::figures::{count, per_second, span};
use super::outcome::Outcome;
use super::pace::Pace;
use super::plan::Plan;
use super::ring::Expectation;
use super::{histogram, json};

/// The whole report.
pub fn report(plan: &Plan, expectation: Expectation, outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _never = write(&mut text, plan, expectation, outcome);
    text
}

fn write(
    text: &mut String,
    plan: &Plan,
    expectation: Expectation,
    outcome: &Outcome,
) -> std::fmt::Result {
    let tally = &outcome.tally;
    writeln!(text, "{}\n", what(plan, expectation))?;
    if plan.is_idle() {
        let held = count(outcome.standing as u64);
        writeln!(text, "  held        {held} connections")?;
        return write!(text, "  lost        {}", count(tally.lost));
    }
    let rate = count(per_second(outcome.frames, outcome.elapsed));
    writeln!(text, "  frames      {}  ({rate}/s)", count(outcome.frames))?;
    writeln!(text, "  errors      {}", errors(outcome))?;
    writeln!(text, "  mismatches  {}", count(tally.mismatches))?;
    for (name, figure) in [("unanswered", tally.unanswered), ("closed", tally.lost)] {
        if figure > 0 {
            writeln!(text, "  {name:<10}  {}", count(figure))?;
        }
    }
    if plan.faults.any() {
        writeln!(
            text,
            "  bad bytes   {} times noticed by the server",
            count(tally.bad_crc_notices)
        )?;
    }
    writeln!(text, "  latency     {}", quantiles(&tally.latency))?;
    if matches!(plan.pace, Pace::Open { .. }) {
        writeln!(text, "  service     {}", quantiles(outcome.service()))?;
    }
    writeln!(text, "  client      {}\n", client(outcome))?;
    write!(text, "{}", histogram::draw(&tally.latency).trim_end())
}

/// What was done, in one line.
fn what(plan: &Plan, expectation: Expectation) -> String {
    let sizes: Vec<String> = plan.sizes.iter().map(u8::to_string).collect();
    let (pipeline, url) = (plan.pipeline, &plan.url);
    let connections = match plan.connections {
        1 => "1 connection".to_owned(),
        many => format!("{} connections", count(many as u64)),
    };
    let pace = match plan.pace {
        Pace::Idle => return format!("{connections}, idle, to {url}"),
        Pace::Closed => format!("{pipeline} in flight each"),
        Pace::Open { rate } => {
            let rate = count(rate);
            format!("{rate} requests a second whether replies come or not")
        }
    };
    let verified = match json::verified(plan, expectation) {
        "bytes" => "every byte of every reply verified",
        "heads" => "address, number and kind of every reply verified",
        _ => "replies not verified",
    };
    format!(
        "{url}, command {:#06x}, {connections}, {pace}, {} bytes of data; {verified}",
        plan.number,
        sizes.join(" and ")
    )
}

fn errors(outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let by_code = tally
        .errors_by_code
        .iter()
        .map(|(code, times)| format!("  {code} {}: {}", status_name(*code), count(*times)));
    count(tally.errors()) + &by_code.collect::<String>()
}

fn quantiles(times: &Histogram<u64>) -> String {
    let mut text = String::new();
    for (name, quantile) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] {
        text += &format!("{name} {}   ", span(times.value_at_quantile(quantile)));
    }
    text + &format!("max {}", span(times.max()))
}

fn client(outcome: &Outcome) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut text = format!("{} of a core", percent(outcome.client_cpu));
    if outcome.is_client_bottleneck() {
        text += ": the client is the bottleneck, the server can do more than this";
    }
    if outcome.is_machine_busy() {
        let waited = percent(outcome.client_waited);
        text += &format!("; it waited {waited} of the time for one: the machine is busy");
    }
    text
}
