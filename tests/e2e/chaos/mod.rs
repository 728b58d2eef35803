//! Chaos: clients behind a bad network, while plugins, routes and files are replaced, broken and
//! mended, the disk fills up, and the server is paused, stopped, killed, started again and taken
//! over from. What comes back is held to what reached the server, byte for byte, the server's own
//! counters to both, a number that a plugin with state counts to what was answered, and what a
//! plugin pushes to what it was told to. Behind every other kill calls of the system fail, too.
//!
//! `HOTFRAME_CHAOS_SECONDS` says how long, `HOTFRAME_CHAOS_SEED` which one, and
//! `HOTFRAME_CHAOS_CLIENTS` how many clients; with `--nocapture` it tells its figures. `cargo xtask
//! chaos` sets them.

mod clerk;
mod counts;
mod deck;
mod hall;
mod life;
mod lives;
mod mischief;
mod town;
mod trend;

use std::time::{Duration, Instant};

use hotframe_tests::{Audit, Fate, Log, Rng, scale};

use counts::Counts;
use mischief::Mischief;
use town::Town;
use trend::Trend;

/// A command whose plugin is replaced, one that moves between two plugins, and one that the first
/// plugin answers later.
const STAMPED: [(u16, bool); 3] = [(0x0200, false), (0x0201, true), (0x0202, false)];

/// What happens in one interval, at the end of which the books are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interval {
    /// Nothing is reset, so that every counter is known exactly.
    Exact,
    /// Connections are reset as well: of what was under way there nobody can know.
    Resets,
    /// The server is stopped under traffic and started again; then all starts from zero.
    Stop,
    /// Another takes over from it under traffic.
    TakeOver,
    /// It is killed under traffic and started again.
    Kill,
}

/// As long as the server is left alone.
const QUIET: [Interval; 2] = [Interval::Exact, Interval::Resets];
/// One after another. Behind a kill it is seen whether what was kept before it is there.
const ALL: [Interval; 7] = [
    Interval::Resets,
    Interval::Stop,
    Interval::Kill,
    Interval::Exact,
    Interval::TakeOver,
    Interval::Kill,
    Interval::Exact,
];

/// For this share of a run.
const LEFT_ALONE: (u32, u32) = (4, 5);
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
    let mut order = ALL.iter().cycle();
    while intervals < ALL.len() || began.elapsed() < time {
        // A long run leaves one process alone for most of it, to see whether it grows.
        let may_stop = began.elapsed() >= time * LEFT_ALONE.0 / LEFT_ALONE.1;
        let next = if may_stop { order.next() } else { QUIET.get(intervals % QUIET.len()) };
        let kind = *next.expect("they come again and again");
        let before = Counts::of(mischief.server());
        town.open(mischief.server().tcp(), kind == Interval::Resets);
        for _ in 0..ACTS {
            mischief.act(&mut chance);
        }
        all.add(end(kind, before, &town, &mut mischief));
        if matches!(kind, Interval::Exact | Interval::Resets) {
            trend.look(mischief.server());
        }
        intervals += 1;
    }
    let (counted, cried) = (town.number().answers(), town.cried());
    town.leave();
    tell(seed, began.elapsed(), intervals, &all, &mischief);
    println!("{counted} counted up by a plugin with state; {cried}");
    trend.tell_and_hold();
    mischief.lives.end();
}

/// Ends an interval, and compares the books.
fn end(kind: Interval, before: Counts, town: &Town, mischief: &mut Mischief) -> Audit {
    match kind {
        Interval::Exact | Interval::Resets => {
            let audit = town.close();
            before.hold(&Counts::of(mischief.server()), &audit);
            audit
        }
        Interval::Stop => {
            town.expect(Fate::Stopping, false);
            let log = mischief.server().log().clone();
            mischief.lives.restart();
            let audit = town.close();
            before.hold_at_the_stop(taken_by(&log), None, &audit);
            audit
        }
        Interval::TakeOver => {
            town.expect(Fate::Stopping, true);
            let log = mischief.server().log().clone();
            mischief.lives.take_over();
            let audit = town.close();
            let heir = Counts::of(mischief.server());
            before.hold_at_the_stop(taken_by(&log), Some(&heir), &audit);
            audit
        }
        Interval::Kill => {
            town.expect(Fate::Killed, false);
            mischief.lives.kill();
            let audit = town.close();
            town.number().fall_back();
            audit
        }
    }
}

/// How many frames the server took whose last words are in this log.
fn taken_by(log: &Log) -> u64 {
    let stopped = log.wait_for(0, "the last words", |line| line.message() == "stopped");
    stopped.field("frames_in").as_u64().expect("how many frames it took")
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
