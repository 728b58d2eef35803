//! The desk: what is the same for every connection, and is needed to answer a frame.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::vec::Vec;

use hotframe_protocol::Command;

use crate::access::{Access, Claims, Waiting};
use crate::buffers::Buffers;
use crate::connection::Connection;
use crate::deadlines::{Deadlines, Owner};
use crate::generations::Generations;
use crate::notice::Notices;
use crate::overload::Overload;
use crate::pool::Pool;
use crate::questions::Questions;
use crate::sessions::Sessions;
use crate::switchboard::Switchboard;
use crate::tokens::{Cancelled, Pending, Tokens};
use crate::witness::Witness;
use crate::{
    CloseReason, ConnectionId, Counters, GenerationId, GenerationState, Handlers, Limits, Moment,
    Notice, Token,
};

/// Everything of the engine but the connections.
pub(crate) struct Desk<H: Handlers> {
    pub handlers: H,
    pub switchboard: Switchboard<H::Callee>,
    pub generations: Generations<H::Callee>,
    pub tokens: Tokens,
    /// Tokens that became void, for their generations to be told: no more than were good.
    pub cancelled: VecDeque<Cancelled>,
    /// What peers were asked.
    pub questions: Questions,
    pub sessions: Sessions,
    /// What clients must show.
    pub access: Access,
    /// What they have shown, to be judged.
    pub claims: Claims,
    /// The HELLOs that wait for their verdict.
    pub waiting: BTreeMap<ConnectionId, Waiting>,
    /// Connections whose session another one took over in this call; they are to end.
    pub displaced: Vec<ConnectionId>,
    pub deadlines: Deadlines,
    pub limits: Limits,
    /// What all connections keep.
    pub buffers: Buffers,
    pub overload: Overload,
    /// Whether requests are weighed before they are answered: by a rate, or under overload.
    pub is_weighing: bool,
    pub counters: Counters,
    pub notices: Notices,
    pub pool: Pool,
    /// What INFO answers.
    pub info: Box<str>,
    /// Which frames are looked at, and what was seen.
    pub witness: Witness,
    /// The word under which the newest reply in the raw dialect goes out.
    pub answered_as: Command,
    /// The shortest and the longest data of the handler for which a frame was too short or too
    /// long last.
    pub takes: (u8, u8),
    /// Since when the server shuts down.
    pub closing_since: Option<Moment>,
    /// The newest moment that was handed in.
    pub latest: Moment,
}

impl<H: Handlers> Desk<H> {
    pub fn new(handlers: H, limits: Limits, version: &str) -> Self {
        let limits = limits.workable();
        let is_weighing = limits.request_rate.is_some();
        Self {
            handlers,
            switchboard: Switchboard::new(),
            generations: Generations::new(),
            tokens: Tokens::new(),
            cancelled: VecDeque::new(),
            questions: Questions::new(),
            sessions: Sessions::new(),
            access: Access::open(),
            claims: Claims::new(),
            waiting: BTreeMap::new(),
            displaced: Vec::new(),
            deadlines: Deadlines::new(),
            buffers: Buffers::new(&limits),
            limits,
            overload: Overload::default(),
            is_weighing,
            counters: Counters::default(),
            notices: Notices::new(),
            pool: Pool::new(),
            info: format!("hotframe/{version}").into_boxed_str(),
            witness: Witness::default(),
            answered_as: Command::from_word(0),
            takes: (0, 0),
            closing_since: None,
            latest: Moment::default(),
        }
    }

    /// Sees to it that requests are weighed exactly while there is something to weigh them by.
    pub fn weigh_if_needed(&mut self) {
        self.is_weighing = self.limits.request_rate.is_some()
            || self.overload.shedding().is_some()
            || self.access.required;
    }

    pub fn notify(&mut self, notice: Notice) {
        if !self.notices.push(notice) {
            self.counters.notices_dropped += 1;
        }
    }

    /// An error that has no frame to go in: it is counted and told of.
    pub fn keep_error(
        &mut self,
        id: ConnectionId,
        connection: &mut Connection,
        asked: Command,
        code: u16,
    ) {
        let first = !core::mem::replace(&mut connection.told_error, true);
        self.counters.errors_kept += 1;
        let command = asked.word();
        self.notify(Notice::ErrorKept { connection: id, command, code, first });
    }

    /// A connection is over.
    pub fn count_closed(&mut self, connection: ConnectionId, reason: CloseReason) {
        self.counters.closed[reason as usize] += 1;
        self.notify(Notice::Closed { connection, reason });
    }

    /// Sees to it that an entry in the heap comes up no later than the first session expires.
    pub fn arm_sessions(&mut self) {
        let end = self.sessions.first_end(self.limits.heartbeat.session_timeout);
        if end < self.sessions.armed {
            self.deadlines.void(self.sessions.armed);
            self.deadlines.push(end, Owner::Sessions);
            self.sessions.armed = end;
        }
    }

    /// A token was used up or is void: its generation owes one answer less.
    pub fn release(&mut self, pending: &Pending) {
        self.deadlines.void(pending.deadline);
        if !pending.is_owed() {
            return;
        }
        let id = pending.origin.generation;
        if let Some(generation) = self.generations.at_mut(id) {
            generation.in_flight -= 1;
        }
        self.retire_if_drained(id);
    }

    /// Nobody waits for the answer behind `token` any more: its generation is to be told.
    pub fn cancel(&mut self, token: Token, pending: &Pending) {
        if pending.is_owed() {
            self.cancelled.push_back(Cancelled { token, generation: pending.origin.generation });
        }
        self.release(pending);
    }

    /// Active to draining, and further if it owes nothing.
    pub fn drain(&mut self, id: GenerationId, now: Moment) {
        self.step_down(id, GenerationState::Draining, now);
        self.retire_if_drained(id);
    }

    /// Active to benched.
    pub fn bench(&mut self, id: GenerationId, now: Moment) {
        self.step_down(id, GenerationState::Benched, now);
    }

    fn step_down(&mut self, id: GenerationId, to: GenerationState, now: Moment) {
        let until = now.after(self.limits.drain_timeout);
        self.generations.step_down(id, to, until);
        self.deadlines.push(until, Owner::Generation(id));
    }

    /// Benched to draining, and further if it owes nothing.
    pub fn dismiss(&mut self, id: GenerationId) {
        if self.generations.leave_bench(id, GenerationState::Draining).is_some() {
            self.retire_if_drained(id);
        }
    }

    /// Benched to active; false if it is not benched. The caller sees to the one that is active.
    pub fn reinstate(&mut self, id: GenerationId) -> bool {
        match self.generations.leave_bench(id, GenerationState::Active) {
            Some(until) => {
                self.deadlines.void(until);
                true
            }
            None => false,
        }
    }

    pub fn retire_if_drained(&mut self, id: GenerationId) {
        if !self.generations.retire(id) {
            return;
        }
        let Some(retired) = self.generations.at(id) else {
            return;
        };
        let (until, plugin) = (retired.until, retired.plugin.clone());
        self.deadlines.void(until);
        self.counters.retired += 1;
        self.notify(Notice::Retired { plugin, generation: id });
    }
}
