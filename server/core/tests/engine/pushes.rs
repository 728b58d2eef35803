//! Pushed frames keep to the order on the wire, and each question ends once.

use std::time::Duration;

use hotframe_core::{
    Answered, Ask, ConnectionId, GenerationId, Limits, PeerAnswer, Push, Unpushed,
};
use hotframe_protocol::{Command, Kind};

use crate::pair::{DEFER, Does, ECHO, Pair, entry, frame, request};

const NEWS: u16 = 0x0300;
const SECOND: Duration = Duration::from_secs(1);

fn push(data: &[u8]) -> Push<'_> {
    Push { address: 7, number: NEWS, data, ahead: false }
}

impl Pair {
    fn push(&mut self, push: &Push<'_>) -> Result<(), Unpushed> {
        let pushed = self.engine.handle_push(self.id, push, self.now);
        self.engine.invariants();
        pushed
    }

    fn ask(&mut self, ticket: u64, data: &[u8]) -> Result<(), Unpushed> {
        let generation = self.generation();
        self.ask_for(generation, ticket, data)
    }

    fn ask_for(
        &mut self,
        generation: GenerationId,
        ticket: u64,
        data: &[u8],
    ) -> Result<(), Unpushed> {
        let ask = Ask { ticket, generation, timeout: SECOND };
        let pushed = self.engine.handle_question(self.id, &push(data), ask, self.now);
        self.engine.invariants();
        pushed
    }

    /// The generation of the standard handlers.
    fn generation(&self) -> GenerationId {
        self.engine.generations().next().unwrap().id
    }

    fn answers(&mut self) -> Vec<(u64, PeerAnswer)> {
        let told = std::iter::from_fn(|| self.engine.poll_answered());
        told.map(|Answered { ticket, answer, .. }| (ticket, answer)).collect()
    }
}

fn reply(data: &[u8]) -> PeerAnswer {
    PeerAnswer::Reply(data.into())
}

#[test]
fn an_event_is_sent_and_the_connection_gets_a_turn() {
    let mut pair = Pair::new();
    assert_eq!(pair.push(&push(b"news")), Ok(()));
    assert!(pair.is_touched());
    let event = Command::new(Kind::Event, NEWS).word();
    assert_eq!(pair.replies(), [(event, 7, b"news".to_vec())]);
}

#[test]
fn a_push_follows_the_newest_reply_that_is_made_and_waits_for_no_other() {
    let mut pair = Pair::new();
    pair.receive(&request(DEFER, b""));
    assert_eq!(pair.push(&push(b"before")), Ok(()));
    assert_eq!(pair.data(), [b"before"], "no reply is made that it could overtake");
    pair.receive(&request(ECHO, b"made"));
    pair.receive(&request(DEFER, b""));
    assert_eq!(pair.push(&push(b"behind")), Ok(()));
    assert_eq!(pair.push(&Push { ahead: true, ..push(b"ahead") }), Ok(()));
    assert_eq!(pair.data(), [b"ahead"]);
    pair.complete(0, b"late").unwrap();
    assert_eq!(pair.data(), [&b"late"[..], b"made", b"behind"], "and the other is still owed");
    pair.complete(1, b"last").unwrap();
    assert_eq!(pair.data(), [b"last"]);
}

#[test]
fn what_is_no_push_is_refused_and_changes_nothing() {
    let mut pair = Pair::new();
    for number in [0, 2, 0xFF, 0x4000] {
        assert_eq!(pair.push(&Push { number, ..push(b"") }), Err(Unpushed::Invalid));
    }
    assert_eq!(pair.push(&push(&[0; 256])), Err(Unpushed::Invalid));
    let gone = ConnectionId::from_bits(9 << 32).unwrap();
    assert_eq!(pair.engine.handle_push(gone, &push(b""), pair.now), Err(Unpushed::Gone));
    assert_eq!((pair.data(), pair.engine.counters().pushes_refused), (vec![], 6));
}

#[test]
fn a_peer_that_does_not_read_is_pushed_no_more_than_the_mark() {
    let limits = Limits { outbound_high_water: 600, ..Limits::DEFAULT };
    let mut pair = Pair::with(limits);
    let taken = (0..10).filter(|_| pair.push(&push(&[1; 255])).is_ok()).count();
    assert_eq!(taken, 3);
    assert_eq!(pair.push(&push(b"")), Err(Unpushed::Busy));
    assert_eq!(pair.replies().len(), 3);
    assert_eq!(pair.push(&push(b"")), Ok(()));
}

#[test]
fn answers_go_to_the_oldest_question_of_their_address_and_number() {
    let mut pair = Pair::new();
    for ticket in [11, 12] {
        pair.ask(ticket, b"?").unwrap();
    }
    let generation = pair.generation();
    let other = Push { number: NEWS + 1, ..push(b"other") };
    let ask = Ask { ticket: 13, generation, timeout: SECOND };
    pair.engine.handle_question(pair.id, &other, ask, pair.now).unwrap();
    pair.receive(&frame(Kind::Reply, NEWS + 1, b"third"));
    pair.receive(&frame(Kind::Reply, NEWS, b"first"));
    pair.receive(&frame(Kind::Error, NEWS, b"\x04\x4Cno"));
    let refused = PeerAnswer::Error(b"\x04\x4Cno"[..].into());
    assert_eq!(pair.answers(), [(13, reply(b"third")), (11, reply(b"first")), (12, refused)]);
    pair.receive(&frame(Kind::Reply, NEWS, b"nobody asked"));
    assert_eq!((pair.answers(), pair.engine.counters().replies_dropped), (vec![], 1));
    pair.pass(SECOND);
    assert_eq!((pair.answers(), pair.engine.counters().questions_timed_out), (vec![], 0));
}

#[test]
fn a_late_answer_is_not_taken_for_that_of_the_next_question() {
    let mut pair = Pair::new();
    pair.ask(1, b"").unwrap();
    pair.pass(SECOND);
    assert_eq!(pair.answers(), [(1, PeerAnswer::TimedOut)]);
    assert_eq!(pair.ask(2, b""), Err(Unpushed::Busy), "an answer may still be on its way");
    pair.receive(&frame(Kind::Reply, NEWS, b"late"));
    assert_eq!((pair.answers(), pair.engine.counters().replies_dropped), (vec![], 1));
    pair.ask(3, b"").unwrap();
    pair.pass(SECOND);
    assert_eq!(pair.answers(), [(3, PeerAnswer::TimedOut)]);
    pair.pass(SECOND);
    assert_eq!(pair.ask(4, b""), Ok(()), "it is not expected any more");
    pair.receive(&frame(Kind::Reply, NEWS, b"fourth"));
    assert_eq!(pair.answers(), [(4, reply(b"fourth"))]);
}

#[test]
fn the_end_of_a_connection_is_told_to_who_asked_it() {
    for farewell in [true, false] {
        let mut pair = Pair::new();
        pair.ask(1, b"").unwrap();
        pair.ask(2, b"").unwrap();
        pair.receive(&frame(Kind::Reply, NEWS, b"yes"));
        match farewell {
            true => pair.receive(&request(3, b"")),
            false => pair.engine.handle_lost(pair.id, pair.now),
        }
        assert_eq!(pair.answers(), [(1, reply(b"yes")), (2, PeerAnswer::Gone)]);
        assert_eq!(pair.ask(3, b""), Err(Unpushed::Gone));
        pair.engine.invariants();
    }
    let mut pair = Pair::new();
    pair.receive(&request(DEFER, b""));
    pair.eof();
    assert_eq!(pair.ask(1, b""), Err(Unpushed::Gone), "it can send no answer");
}

#[test]
fn a_connection_is_asked_so_much_at_a_time() {
    let mut pair = Pair::with(Limits { max_questions: 2, ..Limits::DEFAULT });
    assert_eq!([1, 2, 3].map(|ticket| pair.ask(ticket, b"").is_ok()), [true, true, false]);
    pair.receive(&frame(Kind::Reply, NEWS, b""));
    assert_eq!(pair.ask(4, b""), Ok(()));
}

#[test]
fn a_generation_stays_until_its_questions_are_answered_or_its_time_is_over() {
    let limits = Limits { drain_timeout: SECOND / 2, ..Limits::DEFAULT };
    for in_time in [true, false] {
        let mut pair = Pair::with(limits.clone());
        let asker = pair.load("asker", vec![entry("a", Does::Echo)]);
        pair.ask_for(asker, 1, b"").unwrap();
        pair.engine.withdraw("asker", pair.now);
        assert_eq!(pair.engine.poll_retired(), None);
        let answer = if in_time {
            pair.receive(&frame(Kind::Reply, NEWS, b"yes"));
            reply(b"yes")
        } else {
            pair.pass(SECOND / 2);
            PeerAnswer::TimedOut
        };
        assert_eq!(pair.engine.poll_retired(), None, "the answer is told first");
        assert_eq!(pair.answers(), [(1, answer)]);
        assert_eq!(pair.engine.poll_retired(), Some(asker));
        assert_eq!(pair.ask_for(asker, 2, b""), Err(Unpushed::Gone));
        pair.engine.invariants();
    }
}

#[test]
fn the_clients_whose_names_begin_alike_are_found() {
    let mut pair = Pair::new();
    for client in ["pump-1", "pump-2", "pumq", "pum"] {
        pair.connect();
        pair.receive(&request(1, client.as_bytes()));
    }
    assert_eq!(pair.engine.holders_with("pump-").count(), 2);
    assert_eq!(pair.engine.holders_with("pum").count(), 4);
    assert_eq!(pair.engine.holders_with("x").count(), 0);
    let (id, now) = (pair.id, pair.now);
    assert!(pair.engine.handle_let_go(id, now) && !pair.engine.handle_let_go(id, now));
    assert_eq!(pair.engine.holders_with("pum").count(), 3);
}
