//! `cargo xtask bench --bystanders`: what frames take while somebody misbehaves who is no peer: a
//! reader of the server's log that has stopped, HTTP clients that never end a head.
//!
//! One server and one client run throughout, each on a core of its own, at 20,000 requests a second
//! that are due by the clock. Slices without and with take turns, so that both see the same
//! machine; what is told is the median of the slices. The log has a line for each request, and its
//! reader shares the client's core at idle priority: what reading costs is not the server's doing.

mod stage;

use std::fs;
use std::io;
use std::ops::Range;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::setpriority_process;
use serde_json::json;

use self::stage::{Bystander, Stage};
use super::figures::{median, micros, micros_of, moment};
use super::latencies::Latencies;
use super::process::pinned;
use super::scenario::{Load, Scenario};
use super::{BenchArgs, Cores, Places, chosen, table};

/// Requests a second: what counts of a slice of 2.5 s has 40 above its 99.9th percentile.
const RATE: u32 = 20_000;
/// How long the client runs by itself before the first slice and behind the last.
const LEAD: Duration = Duration::from_secs(1);
/// What is told of each slice.
const SHARES: [f64; 3] = [0.5, 0.99, 0.999];

/// Measures each of them over so many pairs of slices, prints a table and keeps the figures.
pub fn measure(places: &Places, args: &BenchArgs, cores: Cores) -> io::Result<()> {
    let slice = Duration::from_secs_f64(args.seconds.max(1.0));
    for who in chosen(Bystander::all(), &args.scenario, |who| who.name()) {
        let mut stage = Stage::open(places, who, cores)?;
        let slices = alternate(places, &mut stage, args.rounds, slice, cores)?;
        let end = stage.end(places)?;
        let seconds = slice.as_secs_f64();
        println!("\n{}, {} slices of {seconds} s each\n", who.title(), args.rounds);
        println!("{}{end}", draw(who, &slices));
        let kept = slices.each_ref().map(|slices| slices.iter().map(of_slice).collect::<Vec<_>>());
        let kept = json!({ "without": kept[0], "with": kept[1] });
        fs::write(places.bench.join(format!("{}.json", who.name())), kept.to_string())?;
    }
    Ok(())
}

/// The slices without and with, in turn.
fn alternate(
    places: &Places,
    stage: &mut Stage,
    pairs: usize,
    slice: Duration,
    cores: Cores,
) -> io::Result<[Vec<Latencies>; 2]> {
    let samples = places.bench.join("samples");
    let slices = u32::try_from(pairs * 2).unwrap_or(u32::MAX);
    let seconds = (LEAD * 2 + slice * slices).as_secs_f64();
    let load = Load::Rate(RATE);
    let scenario = Scenario { name: "bystanders", connections: 50, pipeline: 64, size: 16, load };
    let mut client = Command::new(&places.hotframe);
    client.args(scenario.arguments(stage.url(), seconds)).arg("--samples").arg(&samples);
    let client = pinned(&client, cores.client).stdout(Stdio::piped()).spawn()?;
    // What a bystander's own process takes is not the server's doing either. Refused, it is seen.
    let _as_it_was = setpriority_process(None, 19);
    thread::sleep(LEAD);
    let mut windows = [Vec::new(), Vec::new()];
    for _ in 0..pairs {
        for (is_on, windows) in [false, true].into_iter().zip(&mut windows) {
            let begun = moment();
            stage.set(is_on)?;
            thread::sleep(slice);
            windows.push(begun + micros_of(stage.settle())..moment());
        }
    }
    let report = client.wait_with_output()?;
    if !report.status.success() {
        let said = String::from_utf8_lossy(&report.stdout).into_owned();
        return Err(io::Error::other(format!("a reply was wrong or missing: {said}")));
    }
    let text = fs::read_to_string(samples)?;
    Ok(windows.map(|windows| sorted(&text, &windows)))
}

/// The samples by the window in which their requests were due.
fn sorted(samples: &str, windows: &[Range<u64>]) -> Vec<Latencies> {
    let mut sorted = vec![Vec::new(); windows.len()];
    for line in samples.lines() {
        let mut fields = line.split(' ').map_while(|field| field.parse::<u64>().ok());
        let (Some(due), Some(latency)) = (fields.next(), fields.next()) else { continue };
        if let Some(place) = windows.iter().position(|window| window.contains(&due)) {
            sorted[place].push(latency);
        }
    }
    sorted.into_iter().map(Latencies::of).collect()
}

fn of_slice(slice: &Latencies) -> [f64; 3] {
    SHARES.map(|share| slice.at(share))
}

/// A line for each share: the medians of the slices, and how they relate.
fn draw(who: Bystander, slices: &[Vec<Latencies>; 2]) -> String {
    let rows = SHARES.iter().map(|share| {
        let all = slices.each_ref().map(|slices| slices.iter().map(|slice| slice.at(*share)));
        let [without, with] = all.map(|all| median(all.collect()));
        let name = format!("p{}", (share * 1000.0).round() / 10.0);
        vec![name, micros(without), micros(with), format!("{:.2}", with / without)]
    });
    let [without, with] = who.states();
    let head = ["µs", without, with, "times"];
    table::block(&head, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_go_to_the_slice_in_which_they_were_due() {
        let slices = sorted("9 1\n10 4\n19 6\n20 8\n31 9\n", &[10..20, 30..40]);
        assert_eq!(slices.iter().map(Latencies::count).collect::<Vec<_>>(), [2, 1]);
        assert!((slices[0].at(1.0) - 6.0).abs() < 1e-9);
    }

    #[test]
    fn the_table_compares_medians() {
        let slice = |all: &[u64]| Latencies::of(all.to_vec());
        let slices = [
            vec![slice(&[10]), slice(&[90]), slice(&[20])],
            [30; 3].map(|took| slice(&[took])).into(),
        ];
        let table = draw(Bystander::StoppedReader, &slices);
        assert!(table.lines().last().unwrap().contains("1.50"), "{table}");
    }
}
