//! `cargo xtask fuzz`: owns which targets there are, what each begins with, and how long it runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Args;

/// Arguments of `cargo xtask fuzz`.
#[derive(Debug, Args)]
pub struct FuzzArgs {
    /// Only these targets [default: all]
    target: Vec<String>,
    /// How long each runs
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Plant a bug deep inside each, which has to be found in that time
    #[arg(long)]
    planted: bool,
}

/// One target.
struct Target {
    name: &'static str,
    /// Bytes of the longest input.
    longest: &'static str,
    /// Folders whose files it begins with, beside its own corpus.
    seeds: &'static [&'static str],
    /// A plugin of the build that it begins with.
    plugin: Option<&'static str>,
}

const fn target(
    name: &'static str,
    longest: &'static str,
    seeds: &'static [&'static str],
) -> Target {
    Target { name, longest, seeds, plugin: None }
}

const TARGETS: &[Target] = &[
    target("decode", "1200", &[]),
    target("engine", "1024", &[]),
    target("settings", "2048", &["tests/fixtures/mistakes/settings"]),
    target("routes", "2048", &["tests/fixtures/mistakes/commands"]),
    target("control", "512", &[]),
    target("state", "2048", &[]),
    Target { plugin: Some("libtally.so"), ..target("plugin_file", "65536", &[]) },
];

/// Runs the targets below `top`; true when none has a finding, or with `planted`, when each has.
pub fn run(top: &Path, args: &FuzzArgs) -> bool {
    if let Some(unknown) = args.target.iter().find(|name| !TARGETS.iter().any(|t| t.name == **name))
    {
        let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("there is no target `{unknown}`; there are {}", known.join(", "));
        return false;
    }
    if !has_tools() {
        eprintln!("needs a nightly toolchain and cargo-fuzz: cargo install cargo-fuzz");
        return false;
    }
    let wanted =
        |target: &&Target| args.target.is_empty() || args.target.iter().any(|n| n == target.name);
    let mut good = true;
    for target in TARGETS.iter().filter(wanted) {
        let began = Instant::now();
        let held = fuzz(top, target, args);
        let word = match (held, args.planted) {
            (true, false) => "no finding",
            (false, false) => "A FINDING: its input is under tests/fuzz/artifacts",
            (false, true) => "the planted bug was found",
            (true, true) => "THE PLANTED BUG WAS NOT FOUND",
        };
        println!("=== {}: {word} in {:.0} s", target.name, began.elapsed().as_secs_f64());
        good &= held != args.planted;
    }
    good
}

/// The toolchain of this task is pinned; fuzzing needs another, by the name of its channel.
fn nightly() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.arg("+nightly").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    cargo
}

fn has_tools() -> bool {
    let asked = nightly().args(["fuzz", "--version"]).output();
    asked.is_ok_and(|asked| asked.status.success())
}

/// Runs one target; true when it found nothing.
fn fuzz(top: &Path, target: &Target, args: &FuzzArgs) -> bool {
    let home = top.join("tests/fuzz");
    let own = home.join("target/corpus").join(target.name);
    if let Err(error) = std::fs::create_dir_all(&own) {
        eprintln!("{}: {error}", own.display());
        return false;
    }
    let mut seeds: Vec<PathBuf> = target.seeds.iter().map(|seeds| top.join(seeds)).collect();
    seeds.push(home.join("corpus").join(target.name));
    if let Some(plugin) = target.plugin {
        let built =
            ["debug", "release"].map(|profile| top.join("target").join(profile).join(plugin));
        match built.iter().find(|built| built.exists()) {
            Some(built) => drop(std::fs::copy(built, own.join(plugin))),
            None => eprintln!("without {plugin} it begins with nothing: cargo build first"),
        }
    }
    let mut cargo = nightly();
    cargo.args(["fuzz", "run", "--fuzz-dir"]).arg(&home);
    if args.planted {
        cargo.args(["--features", "planted"]);
    }
    // Without sanitizers: all of it is safe Rust but for what no target reaches.
    cargo.args(["--sanitizer", "none", target.name]).arg(&own);
    cargo.args(seeds.iter().filter(|seeds| seeds.is_dir())).arg("--");
    cargo.arg(format!("-max_total_time={}", args.seconds));
    cargo
        .arg(format!("-max_len={}", target.longest))
        .args(["-print_final_stats=1", "-close_fd_mask=3"]);
    let dictionary = home.join("dictionaries").join(target.name);
    if dictionary.exists() {
        cargo.arg(format!("-dict={}", dictionary.display()));
    }
    cargo.current_dir(top).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_there_and_every_seed() {
        let top = crate::top();
        let manifest = std::fs::read_to_string(top.join("tests/fuzz/Cargo.toml")).unwrap();
        for target in TARGETS {
            let path = format!("path = \"targets/{}.rs\"", target.name);
            assert!(manifest.contains(&path), "{}", target.name);
            assert!(top.join("tests/fuzz/targets").join(format!("{}.rs", target.name)).exists());
            assert!(target.seeds.iter().all(|seeds| top.join(seeds).is_dir()), "{}", target.name);
        }
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }

    #[test]
    fn the_engine_s_target_has_every_room_of_the_simulation() {
        let text = |path| std::fs::read_to_string(crate::top().join(path)).unwrap();
        let rooms = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.starts_with("mod ")).map(str::to_owned).collect()
        };
        let simulation = rooms(&text("tests/sim/main.rs"));
        assert!(simulation.len() > 20);
        assert_eq!(rooms(&text("tests/fuzz/targets/engine.rs")), simulation);
    }
}
