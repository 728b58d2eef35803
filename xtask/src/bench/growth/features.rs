//! The features: what each costs a frame, on against off, as it comes and with more of it.

use super::curve::Point;
use crate::bench::contestant::Setting;
use crate::bench::figures::median;
use crate::bench::table;

/// One feature, switched one way.
#[derive(Debug)]
pub struct Feature {
    /// What is other than it comes.
    pub name: &'static str,
    /// How it is measured.
    pub point: Point,
}

/// Every feature; the first is the server as it comes.
pub fn all() -> Vec<Feature> {
    let usual = Setting::default();
    let route = |conditions| Setting { conditions, ..usual };
    let with = |settings| Setting { settings, ..usual };
    [
        ("as it comes", usual),
        ("a timeout on the route", route("timeout = \"5s\"")),
        ("a rate on the route", route("rate = \"1000000000/s\"")),
        ("some addresses on the route", route("addresses = [\"0-200\"]")),
        ("a rate on the connection", with(&["limits.request_rate=\"1000000000/s\""])),
        ("shedding above a lag of 1 s", with(&["limits.overload=\"1s\""])),
        ("a bound on connections of a source", with(&["limits.max_per_source=10000"])),
        ("an access line for 1 of 1,000", with(&["log.access=0.001"])),
        ("an access line for 1 of 100", with(&["log.access=0.01"])),
        ("no metrics, no page", with(&["http.listen=\"\""])),
        ("no watchdog", with(&["server.watchdog_soft=\"0s\""])),
    ]
    .map(|(name, setting)| Feature { name, point: Point::usual(setting) })
    .into()
}

/// All features as a table.
pub fn draw(features: &[Feature]) -> String {
    let nanos = |feature: &Feature| median(feature.point.nanos.clone());
    let first = features.first().map_or(f64::NAN, nanos);
    let row = |feature: &Feature| {
        let nanos = nanos(feature);
        vec![feature.name.to_owned(), format!("{nanos:.1}"), format!("{:.2}", nanos / first)]
    };
    table::block(
        &["hotframe with", "CPU ns/frame", "of the first"],
        features.iter().map(row).collect(),
    )
}
