//! Owns `Held`: one version of a plugin that is set aside.
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::recall::SetAside;
use crate::plugins::defect::{Defect, Fault};

/// The pause after the first failed trial; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Who found out that a version is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// A trial, which costs nothing and may be made again.
    Trial,
    /// Its calls failed while it was on probation.
    Probation,
    /// It ended a run of the server.
    Crash,
    /// The operator rolled it back.
    Operator,
}

/// A moment by both clocks: what outlives the server goes by the one that people set, what waits in
/// it by the one that nobody can.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    pub wall: SystemTime,
    pub steady: Instant,
}

impl Clocks {
    pub fn now() -> Self {
        Self { wall: SystemTime::now(), steady: Instant::now() }
    }
}

/// One version that is set aside. Times are in seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Held {
    pub sha256: String,
    pub plugin: String,
    cause: Cause,
    code: String,
    reason: String,
    /// How often it was set aside.
    count: u32,
    since: u64,
    /// When it may be tried again; none if that is for a person to say.
    until: Option<u64>,
    /// The same, for this run of the server.
    #[serde(skip)]
    due: Option<Instant>,
}

impl Held {
    /// That of a version that was set aside `before`, perhaps.
    pub fn new(
        plugin: &str,
        sha256: &str,
        cause: Cause,
        fault: &Fault,
        before: Option<&Self>,
        now: Clocks,
    ) -> Self {
        let count = before.map_or(1, |held| held.count.saturating_add(1));
        let since = seconds(now.wall);
        let pause = (cause == Cause::Trial).then(|| pause(count));
        Self {
            sha256: sha256.to_owned(),
            plugin: plugin.to_owned(),
            cause,
            code: fault.defect.code().as_str().to_owned(),
            reason: fault.message.clone(),
            count,
            since,
            until: pause.map(|pause| since.saturating_add(pause.as_secs())),
            due: pause.map(|pause| now.steady + pause),
        }
    }

    /// It was read from a file. What is left of its pause goes on, and is no longer than that,
    /// whatever the clock says by now.
    pub fn resume(&mut self, now: Clocks) {
        let left = |at: SystemTime| at.duration_since(now.wall).unwrap_or_default();
        let longest = pause(self.count);
        self.due = self.until.and_then(at).map(|at| now.steady + left(at).min(longest));
    }

    /// The fault that it was set aside for, unless it may be tried again.
    pub fn verdict(&self, now: Instant) -> Option<Fault> {
        if self.next_try().is_some_and(|at| at <= now) {
            return None;
        }
        Some(self.fault())
    }

    /// What is known of it.
    pub fn told(&self) -> SetAside {
        SetAside {
            fault: self.fault(),
            cause: self.cause,
            count: self.count,
            since: at(self.since).unwrap_or(UNIX_EPOCH),
            until: self.until.and_then(at),
        }
    }

    fn fault(&self) -> Fault {
        let known = Defect::ALL.iter().find(|defect| defect.code().as_str() == self.code);
        known.unwrap_or(&Defect::SetAside).because(self.reason.as_str())
    }

    /// When it may be tried again.
    pub const fn next_try(&self) -> Option<Instant> {
        self.due
    }
}

fn at(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn pause(count: u32) -> Duration {
    let factor = 1_u32.checked_shl(count.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
