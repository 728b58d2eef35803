//! Owns the playing of a script: each step is a frame, and its answer is waited for.
use std::time::{Duration, Instant};

use hotframe_core::Next;
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};

use super::house::House;
use super::script::{Awaited, Came, PushedFrame, Step, Word};
use super::stage::Speaker;
use crate::diagnostics::codes::plugins::LOOP_HELD;
use crate::plugins::defect::Fault;
use crate::plugins::generation::Loaded;

/// A handler that holds its thread for so long is told of: the default of `server.watchdog_soft`.
const HELD: Duration = Duration::from_millis(100);

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

    /// Plays all steps, each when the one before is over. `load` maps the library anew, and the
    /// instance in it is given that configuration.
    ///
    /// # Errors
    /// An instance could not take the place of the one before; nothing more is played.
    pub fn play(
        &mut self,
        steps: &[Step],
        config: &str,
        mut load: impl FnMut() -> Result<Loaded, Fault>,
    ) -> Result<(), Fault> {
        for (index, step) in steps.iter().enumerate() {
            self.speaker.say(&Word::Begins(index));
            if step.reload {
                let loaded = load()?;
                self.house.replace(loaded, config)?;
            }
            let begun = Instant::now();
            let came = self.step(step, begun + Duration::from_millis(step.within_ms));
            let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.speaker.say(&Word::Came(index, came, took));
        }
        Ok(())
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
        let begun = Instant::now();
        self.house.engine.handle_received(connection, encoded.unwrap_or_default(), now);
        self.note_held(begun.elapsed());
        let (mut came, mut awaited) = (None, step.pushes.clone());
        loop {
            self.house.round();
            for number in self.house.numbers_of_connections() {
                let answer = self.hear(number, &mut awaited);
                came = came.or(answer.filter(|_| number == step.connection));
            }
            let is_over = self.house.engine.poll_next(connection) != Next::Keep;
            if is_over {
                self.house.hang_up(step.connection);
            }
            if step.is_event && came.is_none() {
                came = Some(Came::Nothing);
            }
            match came {
                // What is not pushed by the end is missed by who compares.
                Some(came) if awaited.is_empty() || is_over || Instant::now() >= end => {
                    return came;
                }
                None if is_over => return Came::Closed,
                None if Instant::now() >= end => {
                    // Its answer must not be taken for that of a later step.
                    self.house.hang_up(step.connection);
                    return Came::Late;
                }
                _ => self.house.rest(end),
            }
        }
    }

    /// The handler has held the thread that it was called on for so long.
    fn note_held(&self, held: Duration) {
        if held >= HELD {
            let (code, held) = (LOOP_HELD, held.as_millis());
            let told = format!("{code}: it held its thread for {held} ms: in a server nobody is ");
            let word = Word::Logged("warn".to_owned(), told + "served meanwhile");
            self.speaker.say(&word);
        }
    }

    /// The answer that has come on a connection. What the plugin has pushed to it is told, and
    /// answered where that is awaited.
    fn hear(&mut self, number: u8, awaited: &mut Vec<Awaited>) -> Option<Came> {
        let connection = self.house.connection(number)?;
        let sent: Vec<u8> = self.house.engine.all_outbound(connection).flatten().copied().collect();
        if sent.is_empty() {
            return None;
        }
        let now = self.house.now();
        self.house.engine.handle_written(connection, sent.len(), now);
        let (mut rest, mut decoder, mut came) = (&*sent, Decoder::default(), None);
        while let Some(decoded) = decoder.decode(&mut rest) {
            let Decoded::Frame(frame) = decoded else {
                continue;
            };
            match frame.command.kind() {
                Kind::Reply | Kind::Error => came = came.or_else(|| meaning_of(&frame)),
                kind => self.hear_pushed(number, kind == Kind::Request, &frame, awaited),
            }
        }
        came
    }

    fn hear_pushed(
        &mut self,
        connection: u8,
        is_request: bool,
        frame: &Frame<'_>,
        awaited: &mut Vec<Awaited>,
    ) {
        let (number, data) = (frame.command.number(), frame.data.to_vec());
        self.speaker.say(&Word::Pushed(PushedFrame { connection, number, is_request, data }));
        let is_it = |awaited: &Awaited| {
            (awaited.connection, awaited.number) == (connection, number)
                && awaited.answer.is_some() == is_request
        };
        let Some(at) = awaited.iter().position(is_it) else {
            return;
        };
        let Some(answer) = awaited.remove(at).answer else {
            return;
        };
        let command = Command::new(Kind::Reply, number);
        let reply = Frame { address: frame.address, command, data: &answer };
        let mut room = [0; MAX_FRAME];
        let encoded = reply.encode(&mut room).ok().and_then(|len| room.get(..len));
        if let Some(id) = self.house.connection(connection) {
            let now = self.house.now();
            self.house.engine.handle_received(id, encoded.unwrap_or_default(), now);
        }
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
