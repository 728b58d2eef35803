//! Owns what has waited in the inbox at one moment, on its way to the loop.
use std::collections::{BTreeMap, BTreeSet};

use super::answer::Answer;
use super::parcel::Parcel;
use super::workers::Ended;

/// What waited at one moment.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Answers to tokens that were good.
    pub answers: Vec<Answer>,
    /// Generations that asked to be woken.
    pub wakes: BTreeSet<u64>,
    /// Jobs that have run.
    pub ended: Vec<Ended>,
    /// What goes to peers; each with how many of the answers were there before it.
    pub parcels: Vec<(usize, Parcel)>,
    /// How many answers of each generation were refused.
    pub strays: BTreeMap<u64, u64>,
}

/// So many answers keep their room for the next round.
const KEPT: usize = 1024;

impl Batch {
    /// Empties it, to be filled again.
    pub fn clear(&mut self) {
        self.answers.clear();
        self.answers.shrink_to(KEPT);
        self.wakes.clear();
        self.ended.clear();
        self.parcels.clear();
        self.parcels.shrink_to(KEPT);
        self.strays.clear();
    }
}
