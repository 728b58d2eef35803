//! The plugin through its table, with a database of its own.

use hotframe_plugin_api::testing::{Answer, Incoming, Loaded, TestHost};
use tempfile::TempDir;

use super::*;

struct Bench {
    folder: TempDir,
    plugin: Option<Loaded<Telemetry>>,
    more: String,
}

impl Bench {
    fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self { folder, plugin: None, more: more.to_owned() };
        bench.load();
        bench
    }

    /// Loads the plugin anew, after the one before is gone.
    fn load(&mut self) {
        self.plugin = None;
        let path = self.folder.path().join("t.db").display().to_string();
        let json = format!(r#"{{"path": "{path}"{}}}"#, self.more);
        self.plugin = Some(TestHost::new().config(&json).load::<Telemetry>().unwrap());
    }

    fn ask(&mut self, handler: &str, data: impl Into<Incoming>) -> Answer {
        let plugin = self.plugin.as_mut().unwrap();
        match plugin.call(handler, data) {
            Answer::Deferred(token) => plugin.wait(token),
            other => other,
        }
    }

    fn report(&mut self, device: u32, readings: &[(u16, u32, f64)]) -> Answer {
        self.ask("report", report(device, readings))
    }

    fn usage(&mut self) -> [u64; 4] {
        let reply = self.ask("usage", "").reply().to_vec();
        let number = |index: usize| reply[index * 8..][..8].try_into().unwrap();
        [0, 1, 2, 3].map(|index| u64::from_be_bytes(number(index)))
    }

    /// All values of a series, page by page.
    fn values(&mut self, device: u32, metric: u16) -> Vec<f64> {
        let (mut from, mut after, mut values) = (0_u64, 0_u64, Vec::new());
        loop {
            let mut data = series(device, metric);
            for number in [from, u64::MAX, after] {
                data.extend(number.to_be_bytes());
            }
            let reply = self.ask("range", data).reply().to_vec();
            let (next, rows) = reply.split_first_chunk::<8>().unwrap();
            for row in rows.chunks(16) {
                from = u64::from_be_bytes(row[..8].try_into().unwrap());
                values.push(f64::from_be_bytes(row[8..].try_into().unwrap()));
            }
            after = u64::from_be_bytes(*next);
            if after == 0 {
                return values;
            }
        }
    }
}

fn series(device: u32, metric: u16) -> Vec<u8> {
    [&device.to_be_bytes()[..], &metric.to_be_bytes()].concat()
}

fn report(device: u32, readings: &[(u16, u32, f64)]) -> Vec<u8> {
    let mut data = device.to_be_bytes().to_vec();
    for (metric, age, value) in readings {
        data.extend(metric.to_be_bytes());
        data.extend(age.to_be_bytes());
        data.extend(value.to_be_bytes());
    }
    data
}

#[test]
fn what_is_reported_is_found_again_also_by_the_next_generation() {
    let mut bench = Bench::new("");
    let answer = bench.report(7, &[(1, 2000, 20.5), (1, 1000, 21.5), (2, 0, -3.0)]);
    assert_eq!((answer.reply().len(), answer.reply()[0]), (9, 3));
    for _ in 0..2 {
        let latest = bench.ask("latest", series(7, 1)).reply().to_vec();
        assert_eq!(f64::from_be_bytes(latest[8..].try_into().unwrap()), 21.5);
        assert_eq!(bench.values(7, 1), [20.5, 21.5]);
        let mut data = series(7, 1);
        data.extend([0_u64, u64::MAX].map(u64::to_be_bytes).concat());
        let statistics = bench.ask("statistics", data).reply().to_vec();
        let number = |at: usize| statistics[at * 8..][..8].try_into().unwrap();
        assert_eq!(u64::from_be_bytes(number(0)), 2);
        assert_eq!([1, 2, 3].map(|at| f64::from_be_bytes(number(at))), [20.5, 21.5, 21.0]);
        assert_eq!(u64::from_be_bytes(number(5)) - u64::from_be_bytes(number(4)), 1000);
        bench.load();
    }
}

#[test]
fn a_range_goes_over_many_pages_also_where_all_have_one_time() {
    let mut bench = Bench::new("");
    let time = |value: f64| (5, 0, value);
    for batch in 0..5_u8 {
        let readings: Vec<_> = (0..17).map(|at| time(f64::from(batch * 17 + at))).collect();
        assert_eq!(bench.report(1, &readings).reply()[0], 17);
    }
    let wanted: Vec<f64> = (0..85_u8).map(f64::from).collect();
    assert_eq!(bench.values(1, 5), wanted);
    assert_eq!(bench.values(1, 6), [0.0; 0]);
}

#[test]
fn what_cannot_be_stored_or_found_has_a_code_of_its_own() {
    let mut bench = Bench::new(r#", "max_age_s": 60"#);
    assert_eq!(bench.ask("latest", series(1, 1)).error().0, 1101);
    assert_eq!(bench.report(1, &[(1, 0, f64::INFINITY)]).error().0, 1102);
    assert_eq!(bench.report(1, &[(1, 0, 1.0), (1, 61_000, 1.0)]).error().0, 1103);
    assert_eq!(bench.ask("report", [0; 20]).error().0, 1001);
    assert_eq!(bench.usage()[0], 0, "of a report that is refused nothing is stored");
    let event = bench.ask("report", Incoming::new(report(1, &[(1, 0, 4.0)])).event());
    assert_eq!(event, Answer::NoReply);
    assert_eq!(bench.values(1, 1), [4.0]);
}

#[test]
fn the_oldest_go_when_there_are_too_many_or_they_are_too_old() {
    let mut bench = Bench::new(r#", "max_rows": 100"#);
    for number in 0..300_u16 {
        bench.report(1, &[(1, 0, f64::from(number))]);
    }
    let [rows, _, oldest, removed] = bench.usage();
    assert_eq!((rows, removed), (100, 200));
    assert!(oldest > 0);
    assert_eq!(bench.values(1, 1).first(), Some(&200.0));
    bench.more = r#", "max_age_s": 1"#.to_owned();
    bench.report(2, &[(1, 0, 7.0)]);
    bench.load();
    let wait = std::time::Instant::now();
    while bench.ask("latest", series(2, 1)).error_code() != Some(1101) {
        assert!(wait.elapsed() < Duration::from_secs(20), "it is still there");
    }
    assert_eq!(bench.usage()[0], 0, "they are not only hidden");
}

#[test]
fn the_file_stays_within_its_bound_however_much_is_reported() {
    let mut bench = Bench::new(r#", "max_bytes": 1048576, "sync": "normal""#);
    let readings: Vec<_> = (0..17_u16).map(|metric| (metric, 0, f64::from(metric))).collect();
    for device in 0..3000 {
        let answer = bench.report(device, &readings);
        assert_eq!(answer.reply()[0], 17, "report {device}");
    }
    let [rows, used, _, removed] = bench.usage();
    assert_eq!(rows + removed, 3000 * 17);
    assert!(used <= 1 << 20 && removed > 0, "{used} bytes, {removed} removed");
    let file = std::fs::metadata(bench.folder.path().join("t.db")).unwrap().len();
    assert!(file <= 1 << 20, "{file} bytes");
    assert_eq!(bench.values(2999, 16), [16.0]);
}

#[test]
fn a_configuration_that_cannot_be_meant_is_refused_with_the_key() {
    let refused = |json: &str| TestHost::new().config(json).load::<Telemetry>().unwrap_err().text;
    assert!(refused(r#"{"max_row": 5}"#).contains("max_row"));
    assert!(refused(r#"{"max_rows": 0}"#).contains("max_rows = 0"));
    assert!(refused(r#"{"max_bytes": 5}"#).contains("at least 1048576"));
    assert!(refused(r#"{"sync": "never"}"#).contains("never"));
    let mut plugin =
        TestHost::new().config(r#"{"path": "no/such/folder/t.db"}"#).load::<Telemetry>().unwrap();
    assert_eq!(plugin.call("usage", "").error().0, 2100);
}

/// The code of an error.
trait Judged {
    fn error_code(&self) -> Option<u16>;
}

impl Judged for Answer {
    fn error_code(&self) -> Option<u16> {
        match self {
            Self::Error { code, .. } => Some(*code),
            _ => None,
        }
    }
}
