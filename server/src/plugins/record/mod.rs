//! Owns what the server remembers of plugins from one run to the next, under its state folder:
//! what is set aside and what is disabled (`plugins.json`), and copies of the versions that were
//! proven ([`Kept`]).
//!
//! On the helper thread. A record that cannot be written is told, and kept in memory.
mod held;
mod kept;
mod recall;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

pub use self::held::Cause;
use self::held::{Clocks, Held};
pub(super) use self::kept::{Copy as KeptCopy, Kept};
pub use self::recall::{Recollection, SetAside};
use super::defect::Fault;
use super::whole_file::replace;

/// What the loop has found out about a version, for the service to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is as good as the one before it.
    Proven {
        /// The plugin.
        plugin: String,
        /// SHA-256 of its file, in hex.
        sha256: String,
    },
    /// It is not to be loaded again before somebody says so.
    SetAside {
        /// The plugin.
        plugin: String,
        /// SHA-256 of its file, in hex.
        sha256: String,
        /// SHA-256 of what serves in its place.
        serving: Option<String>,
        /// Who found it out.
        cause: Cause,
        /// Why, for a person.
        reason: String,
    },
}

/// The record and its file.
#[derive(Debug)]
pub(super) struct Record {
    file: PathBuf,
    is_written: bool,
    book: Book,
}

/// The most versions that are set aside; the oldest is forgotten for one more.
const MAX_HELD: usize = 256;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Book {
    #[serde(default)]
    set_aside: Vec<Held>,
    #[serde(default)]
    disabled: BTreeSet<String>,
}

impl Record {
    /// That of the server whose state folder this is. A file that cannot be read as one is told,
    /// and replaced when there is something to write.
    pub fn open(state_dir: &Path) -> Self {
        let file = state_dir.join("plugins.json");
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            text => Some(text.map_err(|error| error.to_string())),
        };
        let read = |text: String| serde_json::from_str(&text).map_err(|error| error.to_string());
        let book = text.map(|text| text.and_then(read)).transpose().unwrap_or_else(|error| {
            log::warn!("{} is passed over: {error}", file.display());
            None
        });
        let mut book: Book = book.unwrap_or_default();
        let now = Clocks::now();
        book.set_aside.iter_mut().for_each(|held| held.resume(now));
        Self { file, is_written: true, book }
    }

    /// The same, of which nothing new is written to the file.
    pub fn only_read(mut self) -> Self {
        self.is_written = false;
        self
    }

    /// Why a version must not be loaded now, if that is so.
    pub fn verdict(&self, sha256: &str, now: Instant) -> Option<Fault> {
        let held = self.book.set_aside.iter().find(|held| held.sha256 == sha256)?;
        held.verdict(now)
    }

    /// What is known of a version that is set aside, be it that it may be tried again.
    pub fn set_aside(&self, sha256: &str) -> Option<SetAside> {
        self.book.set_aside.iter().find(|held| held.sha256 == sha256).map(Held::told)
    }

    /// Whether the version is set aside, be it that it may be tried again.
    pub fn is_held(&self, sha256: &str) -> bool {
        self.book.set_aside.iter().any(|held| held.sha256 == sha256)
    }

    /// Sets a version aside, again if it was before.
    pub fn hold(&mut self, plugin: &str, sha256: &str, cause: Cause, fault: &Fault) {
        let at = self.book.set_aside.iter().position(|held| held.sha256 == sha256);
        let before = at.map(|at| self.book.set_aside.remove(at));
        let held = Held::new(plugin, sha256, cause, fault, before.as_ref(), Clocks::now());
        if self.book.set_aside.len() >= MAX_HELD {
            self.book.set_aside.remove(0);
        }
        self.book.set_aside.push(held);
        self.write();
    }

    /// The version was loaded after all.
    pub fn forget(&mut self, sha256: &str) {
        self.forget_if(|held| held.sha256 == sha256);
    }

    /// Nothing of that plugin is set aside any more.
    pub fn forget_plugin(&mut self, plugin: &str) {
        self.forget_if(|held| held.plugin == plugin);
    }

    fn forget_if(&mut self, is_meant: impl Fn(&Held) -> bool) {
        let before = self.book.set_aside.len();
        self.book.set_aside.retain(|held| !is_meant(held));
        if self.book.set_aside.len() != before {
            self.write();
        }
    }

    /// When the first version may be tried again.
    pub fn next_try(&self) -> Option<Instant> {
        self.book.set_aside.iter().filter_map(Held::next_try).min()
    }

    /// The versions that may be tried again by now.
    pub fn due(&self, now: Instant) -> Vec<String> {
        let due = |held: &&Held| held.next_try().is_some_and(|at| at <= now);
        self.book.set_aside.iter().filter(due).map(|held| held.sha256.clone()).collect()
    }

    /// Whether the operator has switched the plugin off.
    pub fn is_disabled(&self, plugin: &str) -> bool {
        self.book.disabled.contains(plugin)
    }

    /// Remembers whether the operator has switched the plugin off.
    pub fn set_disabled(&mut self, plugin: &str, is_disabled: bool) {
        let has_changed = match is_disabled {
            true => self.book.disabled.insert(plugin.to_owned()),
            false => self.book.disabled.remove(plugin),
        };
        if has_changed {
            self.write();
        }
    }

    /// Replaced as a whole, and on the disk before it has its name.
    fn write(&self) {
        if !self.is_written {
            return;
        }
        let fresh = self.file.with_extension("json.part");
        let written =
            serde_json::to_vec_pretty(&self.book).map_err(io::Error::other).and_then(|text| {
                replace(&self.file, &fresh, |file| {
                    io::Write::write_all(file, &text)?;
                    file.sync_all()
                })
            });
        if let Err(error) = written {
            log::warn!("{} cannot be written: {error}", self.file.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::plugins::Defect;

    fn crashed() -> Fault {
        Defect::ProbeCrashed.because("its trial ended by signal 11 (SIGSEGV): create ran")
    }

    #[test]
    fn what_is_set_aside_is_so_in_the_next_run_until_it_is_forgotten() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut record = Record::open(folder.path());
        let set_aside = Defect::SetAside.because("the operator rolled version 2 back");
        record.hold("echo", "aa", Cause::Operator, &set_aside);
        record.hold("tally", "bb", Cause::Trial, &crashed());
        record.set_disabled("delay", true);
        let mut next = Record::open(folder.path());
        let now = Instant::now();
        assert_eq!(next.verdict("aa", now), Some(set_aside));
        assert_eq!(next.verdict("bb", now), Some(crashed()));
        assert_eq!(next.verdict("cc", now), None);
        let recalled = Recollection::of(folder.path(), "echo", "aa");
        let held = recalled.set_aside.clone().unwrap();
        assert_eq!((held.cause, held.count, held.until), (Cause::Operator, 1, None));
        assert_eq!(recalled.refusal("echo", SystemTime::now()), Some(held.fault));
        assert!(recalled.is_there && !recalled.is_disabled);
        let other = Recollection::of(folder.path(), "delay", "cc");
        let refusal = other.refusal("delay", SystemTime::now());
        assert_eq!(refusal.map(|it| it.defect), Some(Defect::Disabled));
        assert!(next.is_disabled("delay") && !next.is_disabled("echo"));
        next.forget_plugin("echo");
        next.forget("bb");
        next.set_disabled("delay", false);
        let mut reader = Record::open(folder.path()).only_read();
        reader.hold("kv", "dd", Cause::Trial, &crashed());
        let last = Record::open(folder.path());
        assert!(reader.is_held("dd") && !last.is_held("dd"), "who only reads writes nothing");
        assert!(!last.is_held("aa") && !last.is_held("bb") && !last.is_disabled("delay"));
    }

    #[test]
    fn a_failed_trial_is_made_again_and_each_time_later() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut record = Record::open(folder.path());
        let pauses = (0..12).map(|count| (10 << count).min(3600)).map(Duration::from_secs);
        for pause in pauses {
            let before = Instant::now();
            record.hold("echo", "aa", Cause::Trial, &crashed());
            let at = record.next_try().unwrap();
            assert!(at >= before + pause, "{at:?} {before:?} {pause:?}");
            assert!(at <= Instant::now() + pause, "{at:?} {pause:?}");
            assert!(record.due(before).is_empty() && record.verdict("aa", before).is_some());
            assert_eq!(record.verdict("aa", at), None, "it may be tried");
            assert_eq!(record.due(at + Duration::from_secs(1)), ["aa"]);
        }
    }

    #[test]
    fn a_clock_that_is_set_holds_back_no_trial() {
        let (now, hour) = (Clocks::now(), Duration::from_secs(3600));
        let ahead = Clocks { wall: now.wall + hour, ..now };
        let mut held = Held::new("echo", "aa", Cause::Trial, &crashed(), None, ahead);
        let at = now.steady + Duration::from_secs(10);
        assert_eq!(held.next_try(), Some(at), "the clock was set back behind it");
        held.resume(now);
        assert_eq!(held.next_try(), Some(at), "and the server began again");
        held.resume(Clocks { wall: ahead.wall + hour, ..now });
        assert_eq!(held.verdict(now.steady), None, "the pause is over");
    }

    #[test]
    fn what_has_harmed_the_server_is_not_tried_again_by_itself() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut record = Record::open(folder.path());
        record.hold("echo", "aa", Cause::Crash, &Defect::SetAside.because("signal 11"));
        assert_eq!(record.next_try(), None);
        let later = Instant::now() + Duration::from_secs(1_000_000);
        assert!(record.verdict("aa", later).is_some());
    }

    #[test]
    fn a_record_that_is_none_is_passed_over_and_the_oldest_is_forgotten() {
        let folder = tempfile::TempDir::new().unwrap();
        for text in ["", "[]", "{\"set_aside\": 7}", "\u{0}"] {
            fs::write(folder.path().join("plugins.json"), text).unwrap();
            assert!(!Record::open(folder.path()).is_held("aa"), "{text:?}");
        }
        let mut record = Record::open(folder.path());
        for number in 0..=MAX_HELD {
            record.hold("echo", &number.to_string(), Cause::Trial, &crashed());
        }
        assert!(!record.is_held("0") && record.is_held("1"));
    }
}
