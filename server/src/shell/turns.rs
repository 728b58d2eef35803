//! The turns of a round: owns who has one and in which order, and when replies are sent.
//!
//! Connections have their turns in rows: all in a row are read, then all are answered, then all are
//! sent their replies. So each part finds its instructions in the processor's cache, from which the
//! parts of one turn drive each other; those that hand in a lot are answered at once, while it is
//! in the cache itself. And a send wakes whoever waits at the other end, which costs as much as
//! many frames: a peer of several connections is awake already when the second one is sent to, or
//! wakes and finds all of them.

use std::time::Duration;

use hotframe_core::ConnectionId;

use super::event_loop::EventLoop;
use super::row::Seat;
use super::steward::Steward;
use super::turn::{self, After};
use crate::plugins;

/// How long the end of the server waits at most until what had arrived is answered.
const HEAR_OUT: Duration = Duration::from_secs(1);

/// The turns of one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turns {
    first: usize,
    /// Those of connections that come second.
    pub second: usize,
    /// How many that waited when the round began had none.
    pub left: usize,
}

impl Turns {
    /// How many there were.
    pub fn all(self) -> u32 {
        u32::try_from(self.first + self.second).unwrap_or(u32::MAX)
    }
}

impl<S: Steward> EventLoop<S> {
    /// One turn for each connection that is ready now, and for some of those that come second. Who
    /// becomes ready again waits for the next round.
    pub(super) fn take_turns(&mut self) -> Turns {
        let (first, waiting) = self.core.sockets.waiting();
        self.core.stopwatch.start();
        (0..first).for_each(|_| self.give_next_turn(false));
        self.end_row();
        let until = (waiting > 0).then(|| {
            let seconds = self.core.budget.seconds(first > 0);
            self.clock.now().after(seconds)
        });
        let mut second = 0;
        while second < waiting {
            self.give_next_turn(true);
            second += 1;
            if until.is_some_and(|until| until <= self.clock.now()) {
                break;
            }
        }
        self.end_row();
        Turns { first, second, left: waiting - second }
    }

    fn give_next_turn(&mut self, is_second: bool) {
        let Some(id) = self.core.sockets.take_ready(is_second) else {
            return;
        };
        self.read(id);
        if self.row.is_filled() {
            self.answer_row();
        }
        if self.row.len() >= self.core.budget.row() {
            self.end_row();
        }
    }

    fn give_turn(&mut self, id: ConnectionId) {
        self.read(id);
        self.end_row();
    }

    fn end_row(&mut self) {
        self.answer_row();
        let seats = self.row.take();
        seats.iter().for_each(|seat| self.send(seat.id));
        self.row.give_back(seats);
    }

    fn answer_row(&mut self) {
        while let Some(seat) = self.row.next_to_answer() {
            self.answer(&seat);
        }
    }

    /// The first part of a turn.
    fn read(&mut self, id: ConnectionId) {
        let core = &mut self.core;
        if let Some(socket) = core.sockets.find(id) {
            let intake = turn::read(&core.engine, socket, self.row.room(), core.budget);
            self.row.seat(id, intake);
        }
    }

    /// The second part of a turn.
    fn answer(&mut self, seat: &Seat) {
        self.pulse.beat();
        let core = &mut self.core;
        let before = core.engine.counters().frames_in;
        let bytes = self.row.bytes(seat);
        turn::answer(&mut core.engine, seat.id, seat.intake, bytes, core.now);
        if let Some(took) = core.stopwatch.lap() {
            let number = core.engine.counters().frames_in;
            core.stopwatch.keep(seat.id, (number, number - before), bytes, took);
        }
        plugins::rest();
        if core.engine.has_sightings() {
            self.steward.handle_sightings(core);
        }
    }

    /// The third part of a turn.
    fn send(&mut self, id: ConnectionId) {
        let core = &mut self.core;
        let Some(socket) = core.sockets.find(id) else {
            return;
        };
        match turn::send(&mut core.engine, socket, core.now) {
            After::Rest => {}
            After::Again => core.sockets.make_ready(id),
            After::Close => core.close(id),
        }
    }

    /// Has what arrived before the stop answered, as far as that takes no time: a peer that does
    /// not take its replies, or asks slow handlers, hears 2006 instead.
    pub(super) fn hear_out(&mut self) {
        let until = self.clock.now().after(HEAR_OUT);
        let mut speakers = self.core.sockets.note_last_words();
        while !speakers.is_empty() && self.clock.now() < until {
            speakers.retain(|&id| {
                let sockets = &mut self.core.sockets;
                let before = sockets.find(id).map_or(0, |socket| socket.last_words);
                self.give_turn(id);
                let left = self.core.sockets.find(id).map_or(0, |socket| socket.last_words);
                (1..before).contains(&left)
            });
        }
    }

    /// Connections that something outside their own turn changed: a late reply, the stop of the
    /// server, or, if it `is_due`, a deadline.
    pub(super) fn serve_touched(&mut self, is_due: bool) {
        self.core.stopwatch.start();
        while let Some(id) = self.core.engine.poll_touched() {
            if !(is_due && self.core.puts_off(id)) {
                self.give_turn(id);
            }
        }
    }
}
