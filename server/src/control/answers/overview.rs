//! Everything at one moment: what `hotframe top` and the web page are drawn from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConnectionRow, PluginRow, RouteRow, Status};

/// How everything is at one moment, with bounded lists. Totals only grow, so that two of these
/// make rates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Milliseconds since the server's start.
    pub at_ms: u64,
    /// How long the loop let this question wait, in microseconds; 0 where nobody measured it.
    pub answered_in_us: u64,
    /// Where the server is in its life: `opening`, `running` or `draining`.
    pub phase: String,
    /// What `ctl status` says.
    pub status: Status,
    /// What `ctl plugins` says.
    pub plugins: Vec<PluginRow>,
    /// The first routes of what `ctl routes` says.
    pub routes: Vec<RouteRow>,
    /// Whether there are more routes than are listed.
    pub more_routes: bool,
    /// The connections with the most frames.
    pub connections: Vec<ConnectionRow>,
    /// What all connections together are and owe, and what was counted since the start.
    pub totals: Totals,
    /// How long the turns of the loop took, since the start.
    pub turns: TurnTimes,
    /// How long sampled requests took until their answer was ready, since the start.
    #[serde(default)]
    pub requests: TurnTimes,
}

/// Sums over the whole server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Connections by what they do.
    pub connections: BTreeMap<String, u64>,
    /// Requests and events whose answer is owed by a handler.
    pub in_flight: u64,
    /// Bytes that wait for peers to read.
    pub outbound_bytes: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Error replies by the name of their code; those that never occurred are left out.
    pub errors: BTreeMap<String, u64>,
    /// How often the configuration was read again, and what came of it.
    pub config_reads: ConfigReads,
    /// Plugin files that were refused.
    pub plugin_refusals: u64,
    /// How long each step of loading, replacing and unloading plugins took.
    #[serde(default)]
    pub reload_phases: BTreeMap<String, PhaseTimes>,
}

/// How long a step took, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseTimes {
    /// How often it was taken.
    pub count: u64,
    /// All of them together.
    pub total_us: u64,
    /// The newest one.
    pub newest_us: u64,
}

/// How often the configuration was read again, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigReads {
    /// A change went live.
    pub taken: u64,
    /// Nothing had changed.
    pub unchanged: u64,
    /// A file held an error; its last good state serves on.
    pub refused: u64,
}

/// A histogram of times: of the loop's turns, or of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnTimes {
    /// Ends of buckets in nanoseconds, ascending, each with the turns that took less.
    pub below_ns: Vec<(u64, u64)>,
    /// All turns.
    pub count: u64,
    /// How long they took together, in nanoseconds.
    pub sum_ns: u64,
}

impl TurnTimes {
    /// The `q`-quantile, in nanoseconds, of the turns since `earlier`; `None` if there were none.
    #[must_use]
    pub fn quantile_since(&self, earlier: &Self, q: f64) -> Option<u64> {
        let turns = self.count.checked_sub(earlier.count).filter(|turns| *turns > 0)?;
        let wanted = share(turns, q);
        let before = |index: usize| earlier.below_ns.get(index).map_or(0, |(_, count)| *count);
        let ends = self.below_ns.iter().enumerate();
        let mut reached =
            ends.map(|(index, (end, count))| (*end, count - before(index).min(*count)));
        let slowest = self.below_ns.last().map_or(0, |(end, _)| *end);
        Some(reached.find(|(_, count)| *count >= wanted).map_or(slowest, |(end, _)| end))
    }
}

/// How many of `count` are the share `q`, at least one.
fn share(count: u64, q: f64) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count that is off by one in 2^53 is drawn the same"
    )]
    let wanted = (count as f64 * q).ceil() as u64;
    wanted.clamp(1, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_turns_between_two_looks() {
        let turns = |below: &[(u64, u64)], count| TurnTimes {
            below_ns: below.to_vec(),
            count,
            ..TurnTimes::default()
        };
        let earlier = turns(&[(1_000, 90), (2_000, 100), (4_000, 100)], 100);
        let later = turns(&[(1_000, 90), (2_000, 150), (4_000, 199)], 200);
        assert_eq!(later.quantile_since(&earlier, 0.5), Some(2_000));
        assert_eq!(later.quantile_since(&earlier, 0.99), Some(4_000));
        assert_eq!(later.quantile_since(&earlier, 1.0), Some(4_000), "the last bucket is open");
        assert_eq!(earlier.quantile_since(&earlier, 0.5), None);
        assert_eq!(earlier.quantile_since(&later, 0.5), None, "another server began to count");
    }

    #[test]
    fn it_comes_back_from_json() {
        let overview = Overview { at_ms: 7, phase: "running".into(), ..Overview::default() };
        let json = serde_json::to_value(&overview).unwrap();
        assert_eq!(serde_json::from_value::<Overview>(json).unwrap(), overview);
    }
}
