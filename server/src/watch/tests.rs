//! The tracker, by sights and times that are made up.
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::identity::Identity;
use super::tracker::{Hint, Settled, Tracker};

const SETTLE: Duration = Duration::from_millis(100);

struct Scene {
    tracker: Tracker,
    start: Instant,
    now: Duration,
}

impl Scene {
    fn new() -> Self {
        Self { tracker: Tracker::new(SETTLE), start: Instant::now(), now: Duration::ZERO }
    }

    /// At `millis`, the file looks like its state number `state`; 0: it is not there.
    fn see(&mut self, millis: u64, state: u64, hint: Hint) -> &mut Self {
        self.now = Duration::from_millis(millis);
        let sight = (state > 0).then(|| identity(state));
        self.tracker.observe(file(), sight, hint, self.start + self.now);
        self
    }

    fn settled(&mut self) -> Option<Settled> {
        self.tracker.poll_settled(self.start + self.now)
    }

    fn wake(&self) -> Option<u64> {
        let wake = self.tracker.poll_wake()?;
        u64::try_from((wake - self.start).as_millis()).ok()
    }
}

fn file() -> &'static Path {
    Path::new("/p/a.so")
}

fn identity(state: u64) -> Identity {
    Identity { dev: 1, ino: state, size: 10, mtime_ns: 0, ctime_ns: 0 }
}

fn changed() -> Option<Settled> {
    Some(Settled::Changed(PathBuf::from(file())))
}

#[test]
fn a_new_file_is_reported_once_it_has_been_at_rest() {
    let mut scene = Scene::new();
    assert_eq!(scene.see(0, 1, Hint::Seen).settled(), None);
    assert_eq!(scene.wake(), Some(100));
    assert_eq!(scene.see(99, 1, Hint::Seen).settled(), None);
    assert_eq!(scene.see(100, 1, Hint::Seen).settled(), changed());
    assert_eq!(scene.see(200, 1, Hint::Seen).settled(), None);
    assert_eq!(scene.wake(), None, "at rest it asks for nothing");
}

#[test]
fn a_file_that_grows_is_not_reported_until_it_stops() {
    let mut scene = Scene::new();
    for step in 1..20 {
        assert_eq!(scene.see(step * 60, step, Hint::Seen).settled(), None);
    }
    assert_eq!(scene.see(19 * 60 + 100, 19, Hint::Seen).settled(), changed());
}

#[test]
fn a_file_that_was_renamed_into_place_is_reported_at_once() {
    let mut scene = Scene::new();
    assert_eq!(scene.see(5, 1, Hint::Whole).settled(), changed());
    assert_eq!(scene.see(6, 2, Hint::Whole).settled(), changed());
    assert_eq!(scene.see(7, 2, Hint::Whole).settled(), None, "it is the same file");
}

#[test]
fn a_rewrite_that_leaves_no_trace_is_reported_by_its_hint() {
    let mut scene = Scene::new();
    assert_eq!(scene.see(0, 1, Hint::Whole).settled(), changed());
    assert_eq!(scene.see(10, 1, Hint::Written).settled(), None);
    assert_eq!(scene.see(60, 1, Hint::Seen).settled(), None);
    assert_eq!(scene.see(110, 1, Hint::Seen).settled(), changed());
}

#[test]
fn a_file_that_is_replaced_in_two_steps_is_never_gone() {
    let mut scene = Scene::new();
    scene.see(0, 1, Hint::Whole).settled();
    assert_eq!(scene.see(10, 0, Hint::Seen).settled(), None);
    assert_eq!(scene.see(50, 2, Hint::Written).settled(), None);
    assert_eq!(scene.see(150, 2, Hint::Seen).settled(), changed());
    assert_eq!(scene.see(300, 2, Hint::Seen).settled(), None);
}

#[test]
fn a_file_that_comes_back_as_it_was_is_no_news() {
    let mut scene = Scene::new();
    scene.see(0, 1, Hint::Whole).settled();
    scene.see(10, 0, Hint::Seen).settled();
    scene.see(20, 1, Hint::Seen).settled();
    assert_eq!(scene.wake(), None);
}

#[test]
fn a_file_that_stays_away_is_gone_and_may_come_again() {
    let mut scene = Scene::new();
    scene.see(0, 1, Hint::Whole).settled();
    scene.see(10, 0, Hint::Seen).settled();
    let gone = Some(Settled::Gone(PathBuf::from(file())));
    assert_eq!(scene.see(110, 0, Hint::Seen).settled(), gone);
    assert_eq!(scene.see(120, 0, Hint::Seen).settled(), None);
    assert_eq!(scene.see(130, 1, Hint::Whole).settled(), changed());
}

#[test]
fn arrivals_are_reported_before_departures() {
    let mut scene = Scene::new();
    scene.see(0, 1, Hint::Whole).settled();
    scene.see(10, 0, Hint::Seen);
    scene.now = Duration::from_millis(200);
    let now = scene.start + scene.now;
    // Sorts behind the one that goes.
    let other = Path::new("/p/z.so");
    scene.tracker.observe(other, Some(identity(1)), Hint::Whole, now);
    assert_eq!(scene.settled(), Some(Settled::Changed(PathBuf::from(other))));
    assert_eq!(scene.settled(), Some(Settled::Gone(PathBuf::from(file()))));
}

#[test]
fn a_clock_that_was_set_back_makes_no_file_young() {
    let seconds = Duration::from_secs;
    let changed = |at: u64| Identity { ctime_ns: i128::from(at) * 1_000_000_000, ..identity(1) };
    let now = std::time::UNIX_EPOCH + seconds(10_000);
    assert_eq!(changed(9_990).age(now), seconds(10));
    assert_eq!(changed(10_005).age(now), Duration::ZERO, "a file server's clock may be ahead");
    assert_eq!(changed(13_600).age(now), Duration::MAX, "the clock was set back by an hour");
}
