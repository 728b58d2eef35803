//! The store: the open database, and what is asked of it.

use std::time::Duration;

use hotframe_plugin_api::Error;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::config::{Config, Sync};
use crate::retention::Retention;
use crate::schema;
use crate::turn::{Held, Turn};
use crate::wire::{Ask, MOST, NO_READING, Reading, STORE_FAILED, Series, Span};

/// Bytes of the log of changes that stay on the disk.
const LOG_LIMIT: u32 = 4 << 20;

/// The open database.
#[derive(Debug)]
pub struct Store {
    /// Closed before the next generation's turn comes.
    connection: Connection,
    retention: Retention,
    _held: Held,
}

impl Store {
    /// Opens the database when it is this generation's turn.
    ///
    /// # Errors
    /// Why not.
    pub fn open(config: &Config, turn: Turn) -> Result<Self, String> {
        let held = turn.wait()?;
        let (connection, retention) = connect(config)
            .map_err(|error| format!("cannot open {}: {error}", config.path.display()))?;
        Ok(Self { connection, retention, _held: held })
    }

    /// Does all that is asked for in one transaction. What is answered with a count is on the disk.
    ///
    /// # Errors
    /// Nothing of it was done.
    pub fn perform(
        &mut self,
        asks: &[&Ask],
        now: u64,
    ) -> rusqlite::Result<Vec<Result<Vec<u8>, Error>>> {
        let transaction = self.connection.transaction()?;
        let mut answers = Vec::with_capacity(asks.len());
        let mut added = 0;
        for ask in asks {
            let oldest = self.retention.oldest(now);
            let answered = match ask {
                Ask::Report { device, readings, at } => {
                    added += insert(&transaction, *device, readings)?;
                    let count = u8::try_from(readings.len()).unwrap_or(u8::MAX);
                    Ok([&[count][..], &at.to_be_bytes()].concat())
                }
                Ask::Latest(series) => latest(&transaction, *series, oldest),
                Ask::Range { series, span, after } => {
                    range(&transaction, *series, since(*span, oldest), *after)
                }
                Ask::Statistics(series, span) => {
                    statistics(&transaction, *series, since(*span, oldest))
                }
                Ask::Usage => self.retention.usage(&transaction, added).map_err(failed),
                Ask::Tidy => Ok(Vec::new()),
            };
            answers.push(answered);
        }
        let removed = self.retention.tidy(&transaction, added, now)?;
        transaction.commit()?;
        self.retention.note(added, removed);
        Ok(answers)
    }
}

fn connect(config: &Config) -> rusqlite::Result<(Connection, Retention)> {
    let mut connection = Connection::open(&config.path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // Nobody else has the file: the index of the log need not be shared, and closing is short,
    // because it happens on the loop.
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "journal_size_limit", LOG_LIMIT)?;
    let sync = match config.sync {
        Sync::Full => "full",
        Sync::Normal => "normal",
    };
    connection.pragma_update(None, "synchronous", sync)?;
    schema::migrate(&mut connection)?;
    let retention = Retention::new(config, &connection)?;
    Ok((connection, retention))
}

fn insert(to: &Transaction<'_>, device: u32, readings: &[Reading]) -> rusqlite::Result<u64> {
    let sql = "INSERT INTO reading (device, metric, time, value) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = to.prepare_cached(sql)?;
    for Reading { metric, time, value } in readings {
        insert.execute(params![device, metric, stored(*time), value])?;
    }
    Ok(u64::try_from(readings.len()).unwrap_or(u64::MAX))
}

fn latest(from: &Transaction<'_>, series: Series, oldest: u64) -> Result<Vec<u8>, Error> {
    let sql = "SELECT time, value FROM reading \
               WHERE device = ?1 AND metric = ?2 AND time >= ?3 \
               ORDER BY time DESC, id DESC LIMIT 1";
    let found = from.prepare_cached(sql).and_then(|mut query| {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        query.query_row(params![series.device, series.metric, stored(oldest)], read).optional()
    });
    let (time, value): (i64, f64) = found.map_err(failed)?.ok_or_else(no_reading)?;
    Ok([time.to_be_bytes(), value.to_be_bytes()].concat())
}

fn range(from: &Transaction<'_>, series: Series, span: Span, after: u64) -> Result<Vec<u8>, Error> {
    let sql = "SELECT id, time, value FROM reading \
               WHERE device = ?1 AND metric = ?2 AND time >= ?3 AND time < ?4 \
                 AND (time > ?3 OR id > ?5) \
               ORDER BY time, id LIMIT ?6";
    // One more than fits says whether there is more.
    let limit = stored(MOST as u64 + 1);
    let (begin, end) = (stored(span.from), stored(span.to));
    let found = from.prepare_cached(sql).and_then(|mut query| {
        let values = params![series.device, series.metric, begin, end, stored(after), limit];
        let rows = query.query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<Vec<(i64, i64, f64)>>>()
    });
    let mut found = found.map_err(failed)?;
    let has_more = found.len() > MOST;
    found.truncate(MOST);
    let next = found.last().filter(|_| has_more).map_or(0, |(id, ..)| *id);
    let mut reply = next.to_be_bytes().to_vec();
    for (_, time, value) in found {
        reply.extend(time.to_be_bytes());
        reply.extend(value.to_be_bytes());
    }
    Ok(reply)
}

fn statistics(from: &Transaction<'_>, series: Series, span: Span) -> Result<Vec<u8>, Error> {
    let sql = "SELECT count(*), min(value), max(value), avg(value), min(time), max(time) \
               FROM reading WHERE device = ?1 AND metric = ?2 AND time >= ?3 AND time < ?4";
    let found = from.prepare_cached(sql).and_then(|mut query| {
        let values = params![series.device, series.metric, stored(span.from), stored(span.to)];
        query.query_row(values, |row| {
            let count: i64 = row.get(0)?;
            let Some(least) = row.get::<_, Option<f64>>(1)? else {
                return Ok(None);
            };
            let (most, mean): (f64, f64) = (row.get(2)?, row.get(3)?);
            let (first, last): (i64, i64) = (row.get(4)?, row.get(5)?);
            let numbers = [count.to_be_bytes(), least.to_be_bytes(), most.to_be_bytes()];
            let rest = [mean.to_be_bytes(), first.to_be_bytes(), last.to_be_bytes()];
            Ok(Some([numbers, rest].concat().concat()))
        })
    });
    found.map_err(failed)?.ok_or_else(no_reading)
}

/// The part of a span that is kept.
fn since(span: Span, oldest: u64) -> Span {
    Span { from: span.from.max(oldest), ..span }
}

/// A number as SQLite has it; larger ones than it has are as good as the largest.
pub fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn no_reading() -> Error {
    Error::coded(NO_READING, "there is no such reading")
}

fn failed(error: rusqlite::Error) -> Error {
    Error::coded(STORE_FAILED, error)
}
