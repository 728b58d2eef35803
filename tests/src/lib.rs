//! What the end-to-end tests share: the real binary, real plugins, and clients that keep a ledger.
//!
//! A test reads like this: [`Server::setup`] lays out a folder of its own and starts the built
//! `hotframe` in it, [`Fixture`] compiles a plugin from C and puts it where the server looks,
//! [`Wire`] speaks bytes and [`Ledger`] keeps the books of many connections at once. Nothing
//! sleeps: [`wait_until`] and the log wait for a condition, with a deadline.

// A support function that fails is a failed test: it panics with what it saw.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

mod audit;
mod books;
mod build;
mod callers;
mod console;
mod control;
mod elf;
mod endpoint;
mod exposition;
mod faults;
mod fixture;
mod folder;
mod http;
mod ledger;
mod log;
mod process;
mod proxy;
mod pump;
mod quiet;
#[path = "../../protocol/tests/decode/reference.rs"]
#[allow(dead_code)]
mod reference;
#[path = "../sim/rng.rs"]
#[allow(dead_code, clippy::should_implement_trait)]
mod rng;
mod server;
mod skipped;
mod versus;
mod vitals;
mod wait;
mod wire;
mod zoo;

pub use audit::{Audit, Circumstances, Fate};
pub use books::{Books, Wrong};
pub use build::{built, repository};
pub use callers::{Callers, Calls};
pub use console::{Block, blocks};
pub use control::Control;
pub use elf::Parts;
pub use endpoint::{Endpoint, Stream};
pub use exposition::Scrape;
pub use faults::{End, Faults};
pub use fixture::{Fixture, Stamp};
pub use folder::{Folder, Swap};
pub use http::{Answer, Http};
pub use ledger::{Ledger, Sighting};
pub use log::{Log, Record};
pub use process::Process;
pub use proxy::{Passage, Proxy};
pub use pump::{Ended, Passed};
pub use quiet::{Latencies, Quiet};
pub use rng::Rng;
pub use server::{Server, Setup};
pub use skipped::skipped;
pub use versus::Versus;
pub use vitals::{anonymous, descriptors, processor_time, raise_descriptors, resident};
pub use wait::{DEADLINE, pass, wait_until};
pub use wire::{Owned, Wire, frame, request};
pub use zoo::hold_table;

/// A number from the environment that scales a test up: `default` in CI, more by hand.
#[must_use]
pub fn scale(variable: &str, default: usize) -> usize {
    let set = std::env::var(variable).ok();
    set.map_or(default, |text| text.parse().expect("a whole number in the scaling variable"))
}
