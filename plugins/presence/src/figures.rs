//! Owns what the plugin shows in the server's metrics.

use std::time::Duration;

use hotframe_plugin_api::{Counter, Error, Gauge, Histogram, Host, Metric};

const QUESTIONS: Metric<'_> = Metric::new("questions_total", "Questions to clients.");
/// Seconds.
const BOUNDS: [f64; 8] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0];

/// All of it.
pub struct Figures {
    online: Gauge,
    answered: Counter,
    failed: Counter,
    answer_seconds: Histogram,
}

impl Figures {
    pub fn define(host: &Host) -> Result<Self, Error> {
        let waits = Metric::new("answer_seconds", "How long clients took to answer.");
        Ok(Self {
            online: host.gauge(Metric::new("online", "Clients that are online."))?,
            answered: host.counter(QUESTIONS.label("result", "answered"))?,
            failed: host.counter(QUESTIONS.label("result", "failed"))?,
            answer_seconds: host.histogram(waits, &BOUNDS)?,
        })
    }

    pub fn show_online(&self, count: u32) {
        self.online.set(f64::from(count));
    }

    /// A question came to its end after that time.
    pub fn note_answer(&self, is_good: bool, after: Duration) {
        let count = if is_good { &self.answered } else { &self.failed };
        count.increment();
        if is_good {
            self.answer_seconds.observe(after.as_secs_f64());
        }
    }
}
