//! A list of actions: the simulation, whose every choice is taken from the input as long as there
//! is some.
#![no_main]
#![allow(dead_code)]

use libfuzzer_sys::fuzz_target;

#[path = "../../sim/actions.rs"]
mod actions;
#[path = "../../sim/arrivals.rs"]
mod arrivals;
#[path = "../../sim/checks.rs"]
mod checks;
#[path = "../../sim/clients.rs"]
mod clients;
#[path = "../../sim/credentials.rs"]
mod credentials;
#[path = "../../sim/debt.rs"]
mod debt;
#[path = "../../sim/heart.rs"]
mod heart;
#[path = "../../sim/heir.rs"]
mod heir;
#[path = "../../sim/odds.rs"]
mod odds;
#[path = "../../sim/peer.rs"]
mod peer;
#[path = "../../sim/plant.rs"]
mod plant;
#[path = "../../sim/plugins.rs"]
mod plugins;
#[path = "../../sim/questions.rs"]
mod questions;
#[path = "../../sim/reached.rs"]
mod reached;
#[path = "../../sim/retries.rs"]
mod retries;
#[path = "../../sim/rng.rs"]
mod rng;
#[path = "../../sim/routing.rs"]
mod routing;
#[path = "../../sim/run.rs"]
mod run;
#[path = "../../sim/shadow.rs"]
mod shadow;
#[path = "../../sim/shell.rs"]
mod shell;
#[path = "../../sim/sightings.rs"]
mod sightings;
#[path = "../../sim/swaps.rs"]
mod swaps;
#[path = "../../sim/traffic.rs"]
mod traffic;
#[path = "../../sim/world.rs"]
mod world;

use plant::Plant;

/// Actions a run: as many as an input of a few hundred bytes decides.
const STEPS: usize = 120;

fuzz_target!(|input: &[u8]| {
    let plant = if cfg!(feature = "planted") { Plant::DeadlineBeforeInput } else { Plant::Nothing };
    run::live(rng::Rng::scripted(input), STEPS, plant, false);
});
