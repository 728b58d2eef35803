//! `cargo xtask bench`: hotframe beside what others would write for the same job, in one run.
//!
//! Every round starts every server anew for every scenario, one after the other, on one core, and
//! drives it with `hotframe bench` from another. What is compared are figures of the same round:
//! a machine that is slower for a minute is slower for all.

mod asking;
mod bad_days;
mod build;
mod bystanders;
mod change;
mod contestant;
mod figures;
mod growth;
mod instructions;
mod latencies;
mod measure;
mod process;
mod record;
mod scenario;
mod table;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

pub use bad_days::StandInArgs;
use contestant::Contestant;
use measure::{Sample, measure};
use record::Results;
use scenario::Scenario;

/// Arguments of `cargo xtask bench`.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// How often everything is measured; what is shown are medians
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long one measurement takes
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Only scenarios whose name contains this; several with commas
    #[arg(long, value_delimiter = ',')]
    scenario: Vec<String>,
    /// Only these servers; several with commas
    #[arg(long, value_delimiter = ',')]
    server: Vec<String>,
    /// The cores of the server and of the client
    #[arg(long, value_name = "SERVER,CLIENT", value_delimiter = ',', default_value = "1,0")]
    cores: Vec<usize>,
    /// Count the instructions of a frame's path with valgrind instead
    #[arg(long, conflicts_with_all = ["rounds", "seconds", "scenario", "server", "cores"])]
    instructions: bool,
    /// Measure how the cost of a frame grows with connections, sizes, pipelines, routes and
    /// plugins, and what each feature costs, instead
    #[arg(long, conflicts_with_all = ["scenario", "server", "instructions"])]
    growth: bool,
    /// Measure what clients notice of a reload, of other routes and of a mistake instead
    #[arg(
        long,
        conflicts_with_all = ["seconds", "scenario", "server", "cores", "instructions", "growth"]
    )]
    change: bool,
    /// Measure how long clients that ask for little wait beside peers that misbehave instead;
    /// `--scenario` chooses among these
    #[arg(long, conflicts_with_all = ["server", "instructions", "growth", "change"])]
    bad_days: bool,
    /// Measure how long frames take while a reader of the log has stopped (`--scenario reader`) and
    /// beside HTTP clients that never end a head (`--scenario heads`) instead: so many pairs of
    /// slices, without and with
    #[arg(long, conflicts_with_all = ["server", "instructions", "growth", "change", "bad_days"])]
    bystanders: bool,
}

/// Where everything lies.
#[derive(Debug)]
pub struct Places {
    /// The top of the repository.
    pub top: PathBuf,
    /// What is built and written for the comparison.
    pub bench: PathBuf,
    /// The binary under test, which is also the client.
    pub hotframe: PathBuf,
}

/// The cores that a measurement runs on.
#[derive(Clone, Copy, Debug)]
pub struct Cores {
    /// The server's.
    pub server: usize,
    /// The client's.
    pub client: usize,
}

/// Builds, measures, prints the table, keeps the figures; true when every reply was right.
pub fn run(top: &Path, args: &BenchArgs) -> bool {
    let told = |error: io::Error| {
        eprintln!("bench: {error}");
        false
    };
    compare(top, args).unwrap_or_else(told)
}

fn compare(top: &Path, args: &BenchArgs) -> io::Result<bool> {
    let places = Places {
        top: top.to_path_buf(),
        bench: top.join("target/bench"),
        hotframe: top.join("target/release/hotframe"),
    };
    fs::create_dir_all(&places.bench)?;
    if args.instructions {
        return instructions::count(&places).map(|()| true);
    }
    if args.change {
        build::all(&places)?;
        return change::measure(&places, args.rounds).map(|()| true);
    }
    let [server, client] = args.cores[..] else {
        return Err(io::Error::other("--cores wants two, as in --cores 1,0"));
    };
    let cores = Cores { server, client };
    if args.growth {
        build::all(&places)?;
        return growth::measure(&places, args.rounds, args.seconds, cores).map(|()| true);
    }
    if args.bystanders || args.bad_days {
        // What was built is measured as it is, for who must not build beside a measurement.
        if std::env::var_os("HF_NOBUILD").is_none() {
            build::release(&places)?;
        }
    }
    if args.bystanders {
        return bystanders::measure(&places, args, cores).map(|()| true);
    }
    if args.bad_days {
        let kinds = chosen(bad_days::kinds(), &args.scenario, |kind| kind.name);
        return bad_days::measure(&places, &kinds, args, cores).map(|()| true);
    }
    let contestants = chosen(Contestant::all(), &args.server, |contestant| contestant.name);
    let scenarios = chosen(scenario::all(), &args.scenario, |scenario| scenario.name);
    if contestants.is_empty() || scenarios.is_empty() {
        return Err(io::Error::other("no server or no scenario of that name"));
    }
    build::all(&places)?;
    let mut results = Results::default();
    for round in 0..args.rounds {
        for scenario in &scenarios {
            for place in 0..contestants.len() {
                // Each goes first as often as the others.
                let contestant = &contestants[(place + round) % contestants.len()];
                let sample = measure(&places, contestant, scenario, args.seconds, cores)?;
                tell(round, scenario, contestant, &sample);
                results.add(scenario.name, contestant.name, sample);
            }
        }
    }
    println!("\n{}", table::draw(&results, &scenarios, &contestants));
    let file = record::keep(&places, args.rounds, args.seconds, &results)?;
    println!("kept in {}", file.strip_prefix(top).unwrap_or(&file).display());
    Ok(results.all_right())
}

/// What a measurement runs as a process of its own, on a core of its own.
pub fn stand_in(args: &StandInArgs) -> bool {
    bad_days::stand_in(args).inspect_err(|error| eprintln!("{error}")).is_ok()
}

/// Those whose name contains one of the words; all if there are none.
fn chosen<T>(all: Vec<T>, words: &[String], name: impl Fn(&T) -> &'static str) -> Vec<T> {
    let wanted = |one: &T| words.is_empty() || words.iter().any(|word| name(one).contains(word));
    all.into_iter().filter(wanted).collect()
}

fn tell(round: usize, scenario: &Scenario, contestant: &Contestant, sample: &Sample) {
    let (scenario, name) = (scenario.name, contestant.name);
    println!("round {}  {scenario:<16} {name:<12} {}", round + 1, sample.told());
}
