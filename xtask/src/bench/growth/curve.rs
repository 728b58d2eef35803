//! The curves: owns what is varied, and what stays the same meanwhile.

use crate::bench::contestant::Setting;

/// What is varied, from little to much.
#[derive(Debug)]
pub struct Curve {
    /// How its files are called.
    pub name: &'static str,
    /// What stands above it.
    pub title: &'static str,
    /// What is varied.
    pub axis: &'static str,
    /// Ascending.
    pub points: Vec<Point>,
}

/// One measurement of a curve.
#[derive(Debug)]
pub struct Point {
    /// Where it stands on the axis.
    pub x: u32,
    /// Connections that do nothing.
    pub idle: u32,
    /// Connections that ask.
    pub connections: u32,
    /// Requests that each of them has in flight.
    pub pipeline: u32,
    /// Bytes of data.
    pub size: u8,
    /// What the server is told.
    pub setting: Setting,
    /// Processor time a frame, by round.
    pub nanos: Vec<f64>,
}

/// The connections that ask while others do nothing.
const ACTIVE: u32 = 10;

impl Point {
    /// 50 connections, 64 requests with 16 bytes in flight on each.
    pub const fn usual(setting: Setting) -> Self {
        let (connections, pipeline, size) = (50, 64, 16);
        Self { x: 0, idle: 0, connections, pipeline, size, setting, nanos: Vec::new() }
    }
}

/// Every curve.
pub fn all() -> Vec<Curve> {
    let usual = |x| Point { x, ..Point::usual(Setting::default()) };
    let with = |setting, x: u16| Point { x: x.into(), ..Point::usual(setting) };
    let curve = |name, title, axis, points| Curve { name, title, axis, points };
    vec![
        curve(
            "connections",
            "10 connections ask, 64 in flight each, the others do nothing",
            "connections",
            [10, 100, 1_000, 5_000, 10_000, 19_000]
                .map(|x| Point { idle: x - ACTIVE, connections: ACTIVE, ..usual(x) })
                .into(),
        ),
        curve(
            "active",
            "all connections ask, 4 in flight each",
            "connections",
            [1, 10, 100, 1_000, 5_000, 10_000]
                .map(|x| Point { connections: x, pipeline: 4, ..usual(x) })
                .into(),
        ),
        curve(
            "size",
            "50 connections, 64 in flight each",
            "bytes of data",
            [0, 16, 64, 128, 192, 255].map(|size| Point { size, ..usual(size.into()) }).into(),
        ),
        curve(
            "pipeline",
            "50 connections",
            "in flight on each",
            [1, 2, 4, 16, 64, 256].map(|x| Point { pipeline: x, ..usual(x) }).into(),
        ),
        curve(
            "routes",
            "50 connections, 64 in flight each",
            "routes",
            [1, 10, 100, 1_000, 16_000]
                .map(|routes| with(Setting { routes, ..Setting::default() }, routes))
                .into(),
        ),
        curve(
            "plugins",
            "50 connections, 64 in flight each, one plugin asked",
            "plugins beside it",
            [0, 1, 4, 16, 64]
                .map(|plugins| with(Setting { plugins, ..Setting::default() }, plugins))
                .into(),
        ),
    ]
}
