//! `hotframe bench`: sends requests as fast or as often as it is told, verifies every reply, and
//! says what came of it.
//!
//! One thread. All requests, and the replies that they must get, are built before the first one
//! is sent (`ring`), so that sending is one write, and verifying one comparison, for all frames
//! of a turn: what is measured is the server.

mod args;
mod baseline;
mod clock;
mod connection;
mod cut;
mod dice;
mod driver;
mod faults;
mod figures;
mod histogram;
mod json;
mod lap;
mod outcome;
mod pace;
mod plan;
mod probe;
mod progress;
mod receiver;
mod ring;
mod samples;
mod sender;
mod tally;
mod target;
mod text;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::time::SystemTime;

use super::Exit;
use super::failure::{Failure, Sort};
pub use args::BenchArgs;
use driver::Driver;
use outcome::Outcome;
use plan::Plan;
use ring::{Expectation, Ring};

/// Runs `hotframe bench`.
#[must_use]
pub fn run(args: &BenchArgs) -> Exit {
    let print = |text: &str| {
        // A reader that has seen enough is no reason to complain.
        let _gone = writeln!(io::stdout().lock(), "{text}");
    };
    match bench(args, print) {
        Ok(exit) => exit,
        Err(failure) => failure.report(args.json),
    }
}

/// Plans, measures, prints what came of it with `print`, and judges it.
fn bench(args: &BenchArgs, print: impl Fn(&str)) -> Result<Exit, Failure> {
    let plan = args.plan()?;
    let judge = args.judge()?;
    let expectation = if plan.is_idle() { Expectation::Head } else { probe::ask(&plan)? };
    let ring = Ring::build(&plan, expectation);
    let driver = Driver::connect(&plan, &ring)?;
    if plan.is_idle() {
        print(&holding(&plan, args.json));
    }
    let started = SystemTime::now();
    let outcome = driver.run(progress::Bar::new(plan.duration, args.json))?;
    if let (Some(file), Some(samples)) = (&plan.samples, &outcome.tally.samples) {
        samples.write(file, started).map_err(|error| {
            let message = format!("cannot write {}: {error}", file.display());
            Failure::new(Sort::Argument, message, "name a file in a folder that you may write to")
        })?;
    }
    let report = json::report(&plan, expectation, &outcome);
    if args.json {
        print(&report.to_string());
    } else {
        print(&text::report(&plan, expectation, &outcome));
    }
    let verdicts = judge.judge(&report);
    for verdict in &verdicts {
        verdict.tell(args.json);
    }
    let failed = verdicts.iter().any(|verdict| verdict.holds);
    Ok(if failed { Exit::Failed } else { exit_of(&plan, &outcome) })
}

/// Replies that never came weigh more than wrong ones. Where bad bytes are sent on purpose, a
/// server may close the connection, and what was in flight on it gets no reply.
fn exit_of(plan: &Plan, outcome: &Outcome) -> Exit {
    let tally = &outcome.tally;
    let provoked = plan.faults.any();
    if tally.unanswered > 0 && !provoked {
        return Exit::Timeout;
    }
    let is_wrong = tally.mismatches > 0 || tally.errors() > 0 || tally.lost > 0 && !provoked;
    if is_wrong { Exit::Failed } else { Exit::Good }
}

/// What the idle mode says when all connections stand, so that a script can go on.
fn holding(plan: &Plan, json: bool) -> String {
    if json {
        serde_json::json!({ "state": "holding", "connections": plan.connections }).to_string()
    } else {
        let seconds = plan.duration.as_secs_f64();
        format!("holding {} connections to {} for {seconds} s", plan.connections, plan.url)
    }
}
