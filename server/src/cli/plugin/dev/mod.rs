//! `hotframe plugin dev`: saved, built, tried out, live. What fails on the way replaces nothing.

mod live;
mod project;
mod sources;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use self::live::Live;
use self::project::Project;
use self::sources::Sources;
use super::page::counted;
use super::test::{FRAMES, rehearse};
use crate::cli::Exit;
use crate::cli::check::print;
use crate::cli::failure::Failure;
use crate::cli::ink::Ink;
use crate::diagnostics::codes::authors;

/// Between two looks at the sources, and how long they must be quiet.
const LOOK: Duration = Duration::from_millis(200);

/// Arguments of `hotframe plugin dev`.
#[derive(Clone, Debug, Args)]
pub struct DevArgs {
    /// The plugin's folder, with a Cargo.toml or a Makefile
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Where the running server looks for plugins
    #[arg(long, value_name = "FOLDER", default_value = "plugins")]
    to: PathBuf,
    /// What is sent, and what must come back, before it goes live [default: DIR/frames.toml]
    #[arg(long, value_name = "FILE")]
    frames: Option<PathBuf>,
    /// Do it once, and say by the exit code what came of it
    #[arg(long)]
    once: bool,
    /// The server's control socket [default: $HOTFRAME_CONTROL, else run/hotframe.sock]
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
}

/// Runs `hotframe plugin dev`, until it is interrupted.
#[must_use]
pub fn run(args: &DevArgs) -> Exit {
    let bench = match Bench::set_up(args) {
        Ok(bench) => bench,
        Err(failure) => return failure.report(false),
    };
    loop {
        // What is changed while it is built is built again.
        let seen = bench.sources.look();
        let went_live = bench.round();
        match (went_live, args.once) {
            (Ok(()), true) => return Exit::Good,
            (Err(failure), true) => return failure.report(false),
            (Ok(()), false) => {}
            (Err(failure), false) => {
                failure.report(false);
                print("what was live stays live; waiting for the next save\n");
            }
        }
        let changed = bench.sources.wait_for_change(&seen, || {
            thread::sleep(LOOK);
            if let Some(told) = bench.live.look_again() {
                print(&format!("{}    {told}\n", bench.ink.bad("gone")));
            }
        });
        print(&format!("\n{} was changed\n", changed.display()));
    }
}

/// All that a round needs.
struct Bench {
    project: Project,
    sources: Sources,
    frames: Option<PathBuf>,
    live: Live,
    ink: Ink,
}

impl Bench {
    fn set_up(args: &DevArgs) -> Result<Self, Failure> {
        let project = Project::of(&args.dir)?;
        let usual = args.dir.join(FRAMES);
        let frames = args.frames.clone().or_else(|| usual.is_file().then_some(usual));
        let live = Live::at(&args.to, args.control.as_deref())?;
        let (sources, ink) = (Sources::below(&args.dir), Ink::on(io::stdout().is_terminal()));
        Ok(Self { project, sources, frames, live, ink })
    }

    /// From the sources to the server.
    fn round(&self) -> Result<(), Failure> {
        let begun = Instant::now();
        let library = self.project.build()?;
        self.done("built", &format!("{} in {:.1?}", library.display(), begun.elapsed()));
        let plugin = self.rehearse(&library)?;
        let told = self.live.take_in(&library, &plugin)?;
        self.done("live", &told);
        let unrouted = self.live.unrouted(&plugin);
        if let Some(first) = unrouted.first() {
            let all = unrouted.join(", ");
            let line = format!("`0x0200 = \"{first}\"` under [commands] is a route");
            self.done("routes", &format!("no command leads to {all}: {line}"));
        }
        Ok(())
    }

    /// Plays the frames; returns the plugin's name.
    fn rehearse(&self, library: &Path) -> Result<String, Failure> {
        let failed = |message: String| Failure::of(authors::FRAMES_FAILED, message);
        let outcome = rehearse(library, self.frames.as_deref()).map_err(|problem| {
            problem.report(false);
            failed(format!("`{}` could not be tried out", library.display()))
        })?;
        if !outcome.is_good() {
            print(&outcome.as_text(self.ink));
            return Err(failed(format!("plugin {} did not pass", outcome.plugin())));
        }
        let frames = match outcome.frames() {
            0 => "loaded, started and ended; there are no frames".to_owned(),
            count => format!("{} good", counted(count, "frame")),
        };
        self.done("tested", &frames);
        Ok(outcome.plugin().to_owned())
    }

    fn done(&self, what: &str, told: &str) {
        let pad = " ".repeat(8_usize.saturating_sub(what.len()));
        print(&format!("{}{pad}{told}\n", self.ink.good(what)));
    }
}
