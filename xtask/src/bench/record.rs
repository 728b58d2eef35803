//! The record: owns all samples of a run, their medians, and the file that they are kept in.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::Places;
use super::contestant::BAR;
use super::figures::median;
use super::measure::Sample;

type Key = (&'static str, &'static str);

/// The samples by scenario and server, in the order of the rounds.
#[derive(Debug, Default)]
pub struct Results {
    samples: BTreeMap<Key, Vec<Sample>>,
}

impl Results {
    /// Adds the next round's sample.
    pub fn add(&mut self, scenario: &'static str, contestant: &'static str, sample: Sample) {
        self.samples.entry((scenario, contestant)).or_default().push(sample);
    }

    /// The median of one figure over the rounds.
    pub fn median(&self, key: Key, figure: fn(&Sample) -> f64) -> f64 {
        median(self.of(key).iter().map(figure).collect())
    }

    /// The median of the ratios to the bar in the same round; not a number if it did not run.
    pub fn ratio(&self, key: Key, figure: fn(&Sample) -> f64) -> f64 {
        let pairs = self.of(key).iter().zip(self.of((key.0, BAR)));
        median(pairs.map(|(own, bar)| figure(own) / figure(bar)).collect())
    }

    /// Whether every reply of every round was right.
    pub fn all_right(&self) -> bool {
        self.samples.values().flatten().all(|sample| sample.wrong == 0.0)
    }

    fn of(&self, key: Key) -> &[Sample] {
        self.samples.get(&key).map_or(&[], Vec::as_slice)
    }

    fn as_json(&self) -> Value {
        let entries = self.samples.iter().map(|((scenario, contestant), samples)| {
            let columns = Sample::default().figures().map(|(name, _)| name).into_iter().enumerate();
            let figures = columns.map(|(column, name)| {
                let all: Vec<f64> = samples.iter().map(|one| one.figures()[column].1).collect();
                (name.to_owned(), json!({ "median": median(all.clone()), "rounds": all }))
            });
            let figures: Value = figures.collect();
            json!({ "scenario": scenario, "server": contestant, "figures": figures })
        });
        entries.collect()
    }
}

/// Writes everything to a file of its own and returns its path.
pub fn keep(
    places: &Places,
    rounds: usize,
    seconds: f64,
    results: &Results,
) -> io::Result<PathBuf> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let file = places.bench.join(format!("results-{since}.json"));
    let record = json!({
        "unix_time": since,
        "machine": machine(),
        "commit": said_by(Command::new("git").args(["rev-parse", "HEAD"])),
        "compiler": said_by(Command::new("cc").arg("--version")),
        "rounds": rounds,
        "seconds": seconds,
        "results": results.as_json(),
    });
    fs::write(&file, serde_json::to_string_pretty(&record)?)?;
    Ok(file)
}

/// Processor, number of cores, kernel.
fn machine() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{model}, {cores} cores, {}", said_by(Command::new("uname").arg("-sr")))
}

/// The first line that a command prints; empty if it is not there.
fn said_by(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or_default().to_owned()
}
