//! Chaos: clients behind a bad network, while plugins, routes and files are replaced, broken and
//! mended, and the server is paused, stopped and started again. What comes back is held to what
//! reached the server, byte for byte, and the server's own counters to both.
//!
//! `HOTFRAME_CHAOS_SECONDS` says how long, `HOTFRAME_CHAOS_SEED` which one, and
//! `HOTFRAME_CHAOS_CLIENTS` how many clients; with `--nocapture` it tells its figures. `cargo xtask
//! chaos` sets them.

mod counts;
mod life;
mod mischief;
mod town;
mod trend;

use std::time::{Duration, Instant};

use hotframe_tests::{Audit, Rng, scale};
use rustix::process::Signal;

use counts::Counts;
use mischief::Mischief;
use town::Town;
use trend::Trend;

/// A command whose plugin is replaced, and one that moves between two plugins.
const STAMPED: [(u16, bool); 2] = [(0x0200, false), (0x0201, true)];

/// What happens in one interval, at the end of which the books are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interval {
    /// Nothing is reset, so that every counter is known exactly.
    Exact,
    /// Connections are reset as well: of what was under way there nobody can know.
    Resets,
    /// The server is stopped under traffic and started again; then all starts from zero.
    Stop,
}

/// How much happens in an interval.
const ACTS: usize = 3;

#[test]
fn nothing_is_lost_and_every_count_is_right() {
    let seed = scale("HOTFRAME_CHAOS_SEED", 1);
    let time = Duration::from_secs(scale("HOTFRAME_CHAOS_SECONDS", 0) as u64);
    let mut chance = Rng::new(seed as u64);
    let mut mischief = Mischief::start(&mut chance);
    let town = Town::settle(scale("HOTFRAME_CHAOS_CLIENTS", 6), &mut chance);
    let (began, mut trend, mut all, mut intervals) =
        (Instant::now(), Trend::default(), Audit::default(), 0_usize);
    while intervals < 3 || began.elapsed() < time {
        // A long run leaves one process alone for most of it, to see whether it grows.
        let may_stop = began.elapsed() >= time * 2 / 3;
        let kind = match intervals % 3 {
            0 => Interval::Exact,
            2 if may_stop => Interval::Stop,
            _ => Interval::Resets,
        };
        let before = Counts::of(mischief.server());
        town.open(mischief.server().tcp(), kind == Interval::Resets);
        for _ in 0..ACTS {
            mischief.act(&mut chance);
        }
        let audit = if kind == Interval::Stop {
            town.expect_a_stop();
            let log = mischief.server().log().clone();
            mischief.restart();
            let audit = town.close();
            let stopped = log.wait_for(0, "the last words", |line| line.message() == "stopped");
            let taken = stopped.field("frames_in").as_u64().expect("how many frames it took");
            before.hold_at_the_stop(taken, &audit);
            audit
        } else {
            let audit = town.close();
            before.hold(&Counts::of(mischief.server()), &audit);
            trend.look(mischief.server());
            audit
        };
        all.add(audit);
        intervals += 1;
    }
    town.leave();
    tell(seed, began.elapsed(), intervals, &all, &mischief);
    trend.tell_and_hold();
    mischief.server().signal(Signal::TERM);
    mischief.end();
}

fn tell(seed: usize, took: Duration, intervals: usize, all: &Audit, mischief: &Mischief) {
    println!(
        "seed {seed}, {took:.0?}, {intervals} intervals: {} connections; {} frames reached the \
         server whole, all taken; {} requests answered by {} instances, {} refused with a code; \
         {} losses of synchronisation answered, {} bytes of no frame; {} frames on connections \
         that were reset, {} behind a stop; mischief: {}",
        all.connections,
        all.taken,
        all.answered,
        all.books.iter().map(|books| books.stamps.len()).max().unwrap_or(0),
        all.refused,
        all.lost_sync,
        all.skipped,
        all.unknown,
        all.unread,
        mischief.tally()
    );
    assert!(all.answered > 0 && all.lost_sync > 0, "the network was bad");
}
