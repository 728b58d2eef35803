//! The telemetry plugin: devices report readings, which are kept in an SQLite database.
//!
//! | handler | suggested command | data | reply |
//! | --- | --- | --- | --- |
//! | `telemetry.report` | `0x0150` | device u32, then 1 to 17 readings | count u8, time u64 |
//! | `telemetry.latest` | `0x0151` | series | time u64, value f64 |
//! | `telemetry.range` | `0x0152` | series, span, after u64 | next u64, then up to 15 values |
//! | `telemetry.statistics` | `0x0153` | series, span | numbers |
//! | `telemetry.usage` | `0x0154` | nothing | readings u64, bytes u64, oldest u64, removed u64 |
//!
//! A reading is metric u16, age u32, value f64; a series is device u32, metric u16; a span is from
//! u64, to u64; a value is time u64, value f64; the numbers of a span are count u64, least f64,
//! most f64, mean f64, first u64, last u64.
//!
//! Numbers are big-endian. Times are milliseconds since 1970, a span is `from` up to but not
//! including `to`, an age is how many milliseconds ago a reading was taken. A range that holds more
//! than fits says so by `next`: ask again from the time of the last reading with `after = next`; 0
//! means that this was all. `removed` counts since the database was made.
//!
//! A report is answered when its readings are on the disk, so an answer is a promise. Reports that
//! come while the disk is busy are written together. A report may be an event: it is stored, and
//! not answered.
//!
//! | error | meaning |
//! | --- | --- |
//! | 1001 | the data has the wrong length, or no reading |
//! | 1101 | there is no such reading |
//! | 1102 | a value is not a number, or infinite |
//! | 1103 | a reading is older than readings are kept |
//! | 2003 | too many requests wait for the disk |
//! | 2100 | the database failed, or another server uses it |
//!
//! `[plugins.config.telemetry]`, all of it optional: `path = "run/telemetry.db"`, `max_rows`,
//! `max_age_s`, `max_bytes` bound what is kept, the oldest readings go first; `sync = "full"` waits
//! for the disk itself, `"normal"` leaves the last moments to the operating system. Nothing is
//! opened before the first request.

mod config;
mod desk;
mod retention;
mod schema;
mod store;
mod turn;
mod wire;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hotframe_plugin_api::prelude::*;

use crate::config::Config;
use crate::desk::{Desk, Item};
use crate::wire::Ask;

/// How often what is too old is looked for, where nothing is written.
const TIDY: Duration = Duration::from_secs(60);

/// The plugin.
#[derive(Debug)]
struct Telemetry {
    host: Host,
    desk: Arc<Desk>,
}

impl Plugin for Telemetry {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        let config = Config::parse(create.config())?;
        schema::check_file(&config.path)?;
        let host = create.host().clone();
        host.start_beat(TIDY, 0)?;
        Ok(Self { host, desk: Arc::new(Desk::new(config, create.generation())) })
    }

    fn on_timer(&mut self, _: TimerId, _: u64) {
        if self.desk.was_opened() {
            // Too much waits for the disk: then it is tidied along with that.
            let _busy = self.put(Ask::Tidy, None);
        }
    }
}

impl Lifecycle for Telemetry {
    fn validate_config(config: &str, findings: &mut Findings<'_>) {
        if let Err(error) = Config::parse(config) {
            findings.wrong(config::key_of(error.text()), error.text());
        }
    }

    fn start(&mut self) -> Result<(), Error> {
        self.desk.set_leaving(false);
        Ok(())
    }

    fn quiesce(&mut self) {
        self.desk.set_leaving(true);
    }
}

impl Telemetry {
    fn report(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let ask = wire::report(request.data(), now_ms())?;
        if let Ask::Report { readings, .. } = &ask {
            self.desk.check_age(readings, now_ms())?;
        }
        self.begin(request, ask)
    }

    fn latest(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.begin(request, wire::latest(request.data())?)
    }

    fn range(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.begin(request, wire::range(request.data())?)
    }

    fn statistics(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.begin(request, wire::statistics(request.data())?)
    }

    fn usage(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.begin(request, Ask::Usage)
    }

    /// Puts the request off until the disk has it.
    fn begin(&mut self, request: &Request<'_>, ask: Ask) -> Result<Outcome, Error> {
        if request.is_event() {
            self.put(ask, None)?;
            return Ok(Outcome::NoReply);
        }
        let token = request.defer(Duration::ZERO)?;
        self.put(ask, Some(token))?;
        Ok(Outcome::Deferred)
    }

    fn put(&self, ask: Ask, token: Option<Token>) -> Result<(), Error> {
        if self.desk.put(Item { ask, token })? {
            let desk = Arc::clone(&self.desk);
            let started = self.host.run_blocking(move || desk.work_off());
            return started.inspect_err(|_| self.desk.give_up());
        }
        Ok(())
    }
}

/// The time on the wall, in milliseconds since 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

hotframe_plugin_api::plugin! {
    Telemetry,
    name: "telemetry",
    extensions: [lifecycle],
    handlers: {
        "report" => Telemetry::report { default_command: 0x0150, len: 18..=242 },
        "latest" => Telemetry::latest { default_command: 0x0151, len: 6..=6 },
        "range" => Telemetry::range { default_command: 0x0152, len: 30..=30 },
        "statistics" => Telemetry::statistics { default_command: 0x0153, len: 22..=22 },
        "usage" => Telemetry::usage { default_command: 0x0154, len: 0..=0 },
    }
}

#[cfg(test)]
mod tests;
