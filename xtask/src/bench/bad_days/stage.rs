//! One situation in one round: a server, clients that ask for little, and peers that misbehave at
//! it, at another one, or nowhere.

use std::io;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::kinds::Kind;
use super::piped::Piped;
use crate::bench::contestant::{Setting, hotframe_with};
use crate::bench::figures::{micros_of, moment};
use crate::bench::latencies::Latencies;
use crate::bench::process::{Server, pinned, yielding};
use crate::bench::{Cores, Places};

/// How long a peer has until the server has closed it, after the ten seconds that it gives to a
/// frame and to a write.
const PATIENCE: Duration = Duration::from_secs(20);

/// One situation in one round.
pub struct Sample {
    /// Of what was asked while they were there.
    pub latencies: Latencies,
    /// Jain's index of what came back to each peer.
    pub jain: f64,
}

/// Where the peers are.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// Nowhere, at the server, at another one.
    pub place: usize,
    /// What they do.
    pub kind: &'a Kind,
    /// Of the server and of all else.
    pub cores: Cores,
}

impl Stage<'_> {
    /// Starts everything for it, and ends it again.
    pub fn sample(&self, places: &Places, seconds: f64) -> io::Result<Sample> {
        let Self { place, kind, cores } = *self;
        let setting = Setting { settings: kind.settings, ..Setting::default() };
        let server = Server::start(pinned(&hotframe_with(places, &setting)?, cores.server))?;
        let mut other = hotframe_with(places, &setting)?;
        other.args(["--set", "server.state_dir=\"other\"", "--set", "control.socket=\"other/s\""]);
        let other =
            if place == 2 { Some(Server::start(yielding(&other, cores.client))?) } else { None };
        let mut clients = Command::new(std::env::current_exe()?);
        clients.arg("stand-in").arg(address(&server)?);
        let mut clients = Piped::start(&mut pinned(&clients, cores.client))?;
        clients.line()?;
        if place == 0 {
            let begun = moment();
            thread::sleep(Duration::from_secs_f64(seconds));
            let latencies = window(&clients.finish()?, begun, moment());
            return Ok(Sample { latencies, jain: f64::NAN });
        }
        let mut load = Command::new(std::env::current_exe()?);
        load.args(["stand-in", "--kind", kind.name, "--seconds"]);
        load.arg(if kind.reads { seconds } else { PATIENCE.as_secs_f64() }.to_string());
        load.arg(address(other.as_ref().unwrap_or(&server))?);
        let said = Piped::start(&mut yielding(&load, cores.client))?.finish()?;
        let took = clients.finish()?;
        let figures = |word: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
            line.unwrap_or("").split(' ').filter_map(|one| one.parse().ok()).collect::<Vec<u64>>()
        };
        let moment = |word: &str| figures(word).first().copied().unwrap_or(0);
        if !kind.reads && moment("gone") > moment("begun") + micros_of(PATIENCE) {
            return Err(io::Error::other(format!("{}: not all were closed", kind.name)));
        }
        let latencies = window(&took, moment("begun"), moment("gone"));
        Ok(Sample { latencies, jain: jain(&figures("heard")) })
    }
}

/// The latencies of what was asked between two moments.
fn window(lines: &str, from: u64, to: u64) -> Latencies {
    let pairs = lines.lines().filter_map(|line| {
        let (at, took) = line.split_once(' ')?;
        Some((at.parse::<u64>().ok()?, took.parse().ok()?))
    });
    Latencies::of(pairs.filter(|(at, _)| (from..to).contains(at)).map(|(_, took)| took).collect())
}

/// 1 when all got the same, and one over their number when one got all.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are enough for a share")]
fn jain(shares: &[u64]) -> f64 {
    let (mut sum, mut squares) = (0.0, 0.0);
    for share in shares.iter().map(|share| *share as f64) {
        (sum, squares) = (sum + share, squares + share * share);
    }
    sum * sum / (squares * shares.len() as f64)
}

fn address(server: &Server) -> io::Result<String> {
    let address = server.url.strip_prefix("tcp://").map(str::to_owned);
    address.ok_or_else(|| io::Error::other(format!("{} is not TCP", server.url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_in_the_window_counts() {
        let latencies = window("asking\n9 100\n10 5\n19 7\n20 300\n", 10, 20);
        assert_eq!((latencies.count(), latencies.at(1.0).total_cmp(&7.0).is_eq()), (2, true));
    }

    #[test]
    fn equal_shares_have_the_index_one() {
        assert!((jain(&[5, 5, 5, 5]) - 1.0).abs() < 1e-9);
        assert!((jain(&[9, 0, 0]) - 1.0 / 3.0).abs() < 1e-9);
    }
}
