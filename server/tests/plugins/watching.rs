//! The watch over configuration files: each change once, by whatever way it is made.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use hotframe_server::watch::{Change, Place, WatchOptions, Watcher};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

struct Watched {
    watcher: Watcher,
    changes: Receiver<Change>,
}

fn watch(files: &[&Path]) -> Watched {
    let places = files.iter().map(|file| Place::File(file.to_path_buf())).collect();
    let (sender, changes) = mpsc::channel();
    let watcher = Watcher::start(WatchOptions::new(places), move |change| {
        let _ = sender.send(change);
    });
    let watched = Watched { watcher: watcher.unwrap(), changes };
    // Files made within a tick of the clock may be reported once more: that is over then.
    while watched.changes.recv_timeout(PATIENCE).unwrap() != (Change::Looked { ticket: 0 }) {}
    watched
}

impl Watched {
    /// The next change, and how long it took.
    fn next(&self) -> (Change, Duration) {
        let start = Instant::now();
        (self.changes.recv_timeout(PATIENCE).unwrap(), start.elapsed())
    }

    fn expect_changed(&self, path: &Path) -> Duration {
        let (change, took) = self.next();
        assert_eq!(change, Change::Changed { path: path.to_owned() });
        took
    }

    /// Everything that is to be found was found.
    fn expect_quiet(&self) {
        let ticket = self.watcher.look_now();
        assert_eq!(self.next().0, Change::Looked { ticket });
    }
}

fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.toml");
    fs::write(&file, "one").unwrap();
    (folder, file)
}

#[test]
fn each_way_of_writing_a_file_is_noticed_in_time() {
    let (_folder, file) = folder();
    let watched = watch(&[&file]);
    let limit = Duration::from_millis(1500);
    fs::write(&file, "two").unwrap();
    assert!(watched.expect_changed(&file) < limit);
    replace(&file, "three");
    assert!(watched.expect_changed(&file) < limit);
    fs::remove_file(&file).unwrap();
    assert_eq!(watched.next().0, Change::Gone { path: file.clone() });
    fs::write(&file, "four").unwrap();
    assert!(watched.expect_changed(&file) < limit);
    watched.expect_quiet();
}

#[test]
fn the_same_contents_are_no_change() {
    let (_folder, file) = folder();
    let watched = watch(&[&file]);
    fs::write(&file, "two").unwrap();
    watched.expect_changed(&file);
    // A file that is written again while it is reported may be reported again.
    watched.expect_quiet();
    fs::write(&file, "two").unwrap();
    replace(&file, "two");
    watched.expect_quiet();
    fs::write(&file, "three").unwrap();
    watched.expect_changed(&file);
}

#[test]
fn a_config_map_swap_is_noticed() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (version, text) in [("..1", "one"), ("..2", "two")] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("a.toml"), text).unwrap();
    }
    symlink("..1", at("..data")).unwrap();
    symlink("..data/a.toml", at("a.toml")).unwrap();
    let watched = watch(&[&at("a.toml")]);
    symlink("..2", at("..new")).unwrap();
    fs::rename(at("..new"), at("..data")).unwrap();
    assert!(watched.expect_changed(&at("a.toml")) < Duration::from_millis(1500));
    watched.expect_quiet();
}

#[test]
fn a_folder_that_is_removed_and_made_again_is_followed() {
    let parent = TempDir::new().unwrap();
    let inner = parent.path().join("config");
    let file = inner.join("a.toml");
    let watched = watch(&[&file]);
    for text in ["one", "two", "three"] {
        fs::create_dir(&inner).unwrap();
        fs::write(&file, text).unwrap();
        watched.expect_changed(&file);
        fs::remove_dir_all(&inner).unwrap();
        assert_eq!(watched.next().0, Change::Gone { path: file.clone() });
    }
}

#[test]
fn a_change_behind_a_hard_link_is_found_by_the_poll() {
    let (_folder, file) = folder();
    let elsewhere = TempDir::new_in(file.parent().unwrap().parent().unwrap()).unwrap();
    let link = elsewhere.path().join("link");
    fs::hard_link(&file, &link).unwrap();
    let watched = watch(&[&file]);
    fs::write(&link, "through the other name").unwrap();
    watched.expect_changed(&file);
}

#[test]
fn a_file_that_was_changed_before_the_watch_began_is_not_lost() {
    let (_folder, file) = folder();
    let mut options = WatchOptions::new(vec![Place::File(file.clone())]);
    options.read_at -= Duration::from_secs(60);
    let (sender, changes) = mpsc::channel();
    let _watcher = Watcher::start(options, move |change| {
        let _ = sender.send(change);
    });
    let first = changes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first, Change::Changed { path: file });
}

#[test]
fn other_places_are_watched_from_then_on() {
    let (folder, first) = folder();
    let second = folder.path().join("b.toml");
    let watched = watch(&[&first]);
    let both = vec![Place::File(first.clone()), Place::File(second.clone())];
    let settle = Duration::from_millis(20);
    watched.watcher.set_places(both, settle, std::time::SystemTime::now());
    watched.expect_quiet();
    fs::write(&second, "new").unwrap();
    watched.expect_changed(&second);
    fs::write(&first, "still").unwrap();
    watched.expect_changed(&first);
    let only = vec![Place::File(second.clone())];
    watched.watcher.set_places(only, settle, std::time::SystemTime::now());
    fs::write(&first, "not any more").unwrap();
    watched.expect_quiet();
}

#[test]
fn what_comes_back_after_something_else_was_read_is_reported_again() {
    let (_folder, file) = folder();
    let (sender, reads) = mpsc::channel();
    let watched = file.clone();
    let mut is_first = true;
    let options = WatchOptions::new(vec![Place::File(file.clone())]);
    let _watcher = Watcher::start(options, move |change| {
        if change == (Change::Changed { path: watched.clone() }) {
            // A save comes between the report and its reader, and is taken back behind them.
            let takes_turns = fs::read_to_string(&watched).unwrap() == "two" && is_first;
            if takes_turns {
                replace(&watched, "three");
            }
            sender.send(fs::read_to_string(&watched).unwrap()).unwrap();
            if takes_turns {
                is_first = false;
                replace(&watched, "two");
            }
        }
    })
    .unwrap();
    replace(&file, "two");
    let mut read = String::new();
    while read != "three" {
        read = reads.recv_timeout(PATIENCE).unwrap();
    }
    while read != "two" {
        read = reads.recv_timeout(PATIENCE).unwrap();
    }
}
