//! The controller alone: a clock that rounds move on, and clients that ask.

use super::*;

const LIMIT: Duration = Duration::from_millis(20);
const MS: Duration = Duration::from_millis(1);

/// A controller, and a clock that its rounds move on.
#[derive(Default)]
struct Bench {
    overload: Overload,
    now: Moment,
    turned: Vec<Turned>,
}

impl Bench {
    fn round(&mut self, took: Duration) {
        self.now = self.now.after(took);
        self.turned.extend(self.overload.handle_round(took, LIMIT, self.now));
    }

    /// Rounds in which as much is served as asked for, each request taking a millisecond.
    /// Returns how much each connection got and was refused.
    fn serve(&mut self, rounds: u32, asks: &[u32]) -> Vec<(u32, u32)> {
        let mut got = asks.iter().map(|_| (0, 0)).collect::<Vec<_>>();
        for _ in 0..rounds {
            let mut took = MS / 2;
            for ((slot, asks), got) in (0..).zip(asks).zip(&mut got) {
                for _ in 0..*asks {
                    let shed = self.overload.sheds(connection(slot), 0, self.now);
                    *(if shed { &mut got.1 } else { &mut got.0 }) += 1;
                    took += if shed { MS / 1000 } else { MS };
                }
            }
            self.round(took);
        }
        got
    }
}

fn connection(slot: u64) -> ConnectionId {
    ConnectionId::from_bits(1 << 32 | slot).unwrap()
}

#[test]
fn one_long_round_is_no_overload() {
    let mut bench = Bench::default();
    for _ in 0..5 {
        bench.round(Duration::from_secs(1));
        (0..200).for_each(|_| bench.round(MS));
    }
    assert_eq!(bench.turned, []);
}

#[test]
fn rounds_longer_than_a_window_are_one() {
    let mut bench = Bench::default();
    bench.round(Duration::from_secs(3));
    bench.round(Duration::from_secs(3));
    assert_eq!(bench.turned, [Turned::Overloaded]);
    bench.round(Duration::from_secs(3));
    assert!(bench.overload.shedding().is_some_and(|shedding| bench.now < shedding.until));
}

#[test]
fn hogs_are_shed_the_quiet_are_not_and_the_loop_is_in_time_again() {
    let mut bench = Bench::default();
    bench.serve(100, &[40, 40, 1, 0]);
    assert_eq!(bench.turned, [Turned::Overloaded]);
    let before = bench.now;
    let got = bench.serve(2000, &[40, 40, 1, 0]);
    let took = bench.now.since(before);
    assert!(got[2].1 * 200 <= got[2].0, "who asks once a round gets its answer: {got:?}");
    assert!(got[0].1 > got[0].0 * 3, "{got:?}");
    assert!(got[0].0.abs_diff(got[1].0) <= got[0].0 / 20, "hogs are equal: {got:?}");
    assert!(took / 2000 < LIMIT, "a round takes {:?}", took / 2000);
    let served = u128::from(got.iter().map(|(got, _)| got).sum::<u32>());
    assert!(served * 100 >= took.as_millis() * 60, "{served} in {took:?} is too little");
}

#[test]
fn when_the_hogs_are_gone_nothing_is_shed_any_more() {
    let mut bench = Bench::default();
    bench.serve(100, &[40, 40, 1]);
    bench.serve(1000, &[0, 0, 1]);
    assert_eq!(bench.overload.shedding(), None);
    assert_eq!(bench.turned, [Turned::Overloaded, Turned::Calm]);
    assert_eq!(bench.overload.paces.capacity(), 0, "nothing is kept");
}

#[test]
fn a_burden_makes_the_pace_slower() {
    let mut bench = Bench::default();
    bench.serve(100, &[40, 40]);
    let mut through = |slot, burden| {
        let sheds = |_| bench.overload.sheds(connection(slot), burden, bench.now);
        (0..1000).map(sheds).filter(|shed| !shed).count()
    };
    let (light, heavy) = (through(2, 0), through(3, 3));
    assert!(light > 4 && light.div_ceil(4) == heavy, "{light} and {heavy}");
}

#[test]
fn after_a_rest_nobody_is_shed() {
    let mut bench = Bench::default();
    bench.serve(100, &[40, 40]);
    bench.now = bench.now.after(Duration::from_secs(5));
    assert!((0..1000).all(|_| !bench.overload.sheds(connection(0), 0, bench.now)));
    bench.round(MS);
    assert_eq!(bench.overload.shedding(), None);
}
