//! Turns: one generation of the plugin after the other has the database.
//!
//! Every generation brings an SQLite of its own, and two of them in one process do not see each
//! other's locks: POSIX gives them to the process. So the database is opened by one at a time, and
//! the next waits until that has closed it. The order is that of the generations, so that of
//! several that follow each other quickly none is passed over. The locks are `flock`s, which belong
//! to an open file: they hold between generations, and end with whoever held them.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long the one before may take to close the database.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(2);

/// The place of a generation in the row. Its file is locked while it stands there.
#[derive(Debug)]
pub struct Turn {
    database: PathBuf,
    generation: u64,
    /// Held: who comes later looks at it.
    _file: File,
}

/// The database is this generation's alone.
#[derive(Debug)]
pub struct Held {
    _lock: File,
    _turn: Turn,
}

impl Turn {
    /// Stands in the row.
    ///
    /// # Errors
    /// The folder of the database cannot be written to.
    pub fn take(database: &Path, generation: u64) -> Result<Self, String> {
        let path = place(database, generation);
        let unusable = |error: std::io::Error| format!("cannot use {}: {error}", path.display());
        let file = open(&path).map_err(unusable)?;
        // Another server's generation may have the same number; then `wait` decides.
        let _other = file.try_lock();
        Ok(Self { database: database.to_owned(), generation, _file: file })
    }

    /// Waits until it is this generation's turn.
    ///
    /// # Errors
    /// Somebody else has the database, and does not give it up.
    pub fn wait(self) -> Result<Held, String> {
        let end = Instant::now() + PATIENCE;
        for path in self.earlier() {
            if let Ok(file) = File::open(&path) {
                if !acquire(|| file.try_lock_shared(), end) {
                    return Err(self.in_use());
                }
                // Nobody stands there any more.
                let _gone = fs::remove_file(&path);
            }
        }
        let path = named(&self.database, "lock");
        match open(&path) {
            Ok(lock) if acquire(|| lock.try_lock(), end) => Ok(Held { _lock: lock, _turn: self }),
            Ok(_) => Err(self.in_use()),
            Err(error) => Err(format!("cannot use {}: {error}", path.display())),
        }
    }

    fn in_use(&self) -> String {
        format!("{} is in use by another server", self.database.display())
    }

    /// The places of earlier generations, first to last.
    fn earlier(&self) -> Vec<PathBuf> {
        let folder = self.database.parent().filter(|folder| !folder.as_os_str().is_empty());
        let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten();
        let own = place(&self.database, self.generation);
        let start = named(&self.database, "turn-");
        let stands = |path: &PathBuf| {
            let name =
                |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
            let (Some(name), Some(own), Some(start)) = (name(path), name(&own), name(&start))
            else {
                return false;
            };
            name.starts_with(&start) && name < own
        };
        let mut places: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(stands).collect();
        places.sort();
        places
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Who waits for it removes it, too.
        let _gone = fs::remove_file(place(&self.database, self.generation));
    }
}

/// Where a generation stands; names are in the order of the numbers.
fn place(database: &Path, generation: u64) -> PathBuf {
    named(database, &format!("turn-{generation:020}"))
}

fn named(database: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = database.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    name.into()
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
}

fn acquire(mut lock: impl FnMut() -> Result<(), TryLockError>, end: Instant) -> bool {
    loop {
        match lock() {
            Ok(()) => return true,
            Err(_) if Instant::now() >= end => return false,
            Err(_) => thread::sleep(LOOK),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn generations_come_in_their_order_however_they_wait() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.db");
        let first = Turn::take(&database, 1).unwrap().wait().unwrap();
        let (third, second) =
            (Turn::take(&database, 3).unwrap(), Turn::take(&database, 2).unwrap());
        let (come, order) = mpsc::channel();
        let wait = |turn: Turn, name: &'static str| {
            let come = come.clone();
            thread::spawn(move || {
                let held = turn.wait().unwrap();
                come.send(name).unwrap();
                drop(held);
            })
        };
        let last = wait(third, "third");
        drop(first);
        let middle = wait(second, "second");
        assert_eq!([order.recv().unwrap(), order.recv().unwrap()], ["second", "third"]);
        last.join().unwrap();
        middle.join().unwrap();
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(names.len(), 1, "only the lock stays: {names:?}");
    }

    #[test]
    fn what_a_dead_process_left_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.db");
        fs::write(place(&database, 7), "").unwrap();
        assert!(Turn::take(&database, 9).unwrap().wait().is_ok());
        assert!(!place(&database, 7).exists());
        let nowhere = Turn::take(&folder.path().join("no/t.db"), 1).unwrap_err();
        assert!(nowhere.starts_with("cannot use "), "{nowhere}");
    }
}
