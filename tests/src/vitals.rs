//! Vitals: what the kernel says of a process, and how many descriptors the tests may have.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Ticks of the kernel's accounting in a second.
const TICKS: u64 = 100;

/// Memory that a process has in RAM, in bytes.
#[must_use]
pub fn resident(process: u32) -> u64 {
    memory(process, "VmRSS:")
}

/// What of that is no file's: heap, stacks, and data that was written to; in bytes.
#[must_use]
pub fn anonymous(process: u32) -> u64 {
    memory(process, "RssAnon:")
}

fn memory(process: u32, row: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(row)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Processor time that a process has used, in both modes.
#[must_use]
pub fn processor_time(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in parentheses may hold anything, spaces too.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..=12].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}

/// Descriptors that a process has open.
#[must_use]
pub fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

/// Lets this test process open as many descriptors as it may.
pub fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}
