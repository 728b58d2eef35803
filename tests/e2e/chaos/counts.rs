//! The server's own counters, and how far they have to be what the ledger says.

use std::ops::RangeInclusive;

use hotframe_tests::{Audit, Scrape, Server, wait_until};

/// Counters of one moment.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    frames: u64,
    errors: u64,
    lost_sync: u64,
    skipped: u64,
    /// Calls of the three plugins.
    calls: u64,
    connections: u64,
}

impl Counts {
    /// Those of now; nobody is connected, or is just leaving.
    pub fn of(server: &Server) -> Self {
        let status = wait_until("everybody to have left", || {
            let status = server.control().ask("status");
            (status["connections"] == 0).then_some(status)
        });
        let scrape = fresh(server);
        let count = |name: &str| whole(scrape.value(&format!("hotframe_{name}_total")));
        let number = |key: &str| status[key].as_u64().unwrap();
        let calls = |name: &str| server.control().plugin(name).unwrap()["calls"].as_u64().unwrap();
        Self {
            frames: number("frames_in"),
            errors: number("errors_out"),
            lost_sync: count("lost_sync"),
            skipped: count("skipped_bytes"),
            calls: ["stamp", "left", "right"].map(calls).iter().sum(),
            connections: count("connections_accepted"),
        }
    }

    /// Holds what was counted until `now` to the ledger: where nothing was reset, exactly.
    pub fn hold(&self, now: &Self, audit: &Audit) {
        let spread = |least: u64| least..=least + audit.unknown;
        let is = |what: &str, grown: u64, range: RangeInclusive<u64>| {
            assert!(range.contains(&grown), "{what}: {grown}, not {range:?}; {audit:?}");
        };
        is("frames", now.frames - self.frames, spread(audit.taken));
        is("calls", now.calls - self.calls, spread(audit.answered));
        let connections = now.connections - self.connections;
        is("connections", connections, audit.connections..=audit.connections);
        let errors = audit.refused + audit.lost_sync;
        let most = if audit.cut_short == 0 { 0 } else { u64::MAX - errors };
        is("errors", now.errors - self.errors, errors..=errors + most);
        let (lost, skipped) = (audit.lost_sync, audit.skipped);
        is("lost_sync", now.lost_sync - self.lost_sync, lost..=lost + most.min(u64::MAX - lost));
        let most = most.min(u64::MAX - skipped);
        is("skipped", now.skipped - self.skipped, skipped..=skipped + most);
    }

    /// Holds the number of frames that a server took in its life, and the one that took over from
    /// it in its own, to the ledger: it was stopped under traffic, and all that it has taken it has
    /// answered.
    pub fn hold_at_the_stop(&self, taken: u64, heir: Option<&Self>, audit: &Audit) {
        assert_eq!(audit.unknown, 0, "nothing is reset before a stop");
        let by_the_heir = heir.map_or(0, |heir| heir.frames);
        assert_eq!(taken - self.frames + by_the_heir, audit.taken, "{audit:?}");
    }
}

/// The metrics of now: the server hands out the same ones for a while.
fn fresh(server: &Server) -> Scrape {
    let page = || wait_until("the metrics", || server.http().try_get("/metrics"));
    let look = || Scrape::read(&page().body);
    let made = |scrape: &Scrape| scrape.value("hotframe_uptime_seconds");
    let before = made(&look());
    wait_until("other metrics", || Some(look()).filter(|scrape| made(scrape) > before))
}

fn whole(count: f64) -> u64 {
    assert!(count >= 0.0 && count.fract() == 0.0);
    format!("{count:.0}").parse().unwrap()
}
