//! How the server's memory and descriptors move over time.

use std::fmt;
use std::time::Instant;

use hotframe_tests::{Server, anonymous, descriptors, resident};

/// The first looks are at a process that still grows into its work.
const WARM_UP: usize = 2;
/// Fewer seconds say nothing about a slope.
const ENOUGH: f64 = 300.0;

/// What was seen at one moment, when nobody was connected.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Seconds since the first look.
    at: f64,
    /// KiB that the process has in memory.
    resident: f64,
    /// KiB of that which are its own: heap, stacks, written data.
    own: f64,
    descriptors: f64,
}

/// Looks at a server, each when nobody was connected.
#[derive(Debug, Default)]
pub struct Trend {
    began: Option<Instant>,
    looks: Vec<Look>,
    /// The first process, and how often it was looked at; later ones are not old enough.
    first: Option<(u32, usize)>,
}

impl Trend {
    /// Looks.
    pub fn look(&mut self, server: &Server) {
        let first = self.first.get_or_insert((server.id(), 0));
        first.1 += 1;
        if first.0 == server.id() && first.1 >= WARM_UP {
            let at = self.began.get_or_insert_with(Instant::now).elapsed().as_secs_f64();
            let [resident, own] = [resident, anonymous].map(|of| number(of(server.id()) / 1024));
            let descriptors = number(descriptors(server.id()) as u64);
            self.looks.push(Look { at, resident, own, descriptors });
        }
    }

    /// Tells the slopes of the last two thirds, and holds them where the run was long enough for
    /// that: the allocator takes what it takes in the first minutes.
    pub fn tell_and_hold(&self) {
        let (Some(first), Some(last)) = (self.looks.first(), self.looks.last()) else { return };
        let settled = last.at / 3.0;
        let line = |value: fn(&Look) -> f64| {
            let looks = self.looks.iter().filter(|look| look.at >= settled);
            let points: Vec<_> = looks.map(|look| (look.at / 3600.0, value(look))).collect();
            Line::through(&points)
        };
        let (memory, own) = (line(|look| look.resident), line(|look| look.own));
        let open = line(|look| look.descriptors);
        println!(
            "{} looks at one process in {:.0} s; slopes of the last two thirds:",
            self.looks.len(),
            last.at
        );
        println!("memory {:.0} to {:.0} KiB, {memory} KiB an hour", first.resident, last.resident);
        println!("its own {:.0} to {:.0} KiB, {own} KiB an hour", first.own, last.own);
        println!("descriptors {:.0} to {:.0}, {open} an hour", first.descriptors, last.descriptors);
        if last.at > ENOUGH {
            let hours = (last.at - settled) / 3600.0;
            assert!(memory.slope * hours < 4096.0, "memory grows: {:?}", self.looks);
            assert!(open.slope * hours < 4.0, "descriptors are left: {:?}", self.looks);
        }
    }
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// The line of least squares through points.
#[derive(Clone, Copy, Debug)]
struct Line {
    slope: f64,
    /// The standard error of the slope.
    error: f64,
}

impl Line {
    fn through(points: &[(f64, f64)]) -> Self {
        let count = points.iter().map(|_| 1.0).sum::<f64>();
        let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        let own: f64 = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum();
        if own <= 0.0 || count < 3.0 {
            return Self { slope: 0.0, error: 0.0 };
        }
        let slope = both / own;
        let off = |point: &(f64, f64)| point.1 - y - slope * (point.0 - x);
        let rest: f64 = points.iter().map(|point| off(point) * off(point)).sum();
        Self { slope, error: (rest / (count - 2.0) / own).sqrt() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slope {:.1} ± {:.1}", self.slope, self.error)
    }
}

#[test]
fn a_line_has_its_slope_and_how_sure_that_is() {
    let points: Vec<_> = (0..10).map(|x| (f64::from(x), f64::from(x) * 3.0 - 7.0)).collect();
    let line = Line::through(&points);
    assert!((line.slope - 3.0).abs() < 1e-9 && line.error < 1e-9, "{line}");
    // One up, one down: a slope of nothing, and not sure.
    let points: Vec<_> = (0..4).map(|x| (f64::from(x), f64::from(x % 2))).collect();
    let line = Line::through(&points);
    assert!((line.slope - 0.2).abs() < 1e-9, "{line}");
    assert!((line.error - 0.282_842_712).abs() < 1e-6, "{line}");
    assert!(Line::through(&points[..1]).slope.abs() < 1e-9);
}
