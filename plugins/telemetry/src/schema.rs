//! The tables, and how those of an earlier version become today's.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hotframe_plugin_api::Error;
use rusqlite::{Connection, Transaction};

/// Each step makes of the version before it the next; the first makes the tables. A step that was
/// released is never changed.
const STEPS: [&str; 3] = [
    "CREATE TABLE reading (
         id INTEGER PRIMARY KEY,
         device INTEGER NOT NULL,
         metric INTEGER NOT NULL,
         time INTEGER NOT NULL,
         value REAL NOT NULL
     ) STRICT;",
    // Version 2: questions are answered by the index alone.
    "CREATE INDEX series ON reading (device, metric, time, id, value);",
    // Version 3: opening the database counts nothing.
    "CREATE TABLE total (readings INTEGER NOT NULL, removed INTEGER NOT NULL) STRICT;
     INSERT INTO total SELECT count(*), 0 FROM reading;",
];

/// Where the version lies in the file, big-endian.
const VERSION_AT: usize = 60;
/// The file's head.
const HEAD: usize = 100;

/// The version of the tables.
pub const VERSION: u32 = 3;
const _: () = assert!(STEPS.len() == 3, "each version has its step");

/// Brings the tables to today's version, each step whole or not at all.
pub fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let steps = STEPS.iter().zip(1_u32..).filter(|(_, version)| *version > found);
    for (step, version) in steps {
        let transaction = connection.transaction()?;
        run(&transaction, step, version)?;
        transaction.commit()?;
    }
    if found < VERSION {
        // The head of the file is what `check_file` reads.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
    }
    Ok(())
}

fn run(transaction: &Transaction<'_>, step: &str, version: u32) -> rusqlite::Result<()> {
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "user_version", version)
}

/// Refuses a database that a later version of the plugin has made, without opening it: another
/// generation may have it open, and this may be a trial.
///
/// # Errors
/// It is one, or is no database.
pub fn check_file(path: &Path) -> Result<(), Error> {
    let mut head = [0; HEAD];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    if read.is_err() {
        // It is not there yet, or empty.
        return Ok(());
    }
    let shown = path.display();
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(Error::config(format!("{shown} is no database of readings")));
    }
    let version = head.get(VERSION_AT..).and_then(|rest| rest.first_chunk());
    let version = version.map_or(0, |bytes| u32::from_be_bytes(*bytes));
    match version {
        0..=VERSION => Ok(()),
        _ => Err(Error::config(format!(
            "{shown} was made by a later version of this plugin: its tables are version \
             {version}, and {VERSION} is the last that is known here"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_every_earlier_version_become_todays_with_all_they_hold() {
        for version in 0..=VERSION {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t.db");
            let mut connection = Connection::open(&path).unwrap();
            for (step, number) in STEPS.iter().zip(1_u32..=version) {
                let transaction = connection.transaction().unwrap();
                run(&transaction, step, number).unwrap();
                transaction.commit().unwrap();
            }
            if version > 0 {
                let insert = "INSERT INTO reading VALUES (1, 2, 3, 4, 5.5)";
                connection.execute(insert, ()).unwrap();
            }
            migrate(&mut connection).unwrap();
            migrate(&mut connection).unwrap();
            let count = "SELECT count(*) FROM reading INDEXED BY series WHERE device = 2";
            let rows: u32 = connection.query_row(count, (), |row| row.get(0)).unwrap();
            assert_eq!(rows, u32::from(version > 0), "from version {version}");
            let total = "SELECT readings FROM total";
            let total: u32 = connection.query_row(total, (), |row| row.get(0)).unwrap();
            assert!(version == VERSION || total == rows, "from version {version}");
            assert!(check_file(&path).is_ok());
        }
    }

    #[test]
    fn a_database_of_tomorrow_and_other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(check_file(&path).unwrap_err().text().contains("later version"));
        std::fs::write(&path, [b'x'; 200]).unwrap();
        assert!(check_file(&path).unwrap_err().text().contains("no database"));
    }
}
