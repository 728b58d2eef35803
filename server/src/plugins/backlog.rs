//! Owns `Backlog`: a batch on the loop, and how far it is worked off. What it holds is worked off
//! in its order, over as many rounds as that takes; no other batch is begun meanwhile.
use std::vec::IntoIter;

use hotframe_core::ConnectionId;

use super::answer::Answer;
use super::batch::Batch;
use super::parcel::Parcel;

/// A batch that is being worked off.
#[derive(Debug)]
pub(super) struct Backlog {
    pub batch: Batch,
    answers: usize,
    parcels: usize,
    /// Who has still to get the parcel that is next, where that goes to many.
    pub audience: Option<IntoIter<ConnectionId>>,
}

/// What is next.
#[derive(Debug)]
pub(super) enum Next {
    Answer,
    Parcel,
}

impl Backlog {
    /// All of a batch.
    pub const fn of(batch: Batch) -> Self {
        Self { batch, answers: 0, parcels: 0, audience: None }
    }

    /// What is next: an answer, unless a parcel was there before it.
    pub fn next(&self) -> Option<Next> {
        let has_answer = self.answer().is_some();
        match self.batch.parcels.get(self.parcels) {
            Some((before, _)) if *before <= self.answers || !has_answer => Some(Next::Parcel),
            _ => has_answer.then_some(Next::Answer),
        }
    }

    /// The answer that is next among them.
    pub fn answer(&self) -> Option<&Answer> {
        self.batch.answers.get(self.answers)
    }

    /// The parcel that is next among them.
    pub fn parcel(&self) -> Option<&Parcel> {
        self.batch.parcels.get(self.parcels).map(|(_, parcel)| parcel)
    }

    /// The answer is given.
    pub const fn pass_answer(&mut self) {
        self.answers += 1;
    }

    /// The parcel is delivered.
    pub const fn pass_parcel(&mut self) {
        self.parcels += 1;
    }
}
