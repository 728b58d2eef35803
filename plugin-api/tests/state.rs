//! State goes over: whole and in slices, up and down, with what was deferred; and the steps of a
//! plugin's life around it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::testing::{TestHost, validate};
use hotframe_plugin_api::{Saved, Sink, Source, StateStream};

/// Keeps numbered texts; hands them over in slices, in the order of their numbers.
#[derive(Debug)]
struct Notes {
    host: Host,
    limit: usize,
    texts: BTreeMap<u8, String>,
    /// While it is saved: up to where, and what has changed before that.
    saved: Option<(u8, Vec<u8>)>,
    waiting: Vec<Token>,
    started: bool,
}

impl Plugin for Notes {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        let limit = create.config().len();
        let (texts, waiting) = (BTreeMap::new(), Vec::new());
        let host = create.host().clone();
        Ok(Self { host, limit, texts, saved: None, waiting, started: false })
    }

    fn cancel(&mut self, token: TokenId) {
        self.waiting.retain(|waiting| waiting.id() != token);
        self.host.info(format_args!("{} wait", self.waiting.len()));
    }
}

impl Lifecycle for Notes {
    fn validate_config(config: &str, findings: &mut Findings<'_>) {
        if config.contains("bad") {
            findings.wrong("some.key", "it is bad");
        }
    }

    fn self_test(&mut self) -> Result<(), Error> {
        match self.limit {
            ..20 => Ok(()),
            _ => Err(Error::internal("not with that")),
        }
    }

    fn reconfigure(&mut self, config: &str) -> Result<(), Error> {
        match config.len() {
            30.. => Err(Error::config("too long")),
            20.. => Err(Error::unsupported("not while it runs")),
            len => {
                self.limit = len;
                Ok(())
            }
        }
    }

    fn start(&mut self) -> Result<(), Error> {
        self.started = true;
        for token in self.waiting.drain(..) {
            token.reply(b"adopted");
        }
        Ok(())
    }

    fn quiesce(&mut self) {
        self.host.info("quiet");
    }
}

impl StateStream for Notes {
    const SCHEMA: u32 = 7;
    const VERSION: u32 = 2;

    fn save(&mut self, _: u32, sink: &mut Sink<'_>) -> Result<Saved, Error> {
        let (from, changed) = match self.saved.take() {
            Some((at, changed)) => (at + 1, changed),
            None => (0, Vec::new()),
        };
        for number in changed {
            write(number, self.texts.get(&number).map_or("", String::as_str), sink)?;
        }
        for (number, text) in self.texts.range(from..) {
            write(*number, text, sink)?;
            if sink.is_full() && *number < 255 {
                self.saved = Some((*number, Vec::new()));
                return Ok(Saved::Slice);
            }
        }
        for token in &self.waiting {
            sink.write(&[0; 2])?;
            sink.write_token(token)?;
        }
        Ok(Saved::All)
    }

    fn load(&mut self, _: u32, source: &mut Source<'_>) -> Result<(), Error> {
        while !source.is_empty() {
            let [number, len] = source.array()?;
            if number == 0 {
                self.waiting.extend(source.adopt()?);
                continue;
            }
            let text = source.take(usize::from(len))?;
            let text = String::from_utf8(text.to_vec()).map_err(|_| Error::torn_state())?;
            self.texts.insert(number, text);
        }
        Ok(())
    }

    fn abort_save(&mut self) {
        self.saved = None;
    }
}

fn write(number: u8, text: &str, sink: &mut Sink<'_>) -> Result<(), Error> {
    sink.write(&[number, u8::try_from(text.len()).unwrap()])?;
    sink.write(text.as_bytes())
}

impl Notes {
    fn note(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        assert!(self.started);
        let (number, text) = request.data().split_first().unwrap();
        if let Some((at, changed)) = &mut self.saved
            && *number <= *at
        {
            changed.push(*number);
        }
        self.texts.insert(*number, std::str::from_utf8(text).unwrap().to_owned());
        Ok(Outcome::Reply)
    }

    fn read(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let text = self.texts.get(&request.data()[0]).ok_or_else(|| Error::invalid("none"))?;
        reply.write(text.as_bytes())?;
        Ok(Outcome::Reply)
    }

    fn wait(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.waiting.push(request.defer(Duration::from_secs(5))?);
        Ok(Outcome::Deferred)
    }
}

hotframe_plugin_api::plugin! {
    Notes,
    name: "notes",
    extensions: [lifecycle, state],
    handlers: {
        "note" => Notes::note { len: 1..=255 },
        "read" => Notes::read { len: 1..=1 },
        "wait" => Notes::wait,
    }
}

fn note(number: u8, text: &str) -> Vec<u8> {
    [&[number][..], text.as_bytes()].concat()
}

#[test]
fn large_state_goes_over_in_slices_with_what_changes_meanwhile() {
    let mut old = TestHost::new().load::<Notes>().unwrap();
    let long = "long ".repeat(40);
    for number in 1..=200 {
        assert_eq!(old.call("note", note(number, &long)).reply(), b"");
    }
    let mut slices = 0;
    let mut new = old
        .hand_over_while::<Notes>(&TestHost::new(), |old| {
            slices += 1;
            if slices == 10 {
                old.call("note", note(2, "changed")).reply();
                old.call("note", note(199, "changed, too")).reply();
            }
        })
        .unwrap();
    assert!(slices > 20, "{slices}");
    for number in 1..=200 {
        let wanted = match number {
            2 => "changed",
            199 => "changed, too",
            _ => &long,
        };
        assert_eq!(new.call("read", [number]).reply(), wanted.as_bytes(), "{number}");
    }
}

#[test]
fn what_is_deferred_can_be_adopted_and_the_old_instance_is_told() {
    let mut old = TestHost::new().load::<Notes>().unwrap();
    let token = old.call("wait", b"").deferred();
    let new = old.hand_over::<Notes>(&TestHost::new()).unwrap();
    assert_eq!(new.answer_to(token).unwrap().reply(), b"adopted");
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let mut notes = TestHost::new().load::<Notes>().unwrap();
    assert!(notes.save_state(1).unwrap_err().text.contains("version 1"));
    assert!(notes.load_state(2, &[5, 9, b'x']).unwrap_err().text.contains("damaged"));
    let saved = notes.save_state(2).unwrap();
    notes.load_state(2, &saved).unwrap();
}

#[test]
fn a_configuration_is_judged_before_it_is_taken() {
    let bad = r#"{"a": "bad"}"#;
    let found = [("some.key".to_owned(), "it is bad".to_owned())];
    assert_eq!(validate::<Notes>(bad), found);
    let refused = TestHost::new().config(bad).load::<Notes>().unwrap_err();
    assert_eq!((refused.returned, refused.text.as_str()), (-9, "some.key: it is bad"));

    let mut notes = TestHost::new().load::<Notes>().unwrap();
    assert!(notes.reconfigure(bad).is_err());
    assert!(notes.reconfigure(r#"{"a": 1}"#).unwrap());
    assert!(!notes.reconfigure(r#"{"some": "longer"}    "#).unwrap());
    let long = format!("{{{}}}", " ".repeat(40));
    assert_eq!(notes.reconfigure(&long).unwrap_err().text, "too long");
}

#[test]
fn who_fails_its_own_test_is_not_loaded() {
    let long = format!("{{{}}}", " ".repeat(40));
    let refused = TestHost::new().config(&long).load::<Notes>().unwrap_err();
    assert_eq!(refused.text, "not with that");
}
