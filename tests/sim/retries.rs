//! The shadow of retries: requests that failed by the server's fault wait, and are tried again.

use std::time::Duration;

use hotframe_core::{ConnectionId, Moment, Outcome, Token};
use hotframe_protocol::Kind;

use crate::routing::{Taken, Verdict, refusal_data};
use crate::world::World;

/// A moment that does not come.
pub const NEVER: Moment = Moment::from_nanos(u64::MAX);

/// How a request that is answered later is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ticket {
    /// By the token that its handler took.
    Token(Token),
    /// By its number, while it waits to be tried again.
    Number(u64),
}

/// What another try of a request needs.
#[derive(Clone, Debug)]
pub struct Wait {
    pub connection: ConnectionId,
    pub frame: Taken,
    /// Its number.
    pub number: u64,
    /// How often its handler had it.
    pub tried: u8,
    pub retries: u8,
    /// When it is tried again.
    pub due: Moment,
    /// When the time for all tries is over.
    pub until: Moment,
}

impl Wait {
    /// The same after one more failure with `code` at `now`; `None` if that was the last.
    pub fn after_failure(&self, code: u16, now: Moment) -> Option<Self> {
        let pause = [10, 20, 40, 80, 160, 320, 640, 1000];
        let pause = pause[usize::from(self.tried - 1).min(7)];
        let due = now.after(Duration::from_millis(pause));
        let again = (2000..3000).contains(&code) && self.tried <= self.retries && due < self.until;
        again.then(|| Self { due, ..self.clone() })
    }
}

impl World {
    /// A request of this connection is tried again later.
    pub fn wait(&mut self, wait: Wait) {
        self.ledger.retries += 1;
        self.waits.push(wait);
    }

    /// What was put off failed with `code`; whether it is tried again.
    pub fn wait_for_deferred(&mut self, token: Token, code: u16) -> bool {
        let kept = self.kept.get(&token);
        let Some(wait) = kept.and_then(|kept| kept.after_failure(code, self.now)) else {
            return false;
        };
        self.promises.remove(&token).expect("the token is good");
        self.kept.remove(&token);
        self.used.push(token);
        let shadow = self.shadows.get_mut(&wait.connection).expect("its connection is there");
        shadow.pass(Ticket::Token(token), Ticket::Number(wait.number));
        self.wait(wait);
        true
    }

    /// Nobody waits any more for requests of this connection. Some may have been tried again
    /// before it was cut off, at the same time.
    pub fn drop_waits(&mut self, id: ConnectionId) {
        let gone: Vec<_> = self.waits.extract_if(.., |wait| wait.connection == id).collect();
        let calls = &mut self.subject.engine.handlers_mut().calls;
        let (theirs, others) = calls.drain(..).partition::<Vec<_>, _>(|call| {
            call.connection == id && gone.iter().any(|wait| wait.number == call.number)
        });
        calls.extend(others);
        self.ledger.unsure |= gone.iter().any(|wait| wait.due <= self.now);
        for call in theirs {
            if let (Outcome::Deferred, Some((token, _))) = (call.outcome, call.token) {
                self.used.push(token);
                self.cancel(token, call.callee.instance);
            }
        }
    }

    /// How many requests of a connection wait.
    pub fn waiting(&self, id: ConnectionId) -> usize {
        self.waits.iter().filter(|wait| wait.connection == id).count()
    }

    /// Deadlines were judged: what waited was tried again.
    pub fn try_again(&mut self) {
        let due = self.waits.extract_if(.., |wait| wait.due <= self.now).collect::<Vec<_>>();
        for wait in due {
            self.try_one_again(wait);
        }
    }

    fn try_one_again(&mut self, wait: Wait) {
        let id = wait.connection;
        let Some(mut shadow) = self.shadows.remove(&id) else {
            return;
        };
        let ticket = Ticket::Number(wait.number);
        let (frame, raw) = (wait.frame.clone(), shadow.is_raw());
        let calls = &mut self.subject.engine.handlers_mut().calls;
        let verdict = if wait.until <= self.now {
            Some(Verdict::Error(refusal_data(2004, frame.name(raw))))
        } else {
            self.routing.judge_again(id, (&frame, raw), self.now, calls, &wait)
        };
        match verdict {
            // The handler was not called: the connection was cut off before.
            None => shadow.cut = true,
            Some(Verdict::Again(next)) => self.wait(next),
            Some(Verdict::Owed(token, deadline, instance, kept)) => {
                shadow.pass(ticket, Ticket::Token(token));
                self.promise(id, token, (deadline, instance), Some(frame.command));
                self.kept.extend(kept.map(|kept| (token, kept)));
            }
            Some(verdict) => {
                let word = match &verdict {
                    Verdict::Error(_) => shadow.word(frame.command, Kind::Error),
                    Verdict::As(word, _) | Verdict::Last(word, ..) => Some(*word),
                    _ => None,
                };
                match &verdict {
                    Verdict::Error(data) => {
                        self.ledger.unsure_kept |= word.is_none();
                        self.count_error(word);
                        shadow.put(ticket, word, data);
                    }
                    Verdict::As(_, data) | Verdict::Last(_, data, _) => {
                        self.ledger.frames_out += 1;
                        shadow.put(ticket, word, data);
                    }
                    _ => shadow.put(ticket, None, &[]),
                }
                if let Verdict::Last(_, _, reason) = verdict {
                    let half_closed = self.peers[&id].eof_seen && shadow.ending.is_none();
                    let end = if half_closed { &mut shadow.perhaps } else { &mut shadow.ending };
                    end.get_or_insert(reason);
                }
                shadow.settle();
            }
        }
        let is_cut = shadow.cut;
        self.shadows.insert(id, shadow);
        if is_cut {
            self.drop_promises(id);
        }
    }
}
