//! The rounds of one target: owns how long it runs, by the processor time that it had. On a machine
//! with other work a second by the clock may be a tenth of one.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A round is at least so long: each begins by reading its corpus again.
const SHORTEST: Duration = Duration::from_secs(10);
/// Ticks of the kernel's accounting in a second.
const TICKS: u64 = 100;

/// What came of all rounds.
#[derive(Debug, Default)]
pub struct Came {
    /// Nothing was found.
    pub held: bool,
    /// In user and system mode.
    pub processor: Duration,
    /// By the clock.
    pub wall: Duration,
    /// Inputs that were tried.
    pub executions: u64,
}

/// Runs `fuzzer`, a program of libFuzzer with its arguments, until it has had so much processor
/// time or has found something. What it says goes to standard error.
///
/// # Errors
/// It cannot be started or waited for.
pub fn run(mut fuzzer: impl FnMut() -> Command, time: Duration) -> io::Result<Came> {
    let (began, before) = (Instant::now(), spent()?);
    let mut came = Came::default();
    loop {
        let rest = time.saturating_sub(came.processor).max(SHORTEST);
        let mut round = fuzzer();
        round.arg(format!("-max_total_time={}", rest.as_secs())).arg("-print_final_stats=1");
        let mut child = round.stderr(Stdio::piped()).spawn()?;
        if let Some(said) = child.stderr.take() {
            came.executions += pass_on(BufReader::new(said), &mut io::stderr())?;
        }
        came.held = child.wait()?.success();
        came.processor = spent()?.saturating_sub(before);
        came.wall = began.elapsed();
        if !came.held || came.processor >= time {
            return Ok(came);
        }
    }
}

/// Passes on what a fuzzer says; how many executions it tells of at its end.
fn pass_on(mut said: impl BufRead, to: &mut impl Write) -> io::Result<u64> {
    let (mut line, mut executions) = (Vec::new(), 0);
    while said.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        let text = String::from_utf8_lossy(&line);
        let count = text.strip_prefix("stat::number_of_executed_units:");
        executions += count.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0);
        line.clear();
    }
    Ok(executions)
}

/// Processor time of the children of this process that have ended.
fn spent() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let ticks = ticks(&stat).ok_or_else(|| io::Error::other("/proc/self/stat is not as known"))?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

fn ticks(stat: &str) -> Option<u64> {
    // The name in parentheses may hold anything, spaces too.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    fields.get(13..=14)?.iter().map(|field| field.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_run_again_until_it_has_had_its_time() {
        // A round of it computes a little, and says that it has tried two inputs.
        let script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; \
                      echo stat::number_of_executed_units: 2 >&2";
        let fuzzer = || {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]);
            shell
        };
        let wanted = Duration::from_millis(200);
        let came = run(fuzzer, wanted).unwrap();
        assert!(came.held && came.processor >= wanted && came.wall > Duration::ZERO, "{came:?}");
        assert!(came.executions >= 2 && came.executions % 2 == 0, "{came:?}");
        let came = run(|| Command::new("false"), Duration::MAX).unwrap();
        assert!(!came.held && came.executions == 0, "{came:?}");
    }

    #[test]
    fn executions_are_heard_among_anything_else() {
        let said = b"#1 INITED\n\xff\xfe\nstat::number_of_executed_units: 1234\nDone\n";
        let mut passed = Vec::new();
        assert_eq!(pass_on(&said[..], &mut passed).unwrap(), 1234);
        assert_eq!(passed, said);
    }

    #[test]
    fn the_time_of_children_stands_behind_the_name() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 150 25 0 0";
        assert_eq!(ticks(stat), Some(175));
        assert_eq!(ticks("7 (a) S 1"), None);
    }
}
