//! `cargo xtask fuzz`: owns which targets there are, how each is built, and what it begins with.

mod rounds;

use std::env::consts::ARCH;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;

use self::rounds::Came;

/// Arguments of `cargo xtask fuzz`.
#[derive(Debug, Args)]
pub struct FuzzArgs {
    /// Only these targets [default: all]
    target: Vec<String>,
    /// How many seconds of processor time each gets
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
        let came = match fuzz(top, target, args) {
            Ok(came) => came,
            Err(error) => {
                eprintln!("{}: {error}", target.name);
                return false;
            }
        };
        let word = match (came.held, args.planted) {
            (true, false) => "no finding",
            (false, false) => "A FINDING: its input is under tests/fuzz/artifacts",
            (false, true) => "the planted bug was found",
            (true, true) => "THE PLANTED BUG WAS NOT FOUND",
        };
        println!(
            "=== {}: {word} in {:.0} s of processor time ({:.0} s), {} executions",
            target.name,
            came.processor.as_secs_f64(),
            came.wall.as_secs_f64(),
            came.executions
        );
        good &= came.held != args.planted;
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

/// Builds one target and runs it.
fn fuzz(top: &Path, target: &Target, args: &FuzzArgs) -> io::Result<Came> {
    let home = top.join("tests/fuzz");
    let own = home.join("target/corpus").join(target.name);
    let artifacts = home.join("artifacts").join(target.name);
    [&own, &artifacts].into_iter().try_for_each(std::fs::create_dir_all)?;
    if let Some(plugin) = target.plugin {
        let built =
            ["debug", "release"].map(|profile| top.join("target").join(profile).join(plugin));
        match built.iter().find(|built| built.exists()) {
            Some(built) => drop(std::fs::copy(built, own.join(plugin))),
            None => eprintln!("without {plugin} it begins with nothing: cargo build first"),
        }
    }
    let program = build(&home, target, args.planted)?;
    let mut seeds: Vec<PathBuf> = target.seeds.iter().map(|seeds| top.join(seeds)).collect();
    seeds.push(home.join("corpus").join(target.name));
    let dictionary = home.join("dictionaries").join(target.name);
    let fuzzer = || {
        let mut fuzzer = Command::new(&program);
        fuzzer.arg(&own).args(seeds.iter().filter(|seeds| seeds.is_dir())).current_dir(top);
        fuzzer.arg(format!("-max_len={}", target.longest)).arg("-close_fd_mask=3");
        fuzzer.arg(format!("-artifact_prefix={}/", artifacts.display()));
        if dictionary.exists() {
            fuzzer.arg(format!("-dict={}", dictionary.display()));
        }
        fuzzer
    };
    rounds::run(fuzzer, Duration::from_secs(args.seconds))
}

/// The built target.
fn build(home: &Path, target: &Target, planted: bool) -> io::Result<PathBuf> {
    let (folder, triple) = (home.join("target"), format!("{ARCH}-unknown-linux-gnu"));
    let mut cargo = nightly();
    cargo.args(["fuzz", "build", "--target", &triple, "--target-dir"]).arg(&folder);
    cargo.arg("--fuzz-dir").arg(home);
    if planted {
        cargo.args(["--features", "planted"]);
    }
    // Without sanitizers: all of it is safe Rust but for what no target reaches.
    cargo.args(["--sanitizer", "none", target.name]);
    if !cargo.status()?.success() {
        return Err(io::Error::other("it cannot be built"));
    }
    Ok(folder.join(triple).join("release").join(target.name))
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
