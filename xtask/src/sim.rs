//! `cargo xtask sim`: owns sweeps of the simulation over many seeds, on all cores, and the replay
//! of one seed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// Arguments of `cargo xtask sim`.
#[derive(Debug, Args)]
pub struct SimArgs {
    /// How many seeds are run
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// How many steps each takes before its end
    #[arg(long, default_value_t = 1_000)]
    steps: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Replay this one seed, and say what happens
    #[arg(long, conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// Build it as a release is built, with assertions: for sweeps of many minutes
    #[arg(long)]
    release: bool,
    /// How many run at once [default: one a core]
    #[arg(long)]
    jobs: Option<u64>,
}

/// The one test of the simulation that runs seeds.
const TEST: [&str; 3] = ["every_seed_holds", "--exact", "--nocapture"];

/// What a run of some seeds says.
enum Word {
    /// A seed held.
    Held,
    /// The run is over, and this is what it said beside that; whether all held.
    Over(bool, Vec<String>),
}

/// Runs the sweep or the replay below `top`; true when everything held.
pub fn run(top: &Path, args: &SimArgs) -> bool {
    let Some(program) = build(top, args.release) else {
        return false;
    };
    if let Some(seed) = args.seed {
        return replay(&program, seed, args.steps);
    }
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let jobs = args.jobs.unwrap_or(cores).clamp(1, args.seeds.max(1));
    sweep(&program, args, jobs)
}

/// Builds the simulation with its assertions on; where it is.
fn build(top: &Path, release: bool) -> Option<PathBuf> {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(["test", "-p", "hotframe-tests", "--test", "sim", "--no-run", "--quiet"]);
    if release {
        cargo.args(["--profile", "sweep"]);
    }
    cargo.arg("--message-format=json-render-diagnostics").current_dir(top);
    let built = cargo.stderr(Stdio::inherit()).output().ok().filter(|out| out.status.success())?;
    let lines = built.stdout.split(|byte| *byte == b'\n');
    let artifacts = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let mut programs = artifacts.filter(|line| line["target"]["name"] == "sim");
    programs.find_map(|line| line["executable"].as_str().map(PathBuf::from))
}

fn replay(program: &Path, seed: u64, steps: u64) -> bool {
    let mut command = Command::new(program);
    command.args(TEST).env("HOTFRAME_SIM_SEED", seed.to_string());
    command.env("HOTFRAME_SIM_STEPS", steps.to_string());
    command.status().is_ok_and(|status| status.success())
}

fn sweep(program: &Path, args: &SimArgs, jobs: u64) -> bool {
    let began = Instant::now();
    let (sender, words) = channel();
    let mut first = args.first;
    for job in 0..jobs {
        let seeds = args.seeds / jobs + u64::from(job < args.seeds % jobs);
        let begun = start(program, first, seeds, args.steps);
        match begun {
            Ok(child) => follow(child, sender.clone()),
            Err(error) => {
                eprintln!("{} does not start: {error}", program.display());
                return false;
            }
        }
        first += seeds;
    }
    drop(sender);
    let bar = ProgressBar::new(args.seeds).with_style(style());
    let (mut held, mut all_held) = (0_u64, true);
    for word in words {
        match word {
            Word::Held => held += 1,
            Word::Over(true, _) => {}
            Word::Over(false, said) => {
                all_held = false;
                bar.suspend(|| said.iter().for_each(|line| eprintln!("{line}")));
            }
        }
        bar.set_position(held);
    }
    bar.finish_and_clear();
    let steps = held.saturating_mul(args.steps);
    println!(
        "{held} of {} seeds held, {} steps each: {steps} seed steps in {:.1} s",
        args.seeds,
        args.steps,
        began.elapsed().as_secs_f64()
    );
    if all_held && held > 0 {
        // The rule of three: with none of n failing, 95 % sure that fewer than 3 in n do.
        println!("with 95 % confidence fewer than one seed in {} fails", held / 3);
    }
    all_held && held == args.seeds
}

fn start(program: &Path, first: u64, seeds: u64, steps: u64) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command.args(TEST).env("HOTFRAME_SIM_FIRST", first.to_string());
    command.env("HOTFRAME_SIM_SEEDS", seeds.to_string());
    command.env("HOTFRAME_SIM_STEPS", steps.to_string()).env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// Tells what a run says, until it is over.
fn follow(mut child: Child, words: Sender<Word>) {
    thread::spawn(move || {
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let complaints = thread::spawn(move || lines(err).collect::<Vec<_>>());
        let mut said = Vec::new();
        for line in lines(out) {
            if line.starts_with("held ") {
                // The sweep listens until every run is over.
                let _ = words.send(Word::Held);
            } else {
                said.push(line);
            }
        }
        said.extend(complaints.join().unwrap_or_default());
        let held = child.wait().is_ok_and(|status| status.success());
        let _ = words.send(Word::Over(held, said));
    });
}

fn lines(from: Option<impl std::io::Read>) -> impl Iterator<Item = String> {
    from.into_iter().flat_map(|from| BufReader::new(from).lines().map_while(Result::ok))
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {pos}/{len} seeds, {per_sec}, {eta} to go")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
