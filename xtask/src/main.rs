//! The project's own tasks: `cargo xtask check`, `tidy`, `sim`, `fuzz`, `chaos`,
//! `sanitize` and `bench`.

mod bench;
mod chaos;
mod check;
mod fuzz;
mod sanitize;
mod sim;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of the project, in one place so that a person and CI run the same ones.
#[derive(Parser)]
#[command(name = "cargo xtask", about, version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Compare hotframe with servers that others would write for the same job, in one run
    Bench(bench::BenchArgs),
    /// Break everything around a server for a while, and hold it to its ledger
    Chaos(chaos::ChaosArgs),
    /// Run all that CI runs, in order, and stop at the first failure
    Check,
    /// Look for inputs that break what reads input
    Fuzz(fuzz::FuzzArgs),
    /// Run tests with AddressSanitizer and LeakSanitizer, and a server under valgrind
    Sanitize(sanitize::SanitizeArgs),
    /// A part of `bench` that runs as a process of its own
    #[command(hide = true)]
    StandIn(bench::StandInArgs),
    /// Run the simulation of the engine over many seeds, or replay one
    Sim(sim::SimArgs),
    /// Tell where unsafe code is, and how much
    Unsafe {
        /// Every block, with its reason
        #[arg(long)]
        list: bool,
        /// Write the table into docs/reliability.md
        #[arg(long)]
        bless: bool,
    },
    /// Hold sizes, import order, module headers, SAFETY comments, words and links
    Tidy,
}

/// The top of the repository, wherever the task was started from.
fn top() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

fn main() -> ExitCode {
    let passed = match Cli::parse().task {
        Task::Bench(args) => bench::run(&top(), &args),
        Task::Chaos(args) => chaos::run(&top(), &args),
        Task::Check => check::run(&top()),
        Task::Fuzz(args) => fuzz::run(&top(), &args),
        Task::Sanitize(args) => sanitize::run(&top(), &args),
        Task::StandIn(args) => bench::stand_in(&args),
        Task::Sim(args) => sim::run(&top(), &args),
        Task::Tidy => tidy::run(&top()),
        Task::Unsafe { list, bless } => tidy::census::run(&top(), list, bless),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
