//! The shadow of pushed frames: where they leave, and what comes of those that ask.

use std::time::Duration;

use hotframe_core::{
    Answered, Ask, ConnectionId, ConnectionState, GenerationId, Moment, PeerAnswer, Push, Unpushed,
};
use hotframe_protocol::{Command, Frame, Kind, MAX_FRAME};

use crate::rng::Rng;
use crate::shadow::Shadow;
use crate::traffic::NUMBERS;
use crate::world::World;

/// One request of ours that a peer has still to answer.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub ticket: u64,
    pub generation: GenerationId,
    pub address: u8,
    pub number: u16,
    pub timeout: Duration,
    pub deadline: Moment,
    pub is_overdue: bool,
}

/// A reply or an error to the oldest question of a connection.
pub fn answer_question(rng: &mut Rng, shadow: &Shadow, bytes: &mut Vec<u8>) {
    let Some(asked) = shadow.asked.first() else {
        return;
    };
    let kind = if rng.chance(80) { Kind::Reply } else { Kind::Error };
    let data = vec![rng.byte(); rng.pick(&[0, 1, 2, 40, 255])];
    let command = Command::new(kind, asked.number);
    let mut room = [0; MAX_FRAME];
    let len = Frame { address: asked.address, command, data: &data }.encode(&mut room).unwrap();
    bytes.extend_from_slice(&room[..len]);
}

impl World {
    /// Somebody pushes a frame to a random connection, and may want an answer.
    pub fn push(&mut self) {
        let Some(id) = self.any_connection() else {
            return;
        };
        let data = vec![self.rng.byte(); self.rng.pick(&[0, 1, 40, 255, 255, 256])];
        let number = if self.rng.chance(3) { 2 } else { self.rng.pick(&NUMBERS) };
        let address = self.rng.pick(&[0, 1, 255]);
        let push = Push { address, number, data: &data, ahead: self.rng.chance(30) };
        let asker = self.rng.below(3);
        let ask = self.active(asker).filter(|_| self.rng.chance(60)).map(|generation| {
            self.ticket += 1;
            let timeout = self.rng.pick(&[0, 20, 900, 40_000]);
            let timeout = Duration::from_millis(timeout);
            Ask { ticket: self.ticket, generation, timeout }
        });
        let may = self.may_push(id, &push, ask.is_some());
        let engine = &mut self.subject.engine;
        let pushed = match ask {
            Some(ask) => engine.handle_question(id, &push, ask, self.now),
            None => engine.handle_push(id, &push, self.now),
        };
        self.say(format_args!("{id} is pushed {number:#06x}, {ask:?}: {pushed:?}"));
        if let Some(may) = may {
            assert_eq!(pushed, may);
        }
        if pushed.is_ok() {
            self.note_pushed(id, &push, ask);
        }
        self.check();
    }

    /// What must come of a push; `None` if nobody can see how far the connection is.
    fn may_push(
        &self,
        id: ConnectionId,
        push: &Push<'_>,
        asks: bool,
    ) -> Option<Result<(), Unpushed>> {
        let mut views = self.subject.engine.connections();
        let view = views.find(|view| view.id == id).expect("it is connected");
        if push.number < 0x0100 || push.data.len() > 255 {
            return Some(Err(Unpushed::Invalid));
        }
        if !matches!(view.state, ConnectionState::Active | ConnectionState::Idle) {
            return None;
        }
        let asked = &self.shadows[&id].asked;
        let is_overdue = asked.iter().any(|asked| {
            asked.is_overdue && (asked.address, asked.number) == (push.address, push.number)
        });
        let mark = self.limits.outbound_high_water.min(self.subject.engine.high_water());
        let full = view.outbound_bytes >= mark;
        let too_much = asks && (is_overdue || asked.len() >= self.limits.max_questions);
        let unasked = asks && self.shadows[&id].is_raw();
        Some(match (full, unasked, too_much) {
            (false, true, _) => Err(Unpushed::Gone),
            (false, false, false) => Ok(()),
            _ => Err(Unpushed::Busy),
        })
    }

    fn note_pushed(&mut self, id: ConnectionId, push: &Push<'_>, ask: Option<Ask>) {
        let kind = if ask.is_some() { Kind::Request } else { Kind::Event };
        let shadow = self.shadows.get_mut(&id).expect("a connection has a shadow");
        let command = match shadow.is_raw() {
            true => Command::from_word(push.number),
            false => Command::new(kind, push.number),
        };
        shadow.push_unasked(push.address, command, push.data, push.ahead);
        self.ledger.frames_out += 1;
        self.ledger.pushed += 1;
        if let Some(Ask { ticket, generation, timeout }) = ask {
            let timeout = timeout.max(Duration::from_millis(1));
            shadow.asked.push(Asked {
                ticket,
                generation,
                address: push.address,
                number: push.number,
                timeout,
                deadline: self.now.after(timeout),
                is_overdue: false,
            });
        }
    }

    /// What the engine tells of questions. Whose time is over is heard at once: an answer among the
    /// frames that were taken at the same moment came too late, or that would not be told.
    pub fn fetch_answers(&mut self) -> Vec<Answered> {
        let mut answers = Vec::new();
        while let Some(answered) = self.subject.engine.poll_answered() {
            self.say(format_args!("        {answered:?}"));
            match answered.answer {
                PeerAnswer::TimedOut => self.hear_time_out(answered.ticket, answered.generation),
                _ => answers.push(answered),
            }
        }
        answers
    }

    /// The answers that frames brought were told, and nothing else is told for nothing.
    pub fn hear_answers(&mut self, answers: Vec<Answered>) {
        for Answered { ticket, generation, answer } in answers {
            match answer {
                PeerAnswer::TimedOut => unreachable!("it was heard when it was fetched"),
                PeerAnswer::Gone => self.hear_gone(ticket, generation),
                PeerAnswer::Reply(_) | PeerAnswer::Error(_) => {
                    assert_eq!(self.heard.remove(&ticket), Some((generation, answer)));
                }
            }
        }
        assert!(self.heard.is_empty(), "{:?} are told", self.heard);
        assert!(self.left.drain(..).all(|asked| asked.is_overdue), "who asked is told");
    }

    fn hear_time_out(&mut self, ticket: u64, generation: GenerationId) {
        let until = self.copies[&generation].until;
        let drained = until.is_some_and(|until| until <= self.now);
        let living = self.shadows.values_mut().flat_map(|shadow| &mut shadow.asked);
        let mut all = living.chain(&mut self.left);
        let asked = all.find(|asked| asked.ticket == ticket).expect("it was asked");
        assert!(asked.generation == generation && !asked.is_overdue);
        assert!(drained || asked.deadline <= self.now, "{ticket} had its time");
        asked.is_overdue = true;
        asked.deadline = self.now.after(asked.timeout);
    }

    fn hear_gone(&mut self, ticket: u64, generation: GenerationId) {
        let is_it = |asked: &Asked| asked.ticket == ticket;
        let asked = if let Some(at) = self.left.iter().position(is_it) {
            self.left.swap_remove(at)
        } else {
            let mut shadows = self.shadows.iter_mut();
            let (id, shadow) =
                shadows.find(|(_, shadow)| shadow.asked.iter().any(is_it)).expect("it was asked");
            let mut views = self.subject.engine.connections();
            let state = views.find(|view| view.id == *id).expect("it is connected").state;
            let served = matches!(state, ConnectionState::Active | ConnectionState::Idle);
            assert!(!served, "{id} takes answers");
            let at = shadow.asked.iter().position(is_it).expect("it was found just now");
            shadow.asked.remove(at)
        };
        assert!(asked.generation == generation && !asked.is_overdue);
    }

    /// Deadlines were judged: nobody waits longer than he wanted to.
    pub fn check_questions(&mut self) {
        for shadow in self.shadows.values_mut() {
            shadow.asked.retain(|asked| !asked.is_overdue || asked.deadline > self.now);
            assert!(shadow.asked.iter().all(|asked| asked.deadline > self.now));
        }
    }

    /// A reply or an error came that answers no probe; false if it answers nothing.
    pub fn take_answer(&mut self, shadow: &mut Shadow, frame: &crate::routing::Taken) -> bool {
        let key = (frame.address, frame.command.number());
        let Some(at) = shadow.asked.iter().position(|it| (it.address, it.number) == key) else {
            return false;
        };
        let asked = shadow.asked.remove(at);
        if asked.is_overdue {
            return false;
        }
        let data = frame.data.clone().into();
        let answer = match frame.command.kind() {
            Kind::Error => PeerAnswer::Error(data),
            _ => PeerAnswer::Reply(data),
        };
        self.ledger.answers_in += 1;
        self.heard.insert(asked.ticket, (asked.generation, answer));
        true
    }
}
