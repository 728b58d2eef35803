//! What the SDK promises, through the real table and shims.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::testing::{Answer, Incoming, LogLine, TestHost};

const SOLD_OUT: Code = Code::new(1234);
const BROKEN: Code = Code::new(2100);

/// Does something different in each handler.
struct Probe {
    host: Host,
    config: String,
    calls: u64,
}

impl Plugin for Probe {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        let host = create.host().clone();
        match create.config() {
            "refuse" => return Err(Error::config("no such thing")),
            "panic" => panic!("cannot be made"),
            _ => {}
        }
        host.info(format_args!("generation {}, {:?}", create.generation(), create.reason()));
        host.debug(format_args!("after {:?}", create.previous_version()));
        Ok(Self { host, config: create.config().to_owned(), calls: 0 })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
        assert_ne!(self.config, "panic in drop", "dropped as told");
    }
}

/// How many of all tests' plugins were dropped; tests run side by side, so only growth counts.
static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// A payload whose drop panics too.
struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        panic!("and once more");
    }
}

impl Probe {
    fn count(&mut self, _: &Request<'_>, reply: &mut Reply<'_>) -> Outcome {
        self.calls += 1;
        reply.write(&self.calls.to_be_bytes()).unwrap();
        Outcome::Reply
    }

    fn head(&self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        write!(reply, "{:04x} ", request.command())?;
        write!(reply, "{} {}", request.connection().to_bits(), request.request_id())?;
        assert!(request.now() > Duration::ZERO && request.now() <= self.host.now());
        assert_eq!(request.deadline(), None);
        reply.set_address(request.address() + 1);
        reply.set_command(reply.command() + 1);
        Ok(if request.is_event() { Outcome::NoReply } else { Outcome::Close })
    }

    /// Writes more than fits, in two ways, and shows what is left.
    fn overflow(&mut self, _: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(&[7; 250])?;
        assert!(reply.write(&[8; 6]).is_err());
        assert_eq!((reply.written().len(), reply.remaining()), (250, 5));
        reply.write(&[9; 5])?;
        reply.write(&[])?;
        reply.write(&[1])?;
        unreachable!("the reply is full");
    }

    fn panics(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        match request.data() {
            b"spite" => std::panic::panic_any(Spiteful),
            data => panic!("told to: {data:?}"),
        }
    }

    fn fails(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(b"forgotten")?;
        Err(match request.data() {
            b"invalid" => Error::invalid("a"),
            b"denied" => Error::denied("b"),
            b"busy" => Error::busy("c"),
            b"timeout" => Error::timeout("d"),
            b"unsupported" => Error::unsupported("e"),
            b"client" => Error::coded(SOLD_OUT, "sold out"),
            b"server" => Error::coded(BROKEN, "broken"),
            _ => Error::internal("z"),
        })
    }

    fn passes(&mut self, _: &Request<'_>, _: &mut Reply<'_>) -> Outcome {
        Outcome::Next
    }
}

hotframe_plugin_api::plugin! {
    Probe,
    name: "probe",
    handlers: {
        "count" => Probe::count { default_command: 0x0100, len: 0..=3, soft_deadline_us: 50 },
        "head" => Probe::head { default_command: 0x0101 },
        "overflow" => Probe::overflow,
        "panics" => Probe::panics,
        "fails" => Probe::fails,
        "passes" => Probe::passes { len: 1..=1, },
    },
}

#[test]
fn an_instance_keeps_its_state_and_two_share_none() {
    let mut one = TestHost::new().load::<Probe>().unwrap();
    let mut two = TestHost::new().load::<Probe>().unwrap();
    for calls in 1..=3_u64 {
        assert_eq!(one.call("count", "").reply(), calls.to_be_bytes());
    }
    assert_eq!(two.call("count", "").reply(), 1_u64.to_be_bytes());
}

#[test]
fn create_learns_why_and_from_what() {
    let host = TestHost::new().following(7, Reason::Reload, "0.9.0");
    let probe = host.config(r#"{"a":1}"#).load::<Probe>().unwrap();
    let line = |level, text: &str| LogLine { level, text: text.to_owned() };
    assert_eq!(
        probe.log(),
        [line(Level::Info, "generation 7, Reload"), line(Level::Debug, r#"after Some("0.9.0")"#)]
    );
}

#[test]
fn create_may_refuse_or_panic() {
    let refused = TestHost::new().config("refuse").load::<Probe>().err().unwrap();
    assert_eq!((refused.returned, refused.text.as_str()), (-9, "no such thing"));

    let panicked = TestHost::new().config("panic").load::<Probe>().err().unwrap();
    assert_eq!(panicked.returned, -7);
    assert_eq!(panicked.log.len(), 1);
    assert!(panicked.log[0].text.ends_with(": cannot be made"), "{:?}", panicked.log);
}

#[test]
fn requests_carry_their_head_and_replies_may_change_it() {
    let mut probe = TestHost::new().load::<Probe>().unwrap();
    let answer = probe.call("head", Incoming::new("").address(9).connection(5));
    let data = b"0101 5 1".to_vec();
    assert_eq!(answer, Answer::Close { address: 10, command: 0x8102, data });
    assert_eq!(probe.call("head", Incoming::new("").event()), Answer::NoReply);
}

#[test]
fn a_reply_never_grows_past_its_room() {
    let mut probe = TestHost::new().load::<Probe>().unwrap();
    let answer = probe.call("overflow", "");
    assert_eq!(answer.error(), (2001, "the reply does not fit into one frame"));
}

#[test]
fn data_of_another_length_never_reaches_the_handler() {
    let mut probe = TestHost::new().load::<Probe>().unwrap();
    assert_eq!(probe.call("count", "four").error().0, 1001);
    assert_eq!(probe.call("count", "for").reply(), 1_u64.to_be_bytes());
    assert_eq!(probe.call("passes", "").error().0, 1001);
    assert_eq!(probe.call("passes", "1"), Answer::Next);
}

#[test]
fn errors_have_their_codes_and_texts() {
    let mut probe = TestHost::new().load::<Probe>().unwrap();
    for (kind, code, text) in [
        ("invalid", 1001, "a"),
        ("denied", 1003, "b"),
        ("busy", 2003, "c"),
        ("timeout", 2004, "d"),
        ("unsupported", 2001, "e"),
        ("client", 1234, "sold out"),
        ("server", 2100, "broken"),
        ("else", 2001, "z"),
    ] {
        assert_eq!(probe.call("fails", kind).error(), (code, text), "{kind}");
    }
    // The text of one call does not colour the next.
    assert_eq!(probe.call("panics", "").error(), (2001, ""));
}

#[test]
fn a_panic_is_answered_and_logged_with_its_place() {
    let mut probe = TestHost::new().load::<Probe>().unwrap();
    for _ in 0..3 {
        assert_eq!(probe.call("panics", "x").error().0, 2001);
    }
    assert_eq!(probe.call("count", "").reply(), 1_u64.to_be_bytes(), "it is called again");
    let panics: Vec<_> = probe.log().into_iter().filter(|it| it.level == Level::Error).collect();
    assert_eq!(panics.len(), 3);
    let text = &panics[0].text;
    assert!(text.starts_with("panicked at plugin-api/tests/sdk.rs:"), "{text}");
    assert!(text.ends_with(": told to: [120]"), "{text}");
}

#[test]
fn a_payload_that_panics_when_dropped_stays_inside_too() {
    let mut probe = TestHost::new().load::<Probe>().unwrap();
    assert_eq!(probe.call("panics", "spite").error().0, 2001);
    assert_eq!(probe.call("count", "").reply(), 1_u64.to_be_bytes());
    let texts: Vec<_> = probe.log().into_iter().skip(2).map(|line| line.text).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].ends_with(": (no text)") && texts[1].ends_with(": and once more"));
}

#[test]
fn destroy_drops_the_plugin_even_if_that_panics() {
    for config in ["{}", "panic in drop"] {
        let before = DROPPED.load(Ordering::SeqCst);
        let probe = TestHost::new().config(config).load::<Probe>().unwrap();
        drop(probe);
        assert!(DROPPED.load(Ordering::SeqCst) > before);
    }
}
