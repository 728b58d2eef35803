//! Versions beyond what their files hold: on probation, gone back from, set aside, switched off.
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hotframe_server::control::answers::PluginState;
use hotframe_server::plugins::{
    CannotSwitch, PluginFolder, Probation, Probe, RollBack, ServiceOptions,
};

use crate::desk::{Answer, Desk};
use crate::fixture::{Workshop, compile, rename_into};

/// `demo.returns`, and what it is asked to return.
const RETURNS: u16 = 0x0102;
const INVALID: u8 = 1;
const INTERNAL: u8 = 6;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(1);

struct Stand {
    shop: Workshop,
    folder: PathBuf,
}

impl Stand {
    fn new() -> Self {
        let shop = Workshop::new();
        let folder = shop.folder("plugins");
        Self { shop, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("libdemo.so")
    }

    /// Puts that version of the demo plugin in place.
    fn put(&self, version: &str) {
        rename_into(&self.shop.demo(version), &self.file());
    }

    /// A run of the server, with new versions watched for so long.
    fn run(&self, window: Duration) -> Desk {
        self.run_with(window, |_| {})
    }

    fn run_with(&self, window: Duration, set: impl FnOnce(&mut ServiceOptions)) -> Desk {
        let path = self.folder.clone();
        let mut desk = Desk::with(self.shop.path("run"), |options| {
            options.folders = vec![PluginFolder { path, passive: false }];
            set(options);
        });
        desk.roster.set_probation(Probation { window, ..Probation::default() });
        desk
    }

    /// Puts a version in place and waits until it serves.
    fn replace(&self, desk: &mut Desk, version: &str) {
        self.put(version);
        desk.until("the new version", |desk| desk.version().as_deref() == Some(version));
    }
}

fn fail(desk: &mut Desk, how: u8, times: usize) {
    for _ in 0..times {
        let Answer::Error(..) = desk.ask(RETURNS, &[how]) else { panic!("it did not fail") };
        desk.round();
    }
}

fn prove(desk: &mut Desk) {
    let proven = |desk: &Desk| desk.log.iter().filter(|line| line.starts_with("Proven")).count();
    let before = proven(desk);
    desk.rounds("the proof", |desk| proven(desk) > before);
    desk.rounds("the end of the one before", |desk| desk.roster.resident_generations() == 1);
}

#[test]
fn a_version_that_fails_more_than_the_one_before_is_gone_back_from() {
    let stand = Stand::new();
    stand.put("1");
    let mut desk = stand.run(LONG);
    let first = desk.who().unwrap();
    stand.replace(&mut desk, "2");
    assert_eq!(desk.roster.resident_generations(), 2, "the one before stays");
    fail(&mut desk, INVALID, 50);
    fail(&mut desk, INTERNAL, 9);
    assert_eq!(desk.version().as_deref(), Some("2"), "clients' mistakes do not count");
    fail(&mut desk, INTERNAL, 1);
    assert_eq!(desk.who().unwrap(), first, "the same instance as before");
    assert_eq!(desk.roster.switched_back(), 1);
    desk.rounds("its end", |desk| desk.roster.resident_generations() == 1);
    desk.until("the file to be set aside", |desk| desk.count("set aside HF0260") == 1);
    assert_eq!(desk.count("refused HF0260"), 0, "it was loaded, and served");
    let row = desk.row("demo").unwrap();
    assert_eq!((row.state, row.version.as_str()), (PluginState::Active, "1"));
    assert!(row.reason.unwrap().contains("HF0260"));
    // It is not loaded again at the next look, and another version is.
    desk.settle();
    assert_eq!(desk.version().as_deref(), Some("1"));
    stand.replace(&mut desk, "3");
    assert_eq!(desk.row("demo").unwrap().reason, None);
    stand.put("2");
    desk.settle();
    assert_eq!(desk.version().as_deref(), Some("3"), "it is remembered");
    let ticket = desk.service.reload("demo".to_owned());
    desk.until("the look", |desk| desk.log.contains(&format!("looked {ticket}")));
    assert_eq!(desk.version().as_deref(), Some("2"), "who insists gets it");
}

/// Gone back from is what the second loading made of the file, not the file.
#[test]
fn what_was_loaded_twice_is_not_set_aside_with_its_first_instance_serving() {
    let stand = Stand::new();
    stand.put("1");
    let mut desk = stand.run(LONG);
    let first = desk.who().unwrap();
    let ticket = desk.service.reload("demo".to_owned());
    desk.until("the look", |desk| desk.log.contains(&format!("looked {ticket}")));
    assert_ne!(desk.who().unwrap(), first);
    let now = desk.now();
    let Ok(RollBack::Done(finding)) = desk.roster.roll_back(&mut desk.engine, "demo", now) else {
        panic!("the first instance is in memory")
    };
    desk.service.note(finding);
    desk.settle();
    assert_eq!(desk.who().unwrap(), first);
    assert_eq!((desk.count("set aside HF0260"), desk.row("demo").unwrap().reason), (0, None));
    drop(desk);
    let mut desk = stand.run(LONG);
    assert_eq!((desk.version().as_deref(), desk.count("staged demo 1")), (Some("1"), 1));
}

#[test]
fn two_versions_that_fail_alike_are_not_switched() {
    let stand = Stand::new();
    stand.put("1");
    let mut desk = stand.run(LONG);
    fail(&mut desk, INTERNAL, 30);
    stand.replace(&mut desk, "2");
    fail(&mut desk, INTERNAL, 30);
    assert_eq!(desk.version().as_deref(), Some("2"));
    assert_eq!(desk.roster.switched_back(), 0);
}

#[test]
fn the_operator_goes_back_to_what_is_in_memory_and_then_to_what_was_kept() {
    let stand = Stand::new();
    stand.put("1");
    let mut desk = stand.run(SHORT);
    stand.replace(&mut desk, "2");
    prove(&mut desk);
    stand.replace(&mut desk, "3");
    prove(&mut desk);
    desk.roster.set_probation(Probation { window: LONG, ..Probation::default() });
    stand.replace(&mut desk, "4");
    let now = desk.now();
    let Ok(RollBack::Done(finding)) = desk.roster.roll_back(&mut desk.engine, "demo", now) else {
        panic!("3 is in memory")
    };
    assert_eq!(desk.version().as_deref(), Some("3"));
    desk.service.note(finding);
    roll_back_by_copy(&mut desk);
    assert_eq!(desk.version().as_deref(), Some("2"));
    assert!(desk.row("demo").unwrap().reason.unwrap().contains("HF0260"));
    // Its configuration changes: what serves is made anew, not what the file holds.
    let before = desk.who().unwrap();
    desk.service.renew("demo".to_owned());
    desk.until("the next instance", |desk| desk.who().unwrap().1 > before.1);
    assert_eq!(desk.version().as_deref(), Some("2"));
    roll_back_by_copy(&mut desk);
    assert_eq!(desk.count("refused HF0263"), 1, "there is no other");
    assert_eq!(desk.version().as_deref(), Some("2"));
    drop(desk);
    // Neither a new run nor the file, which is there still, brings back what was set aside.
    let mut desk = stand.run(SHORT);
    assert_eq!(desk.version().as_deref(), Some("2"));
    assert!(desk.row("demo").unwrap().reason.unwrap().contains("HF0260"));
    assert_eq!(desk.count("restored demo 2"), 1);
}

fn roll_back_by_copy(desk: &mut Desk) {
    let now = desk.now();
    let Ok(RollBack::FromCopy { sha256 }) = desk.roster.roll_back(&mut desk.engine, "demo", now)
    else {
        panic!("nothing is benched")
    };
    let ticket = desk.service.restore("demo".to_owned(), sha256);
    desk.until("the look", |desk| desk.log.contains(&format!("looked {ticket}")));
}

#[test]
fn a_disabled_plugin_stays_so_until_it_is_enabled() {
    let stand = Stand::new();
    stand.put("1");
    let mut desk = stand.run(SHORT);
    let now = desk.now();
    desk.roster.disable(&mut desk.engine, "demo", now).unwrap();
    let _ticket = desk.service.switch("demo".to_owned(), false);
    let off = |desk: &mut Desk| {
        assert!(matches!(desk.ask(0x0100, b""), Answer::Error(2005, _)));
        let row = desk.row("demo").unwrap();
        assert_eq!((row.state, row.generation), (PluginState::Disabled, 0));
    };
    off(&mut desk);
    let now = desk.now();
    let refused = desk.roster.roll_back(&mut desk.engine, "demo", now);
    assert_eq!(refused.unwrap_err(), CannotSwitch::Disabled);
    desk.rounds("its end", |desk| desk.roster.resident_generations() == 0);
    off(&mut desk);
    stand.put("2");
    desk.settle();
    off(&mut desk);
    drop(desk);
    let mut desk = stand.run(SHORT);
    off(&mut desk);
    desk.roster.enable("demo").unwrap();
    let ticket = desk.service.switch("demo".to_owned(), true);
    desk.until("the look", |desk| desk.log.contains(&format!("looked {ticket}")));
    assert_eq!(desk.version().as_deref(), Some("2"));
    assert_eq!(desk.row("demo").unwrap().reason, None);
    for (name, error) in [("builtin", CannotSwitch::Builtin), ("nobody", CannotSwitch::Unknown)] {
        let now = desk.now();
        assert_eq!(desk.roster.disable(&mut desk.engine, name, now), Err(error));
        assert_eq!(desk.roster.enable(name), Err(error));
    }
}

#[test]
fn a_failed_trial_is_remembered_and_the_kept_version_serves_in_the_next_run() {
    let stand = Stand::new();
    let fatal = |out: &Path| {
        compile("fatal.c", &["-DAT_CREATE", "-DDO=CRASH", "-DNAME=\"demo\""], out);
    };
    let bad = stand.shop.path("bad.so");
    fatal(&bad);
    let probe = |options: &mut ServiceOptions| {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_hotframe"));
        options.care.probe = Some(Probe { program, patience: Duration::from_secs(20) });
    };
    rename_into(&bad, &stand.file());
    let mut desk = stand.run_with(SHORT, probe);
    assert_eq!(desk.count("refused HF0231"), 1);
    assert_eq!(desk.row("demo").unwrap().state, PluginState::Quarantined);
    desk.settle();
    assert_eq!(desk.count("refused HF0231"), 1, "the trial is not news, nor made again");
    stand.replace(&mut desk, "1");
    prove(&mut desk);
    rename_into(&bad, &stand.file());
    desk.settle();
    assert_eq!(desk.version().as_deref(), Some("1"));
    drop(desk);
    let record = fs::read_to_string(stand.shop.path("run/plugins.json")).unwrap();
    assert!(record.contains("\"count\": 1"), "one trial only: {record}");
    let mut desk = stand.run_with(SHORT, probe);
    assert_eq!(desk.version().as_deref(), Some("1"), "the copy stands in");
}
