//! Owns the playing of a script: each step is a frame, and its answer is waited for.
use std::time::{Duration, Instant};

use hotframe_core::{ConnectionId, Next};
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};

use super::house::House;
use super::script::{Came, Step, Word};
use super::stage::Speaker;

/// Plays steps in a house.
pub(super) struct Player<'a> {
    house: &'a mut House,
    speaker: &'a Speaker,
}

impl<'a> Player<'a> {
    /// Says in words what comes of each step.
    pub fn new(house: &'a mut House, speaker: &'a Speaker) -> Self {
        Self { house, speaker }
    }

    /// Plays all steps, each when the one before is over.
    pub fn play(&mut self, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            self.speaker.say(&Word::Begins(index));
            let begun = Instant::now();
            let came = self.step(step, begun + Duration::from_millis(step.within_ms));
            let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.speaker.say(&Word::Came(index, came, took));
        }
    }

    fn step(&mut self, step: &Step, end: Instant) -> Came {
        let Some(number) = self.house.number(&step.handler) else {
            return Came::NoHandler;
        };
        let Some(connection) = self.house.connection(step.connection) else {
            return Came::Closed;
        };
        let kind = if step.is_event { Kind::Event } else { Kind::Request };
        let frame =
            Frame { address: step.address, command: Command::new(kind, number), data: &step.data };
        let mut room = [0; MAX_FRAME];
        let encoded = frame.encode(&mut room).ok().and_then(|len| room.get(..len));
        let now = self.house.now();
        self.house.engine.handle_received(connection, encoded.unwrap_or_default(), now);
        loop {
            self.house.round();
            let came = self.answer(connection);
            let is_over = self.house.engine.poll_next(connection) != Next::Keep;
            if is_over {
                self.house.hang_up(step.connection);
            }
            if let Some(came) = came {
                return came;
            }
            if is_over {
                return Came::Closed;
            }
            if step.is_event {
                return Came::Nothing;
            }
            if Instant::now() >= end {
                // Its answer must not be taken for that of a later step.
                self.house.hang_up(step.connection);
                return Came::Late;
            }
            self.house.rest(end);
        }
    }

    /// The answer that has come. What the plugin sends of its own accord is passed over.
    fn answer(&mut self, connection: ConnectionId) -> Option<Came> {
        let sent: Vec<u8> = self.house.engine.all_outbound(connection).flatten().copied().collect();
        if sent.is_empty() {
            return None;
        }
        let now = self.house.now();
        self.house.engine.handle_written(connection, sent.len(), now);
        let (mut rest, mut decoder, mut came) = (&*sent, Decoder::default(), None);
        while let Some(decoded) = decoder.decode(&mut rest) {
            if let Decoded::Frame(frame) = decoded {
                came = came.or_else(|| meaning_of(&frame));
            }
        }
        came
    }
}

fn meaning_of(frame: &Frame<'_>) -> Option<Came> {
    match frame.command.kind() {
        Kind::Reply => Some(Came::Reply(frame.data.to_vec())),
        Kind::Error => {
            let (code, text) = frame.data.split_first_chunk().unwrap_or((&[0; 2], &[]));
            let text = String::from_utf8_lossy(text).into_owned();
            Some(Came::Error(u16::from_be_bytes(*code), text))
        }
        Kind::Request | Kind::Event => None,
    }
}
