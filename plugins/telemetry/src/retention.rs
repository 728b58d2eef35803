//! What is kept: owns the bounds of the database, and the removal of the oldest readings.

use rusqlite::{Connection, Transaction};

use crate::config::Config;
use crate::store::stored;

/// The most readings that one batch removes for their age alone.
const AT_ONCE: u64 = 2000;
/// Of a database that is full this part is removed, so that not every batch has to.
const SHARE: u64 = 20;

/// How much there is, and how much there may be.
#[derive(Debug)]
pub struct Retention {
    config: Config,
    page: u64,
    rows: u64,
    removed: u64,
}

impl Retention {
    /// That of an open database, whose size it bounds.
    pub fn new(config: &Config, connection: &Connection) -> rusqlite::Result<Self> {
        let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let page = u64::try_from(page).unwrap_or(4096).max(512);
        let most = stored((config.max_bytes / page).max(1));
        // Answered with the number that holds.
        connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?;
        let sql = "SELECT readings, removed FROM total";
        let (rows, removed) =
            connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { config: config.clone(), page, rows: count(rows), removed: count(removed) })
    }

    /// The oldest time that is kept.
    pub fn oldest(&self, now: u64) -> u64 {
        self.config.oldest(now)
    }

    /// Removes what is too old or too much, after so many were added. Returns how many were.
    pub fn tidy(&self, of: &Transaction<'_>, added: u64, now: u64) -> rusqlite::Result<u64> {
        let rows = self.rows.saturating_add(added);
        let mut excess = rows.saturating_sub(self.config.max_rows);
        let nearly_full = self.config.max_bytes / 10 * 9;
        if self.used(of)? > nearly_full {
            excess = excess.max(rows / SHARE);
        }
        let mut removed = 0;
        if excess > 0 {
            let sql = "DELETE FROM reading WHERE id IN \
                       (SELECT id FROM reading ORDER BY id LIMIT ?1)";
            removed += of.prepare_cached(sql)?.execute([stored(excess)])?;
        }
        // In the order in which they came: one that was old when it came goes a little later, and
        // until then no question finds it.
        let sql = "DELETE FROM reading WHERE time < ?1 AND id IN \
                   (SELECT id FROM reading ORDER BY id LIMIT ?2)";
        removed += of
            .prepare_cached(sql)?
            .execute([stored(self.oldest(now)), stored(AT_ONCE.max(added * 2))])?;
        let removed = u64::try_from(removed).unwrap_or(u64::MAX);
        if added != removed || removed > 0 {
            let sql = "UPDATE total SET readings = ?1, removed = ?2";
            let rows = rows.saturating_sub(removed);
            let all_removed = self.removed.saturating_add(removed);
            of.prepare_cached(sql)?.execute([stored(rows), stored(all_removed)])?;
        }
        Ok(removed)
    }

    /// What came of a batch is on the disk.
    pub fn note(&mut self, added: u64, removed: u64) {
        self.rows = self.rows.saturating_add(added).saturating_sub(removed);
        self.removed = self.removed.saturating_add(removed);
    }

    /// The reply to `usage`.
    pub fn usage(&self, of: &Transaction<'_>, added: u64) -> rusqlite::Result<Vec<u8>> {
        let sql = "SELECT time FROM reading ORDER BY id LIMIT 1";
        let oldest: i64 = match of.query_row(sql, (), |row| row.get(0)) {
            Err(rusqlite::Error::QueryReturnedNoRows) => 0,
            found => found?,
        };
        let rows = self.rows.saturating_add(added);
        let numbers = [rows, self.used(of)?, count(oldest), self.removed];
        Ok(numbers.map(u64::to_be_bytes).concat())
    }

    /// Bytes of the database that hold something.
    fn used(&self, of: &Transaction<'_>) -> rusqlite::Result<u64> {
        let pages: i64 = of.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let free: i64 = of.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
        Ok(count(pages.saturating_sub(free)).saturating_mul(self.page))
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
