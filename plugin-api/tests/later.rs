//! Answers that come later: tokens, timers, wakes and jobs, through the real table and shims.
#![allow(clippy::unwrap_used)]

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::testing::{Answer, Incoming, Loaded, TestHost};

const SOLD_OUT: Code = Code::new(1234);

/// Tokens that a plugin has given away.
static GIVEN_AWAY: Mutex<Vec<Token>> = Mutex::new(Vec::new());

/// Keeps tokens, beats and talks to itself from other threads.
struct Patient {
    host: Host,
    kept: Vec<Token>,
    rung: Vec<u64>,
    cancelled: Vec<TokenId>,
    notes: Receiver<Token>,
    note: Sender<Token>,
}

impl Plugin for Patient {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        let (note, notes) = channel();
        let host = create.host().clone();
        let (kept, rung, cancelled) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { host, kept, rung, cancelled, notes, note })
    }

    fn cancel(&mut self, token: TokenId) {
        self.cancelled.push(token);
        self.kept.retain(|kept| kept.id() != token);
    }

    fn on_timer(&mut self, timer: TimerId, user: u64) {
        self.rung.push(user);
        if self.rung.len() == 3 {
            self.host.stop_timer(timer);
        }
    }

    fn on_wake(&mut self) {
        for token in self.notes.try_iter() {
            token.reply("woken");
        }
    }
}

impl Patient {
    /// The data says what becomes of the token.
    fn keep(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let token = request.defer(Duration::from_secs(5))?;
        assert!(request.defer(Duration::ZERO).is_err(), "one token a request");
        match request.data() {
            b"now" => _ = token.reply("at once"),
            b"long" => _ = token.reply([0; 256]),
            b"fail" => _ = token.fail(Error::coded(SOLD_OUT, "sold out")),
            b"drop" => drop(token),
            b"away" => GIVEN_AWAY.lock().unwrap().push(token),
            b"refuse" => return Err(Error::denied("no")),
            _ => self.kept.push(token),
        }
        Ok(Outcome::Deferred)
    }

    /// Answers from a worker, or has it panic, or send the token back.
    fn work(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let token = request.defer(Duration::ZERO)?;
        let (host, note, data) = (self.host.clone(), self.note.clone(), request.data().to_vec());
        self.host.run_blocking(move || {
            assert!(!host.is_loop_thread());
            match &*data {
                b"panic" => panic!("with a token"),
                b"back" => {
                    note.send(token).unwrap();
                    host.wake();
                }
                data => _ = token.answer(Ok(data)),
            }
        })?;
        Ok(Outcome::Deferred)
    }

    fn beat(&mut self, _: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.host.start_beat(Duration::from_millis(10), 7)?;
        let never = self.host.start_timer(Duration::from_millis(15), 8)?;
        assert!(self.host.stop_timer(never) && !self.host.stop_timer(never));
        reply.write(b"")?;
        Ok(Outcome::Reply)
    }

    fn books(&mut self, _: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        write!(reply, "{:?} {} {}", self.rung, self.cancelled.len(), self.kept.len())?;
        Ok(Outcome::Reply)
    }

    fn forgets(&mut self, _: &Request<'_>, _: &mut Reply<'_>) -> Outcome {
        Outcome::Deferred
    }
}

hotframe_plugin_api::plugin! {
    Patient,
    name: "patient",
    handlers: {
        "keep" => Patient::keep { default_command: 0x0300 },
        "work" => Patient::work,
        "beat" => Patient::beat,
        "books" => Patient::books,
        "forgets" => Patient::forgets,
    },
}

fn load() -> Loaded<Patient> {
    TestHost::new().load::<Patient>().unwrap()
}

fn books(plugin: &mut Loaded<Patient>) -> String {
    String::from_utf8(plugin.call("books", "").reply().to_vec()).unwrap()
}

#[test]
fn a_token_answers_once_with_a_reply_or_an_error() {
    let mut plugin = load();
    let mut outcome = |data: &str| {
        let token = plugin.call("keep", Incoming::new(data).address(3)).deferred();
        plugin.wait(token)
    };
    let data = b"at once".to_vec();
    assert_eq!(outcome("now"), Answer::Reply { address: 3, command: 0x8300, data });
    assert_eq!(outcome("long").error(), (2001, "the reply does not fit into one frame"));
    assert_eq!(outcome("fail").error(), (1234, "sold out"));
    assert_eq!(outcome("drop").error(), (2001, "the handler gave no answer"));
    assert_eq!(plugin.call("keep", "refuse").error(), (1003, "no"));
    assert_eq!(plugin.call("forgets", "").error().0, 2001);
}

#[test]
fn after_its_timeout_a_token_is_cancelled_and_may_be_dropped() {
    let mut plugin = load();
    let late = plugin.call("keep", "").deferred();
    plugin.advance(Duration::from_secs(4));
    let gone = plugin.call("keep", "").deferred();
    assert_eq!(plugin.answer_to(late), None);
    plugin.advance(Duration::from_secs(1));
    assert_eq!(plugin.wait(late).error().0, 2004);
    plugin.cancel(gone);
    plugin.cancel(gone);
    assert_eq!(plugin.answer_to(gone), None);
    assert_eq!(books(&mut plugin), "[] 2 0");
}

#[test]
fn timers_ring_as_time_passes_until_they_are_stopped() {
    let mut plugin = load();
    plugin.call("beat", "");
    plugin.advance(Duration::from_millis(10));
    assert!(books(&mut plugin).starts_with("[7]"));
    plugin.advance(Duration::from_secs(1));
    assert!(books(&mut plugin).starts_with("[7, 7, 7]"));
}

#[test]
fn workers_answer_send_back_or_panic_without_harm() {
    let mut plugin = load();
    let tokens = ["crunched", "back", "panic"].map(|data| plugin.call("work", data).deferred());
    assert_eq!(plugin.wait(tokens[0]).reply(), b"crunched");
    assert_eq!(plugin.wait(tokens[1]).reply(), b"woken");
    assert_eq!(plugin.wait(tokens[2]).error(), (2001, "the handler gave no answer"));
    let log = plugin.log();
    assert!(log.iter().any(|line| line.text.ends_with(": with a token")), "{log:?}");
}

#[test]
fn a_token_outlives_its_plugin_without_harm() {
    let mut plugin = load();
    plugin.call("keep", "away").deferred();
    drop(plugin);
    let token = GIVEN_AWAY.lock().unwrap().pop().unwrap();
    assert!(!thread::spawn(move || token.reply("to nobody")).join().unwrap());
}
