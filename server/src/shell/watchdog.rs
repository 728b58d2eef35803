//! The watchdog: owns the thread that notices when something holds the loop, and says what.
//!
//! A turn of the loop is short: what holds it for long is a function of a plugin. Beyond the soft
//! limit that is told; beyond the hard one the record of a crash is written against the plugin and
//! the process ends, for the next start to go on without it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, io};

use super::pulse::Pulse;
use crate::diagnostics::codes::plugins::LOOP_HELD;
use crate::plugins::{OnDuty, crash, on_duty, stack};

/// When the watchdog says something; zero: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Beyond this it is told what holds the loop.
    pub soft: Duration,
    /// Beyond this the process ends.
    pub hard: Duration,
}

/// The thread. Ends when dropped.
#[derive(Debug)]
pub struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    pulse: Arc<Pulse>,
    /// In nanoseconds.
    soft: AtomicU64,
    hard: AtomicU64,
    is_over: AtomicBool,
}

/// What the watchdog has seen of one beat.
struct Sight {
    beat: Option<u64>,
    since: Instant,
    told: Option<OnDuty>,
}

impl Watchdog {
    /// Starts to watch the loop, whose thread has the number `task` with the kernel.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(pulse: Arc<Pulse>, limits: Limits, task: i32) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            pulse,
            soft: AtomicU64::new(nanos(limits.soft)),
            hard: AtomicU64::new(nanos(limits.hard)),
            is_over: AtomicBool::new(false),
        });
        let watched = Arc::clone(&shared);
        let watch = move || watched.watch(task);
        let thread = thread::Builder::new().name("hotframe-watch".to_owned()).spawn(watch)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Other limits are in force from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.soft.store(nanos(limits.soft), Ordering::Relaxed);
        self.shared.hard.store(nanos(limits.hard), Ordering::Relaxed);
        self.unpark();
    }

    fn unpark(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.unpark();
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            log::error!("the watchdog panicked");
        }
    }
}

impl Shared {
    fn watch(&self, task: i32) {
        self.pulse.watch();
        let mut sight = Sight { beat: None, since: Instant::now(), told: None };
        while !self.is_over.load(Ordering::Relaxed) {
            let limits = self.limits();
            let Some(pause) = limits.pause() else {
                thread::park();
                continue;
            };
            if sight.beat.is_none() && self.pulse.read().is_none() {
                self.pulse.park();
            }
            let begun = Instant::now();
            thread::park_timeout(pause);
            // Whoever stops the process stops this thread, too: that is nobody's fault.
            let was_stopped = begun.elapsed() > pause * 4 + Duration::from_millis(100);
            self.look(&mut sight, was_stopped, limits, task);
        }
    }

    fn look(&self, sight: &mut Sight, was_stopped: bool, limits: Limits, task: i32) {
        let (beat, now) = (self.pulse.read(), Instant::now());
        if beat.is_none() || beat != sight.beat || was_stopped {
            if let Some(OnDuty { plugin, what, .. }) = sight.told.take() {
                let held = show(now - sight.since);
                log::info!(plugin = plugin.as_str(); "{what} has let the loop go, after {held}");
            }
            *sight = Sight { beat, since: now, told: None };
            return;
        }
        let held = now - sight.since;
        if sight.told.is_none() && limits.soft <= held && !limits.soft.is_zero() {
            sight.told = on_duty().inspect(|duty| tell(duty, held, task));
        }
        if limits.hard <= held && !limits.hard.is_zero() && on_duty().is_some() {
            crash::give_up();
        }
    }

    fn limits(&self) -> Limits {
        let read = |limit: &AtomicU64| Duration::from_nanos(limit.load(Ordering::Relaxed));
        Limits { soft: read(&self.soft), hard: read(&self.hard) }
    }
}

impl Limits {
    /// How long to wait from one look to the next; `None` if there is nothing to look for.
    fn pause(self) -> Option<Duration> {
        let limits = [self.soft, self.hard].into_iter().filter(|limit| !limit.is_zero());
        limits.min().map(|shortest| (shortest / 2).max(Duration::from_millis(1)))
    }
}

fn tell(duty: &OnDuty, held: Duration, task: i32) {
    let OnDuty { plugin, generation, what } = duty;
    let held = show(held);
    let state = fs::read_to_string(format!("/proc/self/task/{task}/syscall")).unwrap_or_default();
    let (place, calls) = (place_of(&state), stack::look(task, &state));
    let at = calls.first().map(|call| format!(", at {call}")).unwrap_or_default();
    log::warn!(
        plugin = plugin.as_str(), generation = *generation, handler = what.as_str(),
        code = LOOP_HELD.as_str(), stack = calls.join(" < ");
        "plugin {plugin}: {what} has held the loop for {held} so far{place}{at}: nobody is served"
    );
}

/// What a thread does, by what the kernel says of it, in words with a comma in front.
fn place_of(state: &str) -> String {
    match state.split_whitespace().next() {
        Some("running") => ", computing".to_owned(),
        Some(number) if number.parse::<u32>().is_ok() => format!(", in system call {number}"),
        _ => String::new(),
    }
}

fn show(time: Duration) -> impl fmt::Display {
    format!("{:.1?}", Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
