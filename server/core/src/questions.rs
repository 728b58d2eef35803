//! Questions: requests of ours that a peer has still to answer, and what came of them.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use crate::ids::Id;
use crate::slots::Slots;
use crate::{ConnectionId, GenerationId, Moment};

/// Who asks a question, and how long the answer is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ask {
    /// The asker's own number for it, handed back with the answer.
    pub ticket: u64,
    /// The generation that asks. It is not retired before it has its answer.
    pub generation: GenerationId,
    /// How long the answer is waited for; at least a millisecond.
    pub timeout: Duration,
}

/// What came of a question; told once each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// The asker's own number for it.
    pub ticket: u64,
    /// The generation that asked.
    pub generation: GenerationId,
    /// The answer.
    pub answer: PeerAnswer,
}

/// How a question ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PeerAnswer {
    /// The peer replied with this data.
    Reply(Box<[u8]>),
    /// The peer answered with an error: the data of its frame, code and text.
    Error(Box<[u8]>),
    /// The peer did not answer in time.
    TimedOut,
    /// The connection takes no answer any more: it is over, or about to be.
    Gone,
}

/// One request of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub connection: ConnectionId,
    pub ask: Ask,
    pub address: u8,
    pub number: u16,
    /// When its time is over, or, if it is overdue, when a late answer is not expected any more.
    pub deadline: Moment,
    /// Its time is over and the asker was told. Kept for as long again, so that an answer that is
    /// late is not taken for that of the next question.
    pub is_overdue: bool,
}

/// Every question that a frame may still answer.
pub(crate) struct Questions {
    open: Slots<Question>,
    /// Those of each connection, oldest first. No entry is empty.
    by_connection: BTreeMap<ConnectionId, VecDeque<Id>>,
    /// What came of questions, for the shell to fetch.
    pub answered: VecDeque<Answered>,
}

impl Questions {
    pub const fn new() -> Self {
        Self { open: Slots::new(), by_connection: BTreeMap::new(), answered: VecDeque::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.open.len() == 0
    }

    /// Writes a question down; `None` if no id is left for one more.
    pub fn insert(&mut self, question: Question) -> Option<Id> {
        let id = self.open.insert(question)?;
        self.by_connection.entry(question.connection).or_default().push_back(id);
        Some(id)
    }

    /// Strikes a question out.
    pub fn remove(&mut self, id: Id) -> Option<Question> {
        let question = self.open.remove(id)?;
        if let Some(ids) = self.by_connection.get_mut(&question.connection) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_connection.remove(&question.connection);
            }
        }
        Some(question)
    }

    /// Strikes out all of a connection.
    pub fn remove_all(&mut self, connection: ConnectionId) -> Vec<Question> {
        let ids = self.by_connection.remove(&connection).unwrap_or_default();
        ids.into_iter().filter_map(|id| self.open.remove(id)).collect()
    }

    pub fn at(&self, id: Id) -> Option<&Question> {
        self.open.at(id)
    }

    pub fn at_mut(&mut self, id: Id) -> Option<&mut Question> {
        self.open.at_mut(id)
    }

    /// The questions of a connection, oldest first.
    pub fn of(&self, connection: ConnectionId) -> impl Iterator<Item = (Id, &Question)> {
        let ids = self.by_connection.get(&connection).into_iter().flatten();
        ids.filter_map(|&id| Some((id, self.open.at(id)?)))
    }

    /// The oldest question of a connection that a frame of this address and number answers.
    pub fn find(&self, connection: ConnectionId, address: u8, number: u16) -> Option<Id> {
        let mut of = self.of(connection);
        let found = of.find(|(_, asked)| asked.address == address && asked.number == number);
        found.map(|(id, _)| id)
    }

    /// The questions that a generation waits for.
    pub fn of_generation(&self, generation: GenerationId) -> impl Iterator<Item = Id> {
        let waits = move |asked: &Question| !asked.is_overdue && asked.ask.generation == generation;
        self.open.iter().filter(move |(_, asked)| waits(asked)).map(|(id, _)| id)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Id, &Question)> {
        self.open.iter()
    }

    /// Asserts what holds between two calls from outside.
    pub fn invariants(&self) {
        let listed: usize = self.by_connection.values().map(VecDeque::len).sum();
        assert_eq!(listed, self.open.len(), "every question is its connection's");
        for (connection, ids) in &self.by_connection {
            assert!(!ids.is_empty(), "{connection} is listed for nothing");
            for id in ids {
                let question = self.open.at(*id).expect("what is listed is there");
                assert_eq!(question.connection, *connection);
            }
        }
    }
}
