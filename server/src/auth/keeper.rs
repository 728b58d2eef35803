//! The keeper: owns the thread that judges claims, one after the other.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use hotframe_core::{Claim, ConnectionId, Judged, Moment, Rate};

use super::Clients;
use super::throttle::Throttle;

/// By what claims are judged.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Who may be which client.
    pub clients: Arc<Clients>,
    /// How many bad credentials one source may show; those above are not looked at.
    pub failures: Option<Rate>,
}

/// What came of one claim.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whose claim it was.
    pub connection: ConnectionId,
    /// Who it wanted to be.
    pub client: Arc<str>,
    /// Where it came from; `None`: from this machine.
    pub source: Option<IpAddr>,
    /// What came of it.
    pub judged: Judged,
    /// Why, where that needs words; else empty.
    pub reason: String,
}

enum Work {
    Claim(Claim, Option<IpAddr>, Moment),
    Rules(Rules),
}

/// Hands claims to the thread. Dropping it ends the thread after what it has.
#[derive(Debug)]
pub struct Keeper {
    work: mpsc::Sender<Work>,
}

impl Keeper {
    /// Starts the thread; `tell` hears of every claim, on that thread.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(rules: Rules, tell: impl Fn(Verdict) + Send + 'static) -> io::Result<Self> {
        let (work, come) = mpsc::channel();
        let builder = thread::Builder::new().name("keeper".to_owned());
        builder.spawn(move || judge_all(rules, &come, tell))?;
        Ok(Self { work })
    }

    /// Has a claim judged that came from `source` at `now`; `None`: from this machine.
    pub fn judge(&self, claim: Claim, source: Option<IpAddr>, now: Moment) {
        let _over = self.work.send(Work::Claim(claim, source, now));
    }

    /// Judges by other rules from now on; what waits is judged by them, too.
    pub fn set_rules(&self, rules: Rules) {
        let _over = self.work.send(Work::Rules(rules));
    }
}

fn judge_all(mut rules: Rules, come: &mpsc::Receiver<Work>, tell: impl Fn(Verdict)) {
    let mut throttle = Throttle::default();
    for work in come {
        match work {
            Work::Rules(new) => rules = new,
            Work::Claim(claim, source, now) => {
                let Claim { connection, client, credential } = claim;
                // Judged in their order, so that a flood from one source costs little more than
                // the bad ones that it may show.
                let judged = if !throttle.admits(source, rules.failures, now) {
                    Judged::TooMany
                } else if rules.clients.admit(&client, &credential) {
                    Judged::Good
                } else {
                    throttle.note(source, rules.failures, now);
                    Judged::Bad
                };
                tell(Verdict { connection, client, source, judged, reason: String::new() });
            }
        }
    }
}
