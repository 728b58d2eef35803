//! The simulation: the whole engine under a fake shell, fake peers and fake plugins, on a clock
//! that is only a number, from one seed. A shadow model says what must come of every frame.
//!
//! - `HOTFRAME_SIM_SEED=n` replays one seed and says what happens;
//! - `HOTFRAME_SIM_SEEDS=n` and `HOTFRAME_SIM_STEPS=n` change how many seeds run, and how long;
//! - `HOTFRAME_SIM_FIRST=n` says with which seed they begin. Each seed that holds is told in a line
//!   then, for `cargo xtask sim`.
#![allow(clippy::unwrap_used)]

mod actions;
mod arrivals;
mod checks;
mod clients;
mod credentials;
mod debt;
mod heart;
mod heir;
mod odds;
mod peer;
mod plant;
mod plugins;
mod questions;
mod reached;
mod retries;
mod rng;
mod routing;
mod run;
mod shadow;
mod shell;
mod sightings;
mod swaps;
mod traffic;
mod world;

use plant::Plant;
use reached::Reached;
use rng::Rng;
use run::run;

/// The seeds of a plain `cargo test`.
const DEFAULT_SEEDS: u64 = 800;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number, not {value:?}")))
}

fn steps() -> usize {
    usize::try_from(number("HOTFRAME_SIM_STEPS").unwrap_or(600)).unwrap()
}

#[test]
fn every_seed_holds() {
    let steps = steps();
    if let Some(seed) = number("HOTFRAME_SIM_SEED") {
        assert!(run(seed, steps, Plant::Nothing, true).is_some(), "seed {seed} failed");
        return;
    }
    let mut reached = Reached::default();
    let first = number("HOTFRAME_SIM_FIRST");
    let seeds = first.unwrap_or(0)..;
    let count = number("HOTFRAME_SIM_SEEDS").unwrap_or(DEFAULT_SEEDS);
    for seed in seeds.take(usize::try_from(count).unwrap()) {
        let tale = run(seed, steps, Plant::Nothing, false);
        reached.add(&tale.unwrap_or_else(|| {
            panic!(
                "seed {seed} failed; to replay it:\n\n  HOTFRAME_SIM_SEED={seed} \
                 HOTFRAME_SIM_STEPS={steps} cargo test -p hotframe-tests --test sim \
                 every_seed_holds -- --nocapture\n"
            )
        }));
        if first.is_some() {
            println!("held {seed}");
        }
    }
    println!("{reached:?}");
    if number("HOTFRAME_SIM_SEEDS").is_none() {
        reached.is_everything();
    }
}

/// The canary: a bug that nothing catches would mean that the checks see nothing.
#[test]
fn each_planted_bug_is_caught_within_fifty_seeds() {
    for plant in Plant::ALL {
        let caught = (0..50).position(|seed| run(seed, 400, plant, false).is_none());
        assert!(caught.is_some(), "{plant:?} is caught");
        println!("{plant:?} is caught at seed {}", caught.unwrap_or_default());
    }
}

/// What the fuzzer does: it writes the script.
#[test]
fn a_script_makes_a_run_as_a_seed_does() {
    for byte in 0..=255 {
        let script: Vec<u8> = (0..200_u8).map(|place| place.wrapping_mul(byte)).collect();
        run::live(Rng::scripted(&script), 100, Plant::Nothing, false);
    }
}
