//! What a loop of requests came to.

use std::fmt;
use std::time::Duration;

use hotframe_client::Answer;

use super::session::Outcome;
use crate::cli::Exit;

/// Counts, and the extremes and the sum of the times to an answer.
#[derive(Clone, Default, Debug)]
pub struct Tally {
    sent: u64,
    replies: u64,
    errors: u64,
    lost: u64,
    shortest: Option<Duration>,
    longest: Duration,
    sum: Duration,
}

impl Tally {
    /// Notes an event that was sent.
    pub fn add_event(&mut self) {
        self.sent += 1;
    }

    /// Notes a request that was sent, and what became of it.
    pub fn add(&mut self, outcome: &Outcome) {
        self.sent += 1;
        let took = match outcome {
            Outcome::Lost => {
                self.lost += 1;
                return;
            }
            Outcome::Answered(Answer::Reply(_), took) => {
                self.replies += 1;
                *took
            }
            Outcome::Answered(Answer::Error { .. }, took) => {
                self.errors += 1;
                *took
            }
        };
        self.shortest = Some(self.shortest.map_or(took, |shortest| shortest.min(took)));
        self.longest = self.longest.max(took);
        self.sum = self.sum.saturating_add(took);
    }

    /// How many were sent.
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// How the command ends: an answer that never came weighs more than an error.
    pub const fn exit(&self) -> Exit {
        match (self.lost, self.errors) {
            (0, 0) => Exit::Good,
            (0, _) => Exit::Failed,
            _ => Exit::Timeout,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, replies, errors, lost, .. } = self;
        write!(f, "{sent} sent, {replies} replies, {errors} errors, {lost} lost")?;
        let Some(shortest) = self.shortest else {
            return Ok(());
        };
        let nanos = self.sum.as_nanos() / u128::from(replies + errors);
        let mean = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let [shortest, mean, longest] = [shortest, mean, self.longest].map(spell);
        write!(f, "; min {shortest}, avg {mean}, max {longest}")
    }
}

/// `182 µs`, `12.3 ms`, `1.50 s`.
pub fn spell(span: Duration) -> String {
    match span.as_micros() {
        micros @ 0..10_000 => format!("{micros} µs"),
        10_000..10_000_000 => format!("{:.1} ms", span.as_secs_f64() * 1e3),
        _ => format!("{:.2} s", span.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_summed_up_and_its_worst_decides_the_exit() {
        let mut tally = Tally::default();
        assert_eq!(tally.exit(), Exit::Good);
        for micros in [100, 300, 230] {
            let took = Duration::from_micros(micros);
            tally.add(&Outcome::Answered(Answer::Reply(vec![]), took));
        }
        assert_eq!(tally.exit(), Exit::Good);
        let error = Answer::Error { code: 1004, message: String::new() };
        tally.add(&Outcome::Answered(error, Duration::from_micros(50)));
        assert_eq!(tally.exit(), Exit::Failed);
        tally.add(&Outcome::Lost);
        assert_eq!(tally.exit(), Exit::Timeout);
        assert_eq!(
            tally.to_string(),
            "5 sent, 3 replies, 1 errors, 1 lost; min 50 µs, avg 170 µs, max 300 µs"
        );
    }

    #[test]
    fn times_are_spelt_in_the_unit_that_fits() {
        assert_eq!(spell(Duration::from_micros(182)), "182 µs");
        assert_eq!(spell(Duration::from_micros(12_340)), "12.3 ms");
        assert_eq!(spell(Duration::from_millis(61_500)), "61.50 s");
    }
}
