//! The simulation: the whole engine under a fake shell, fake peers and fake plugins, on a clock
//! that is only a number, from one seed. A shadow model says what must come of every frame.
//!
//! - `HOTFRAME_SIM_SEED=n` replays one seed and says what happens;
//! - `HOTFRAME_SIM_SEEDS=n` and `HOTFRAME_SIM_STEPS=n` change how many seeds run, and how long.
#![allow(clippy::unwrap_used)]

mod actions;
mod checks;
mod odds;
mod peer;
mod plant;
mod plugins;
mod rng;
mod routing;
mod run;
mod shadow;
mod shell;
mod traffic;
mod world;

use plant::Plant;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {value:?}")),
    )
}

fn steps() -> usize {
    usize::try_from(number("HOTFRAME_SIM_STEPS").unwrap_or(400)).unwrap()
}

#[test]
fn every_seed_holds() {
    let seeds = match number("HOTFRAME_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("HOTFRAME_SIM_SEEDS").unwrap_or(300),
    };
    let talk = number("HOTFRAME_SIM_SEED").is_some();
    for seed in seeds {
        let steps = steps();
        assert!(
            run::holds(seed, steps, Plant::Nothing, talk),
            "seed {seed} failed; to replay it:\n\n  HOTFRAME_SIM_SEED={seed} \
             HOTFRAME_SIM_STEPS={steps} cargo test -p hotframe-tests --test sim -- --nocapture\n"
        );
    }
}

/// The canary: a bug that nothing catches would mean that the checks see nothing.
#[test]
fn each_planted_bug_is_caught_within_twenty_seeds() {
    let plants = [
        Plant::SwappedReplies,
        Plant::StaleGeneration,
        Plant::LostOnHalfClose,
        Plant::DoubledReply,
        Plant::ForgottenTouch,
    ];
    for plant in plants {
        let caught = (0..20).any(|seed| !run::holds(seed, 400, plant, false));
        assert!(caught, "{plant:?} is caught");
    }
}
