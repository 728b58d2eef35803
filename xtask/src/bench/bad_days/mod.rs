//! `cargo xtask bench --bad-days`: how long clients that ask for little wait beside peers that
//! misbehave.
//!
//! Twenty clients ask a thousand times a second on one core, the server runs on the other. Each
//! round measures three times for each kind of peer: with nobody else, with the peers, and with the
//! same peers at another hotframe, which shares the clients' core: what the third costs the clients
//! is not the server's doing. Peers and the other server run at idle priority, so that clients
//! never wait for their core; the window is from the first connection of a peer to the end of the
//! last.

mod kinds;
mod load;
mod piped;
mod quiet;
mod stage;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use std::{fs, iter};

use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

pub use self::kinds::{Kind, kinds};

use self::stage::{Sample, Stage};
use super::figures::{median, micros};
use super::{BenchArgs, Cores, Places, table};

/// Arguments of the processes that a measurement consists of.
#[derive(Args, Debug)]
pub struct StandInArgs {
    /// A kind of peers; none for the clients that ask for little
    #[arg(long)]
    kind: Option<String>,
    /// How long it lasts, at most
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    server: SocketAddr,
}

/// What clients noticed in three situations, by its name in the table.
const PLACES: [&str; 3] = ["nobody else", "beside them", "they elsewhere"];

/// Measures so many rounds, prints a table and keeps the figures.
pub fn measure(places: &Places, kinds: &[Kind], args: &BenchArgs, cores: Cores) -> io::Result<()> {
    let mut kept = Vec::new();
    let mut samples: Vec<Vec<[Sample; 3]>> = kinds.iter().map(|_| Vec::new()).collect();
    for round in 1..=args.rounds {
        for (kind, samples) in kinds.iter().zip(&mut samples) {
            let [alone, beside, elsewhere] = [0, 1, 2].map(|place| Stage { place, kind, cores });
            let sample = [
                alone.sample(places, args.seconds)?,
                beside.sample(places, args.seconds)?,
                elsewhere.sample(places, args.seconds)?,
            ];
            println!("round {round}  {:<13} {}", kind.name, told(&sample));
            samples.push(sample);
        }
    }
    for (kind, samples) in kinds.iter().zip(&samples) {
        println!("\n{}\n\n{}", kind.title(), draw(samples));
        let jain = median(samples.iter().map(|sample| sample[1].jain).collect());
        if jain.is_finite() && kind.connections > 1 {
            println!("Jain's index of what they got: {jain:.4}");
        }
        kept.push(json!({ "kind": kind.name, "jain": jain, "rounds": as_json(samples) }));
    }
    fs::write(places.bench.join("bad-days.json"), Value::from(kept).to_string())
}

/// A round in one line: p50 and p99 in each situation.
fn told(sample: &[Sample; 3]) -> String {
    let pair = |one: &Sample| {
        let [p50, p99] = [0.5, 0.99].map(|share| micros(one.latencies.at(share)));
        format!("{p50:>6} {p99:>7}")
    };
    sample.each_ref().map(pair).join("   ")
}

fn draw(samples: &[[Sample; 3]]) -> String {
    let head = ["clients beside", "p50 µs", "p99 µs", "p99.9 µs", "longest µs", "p99 of the first"];
    let rows = PLACES.iter().enumerate().map(|(place, name)| {
        let of = |share| median(samples.iter().map(|s| s[place].latencies.at(share)).collect());
        let ratio = |s: &[Sample; 3]| s[place].latencies.at(0.99) / s[0].latencies.at(0.99);
        let ratio = median(samples.iter().map(ratio).collect());
        let figures = [0.5, 0.99, 0.999, 1.0].map(|share| micros(of(share)));
        iter::once((*name).to_owned()).chain(figures).chain([format!("{ratio:.2}")]).collect()
    });
    table::block(&head, rows.collect())
}

fn as_json(samples: &[[Sample; 3]]) -> Value {
    let row = |sample: &Sample| {
        let at = |share| sample.latencies.at(share);
        json!({
            "p50_us": at(0.5), "p99_us": at(0.99), "p999_us": at(0.999), "max_us": at(1.0),
            "count": sample.latencies.count(),
        })
    };
    let round = |round: &[Sample; 3]| {
        let rows = PLACES.iter().zip(round).map(|(name, one)| ((*name).to_owned(), row(one)));
        Value::Object(rows.collect())
    };
    samples.iter().map(round).collect()
}

/// Runs as a part of a measurement.
pub fn stand_in(args: &StandInArgs) -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    let Some(name) = &args.kind else {
        return quiet::ask(args.server);
    };
    let unknown = || io::Error::other(format!("no kind of peers is named {name}"));
    let kind = kinds().into_iter().find(|kind| kind.name == name).ok_or_else(unknown)?;
    load::drive(&kind, args.server, Duration::from_secs_f64(args.seconds))
}
