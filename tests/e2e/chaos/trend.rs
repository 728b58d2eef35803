//! How the server's memory and descriptors move over time.

use std::time::{Duration, Instant};

use hotframe_tests::{Server, descriptors, resident};

/// The first looks are at a process that still grows into its work.
const WARM_UP: usize = 2;
/// Fewer seconds say nothing about a slope.
const ENOUGH: f64 = 300.0;

/// Looks at a server, each when nobody was connected.
#[derive(Debug, Default)]
pub struct Trend {
    began: Option<Instant>,
    looks: Vec<(f64, f64, f64)>,
    /// The first process, and how often it was looked at; later ones are not old enough.
    first: Option<(u32, usize)>,
}

impl Trend {
    /// Looks.
    pub fn look(&mut self, server: &Server) {
        let first = self.first.get_or_insert((server.id(), 0));
        first.1 += 1;
        if first.0 == server.id() && first.1 >= WARM_UP {
            let at = self.began.get_or_insert_with(Instant::now).elapsed();
            let kib = u32::try_from(resident(server.id()) / 1024).map_or(f64::MAX, f64::from);
            let open = u32::try_from(descriptors(server.id())).map_or(f64::MAX, f64::from);
            self.looks.push((seconds(at), kib, open));
        }
    }

    /// Tells the slopes of the last two thirds, and holds them where the run was long enough for
    /// that: the allocator takes what it takes in the first minutes.
    pub fn tell_and_hold(&self) {
        let settled = self.looks.last().map_or(0.0, |last| last.0 / 3.0);
        let line = |value: fn(&(f64, f64, f64)) -> f64| {
            let looks = self.looks.iter().filter(|look| look.0 >= settled);
            let points: Vec<_> = looks.map(|look| (look.0, value(look))).collect();
            slope(&points)
        };
        let (memory, open) = (line(|look| look.1) * 3600.0, line(|look| look.2) * 3600.0);
        let (Some(first), Some(last)) = (self.looks.first(), self.looks.last()) else { return };
        println!(
            "memory {:.0} to {:.0} KiB, slope of the last two thirds {memory:.0} KiB an hour; \
             descriptors {:.0} to {:.0}, slope {open:.1} an hour; {} looks in {:.0} s",
            first.1,
            last.1,
            first.2,
            last.2,
            self.looks.len(),
            last.0
        );
        if last.0 > ENOUGH {
            let time = last.0 - settled;
            assert!(memory * time / 3600.0 < 4096.0, "memory grows: {:?}", self.looks);
            assert!(open * time / 3600.0 < 4.0, "descriptors are left: {:?}", self.looks);
        }
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// The slope of the line of least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.iter().map(|_| 1.0).sum::<f64>();
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let own: f64 = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum();
    if own > 0.0 { both / own } else { 0.0 }
}

#[test]
fn a_line_has_its_slope() {
    let points: Vec<_> = (0..10).map(|x| (f64::from(x), f64::from(x) * 3.0 - 7.0)).collect();
    assert!((slope(&points) - 3.0).abs() < 1e-9);
    assert!(slope(&points[..1]).abs() < 1e-9);
}
