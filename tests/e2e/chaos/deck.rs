//! What can be done to the server, and which of it comes next: all of it before any of it comes
//! again.

use std::collections::BTreeMap;

use hotframe_tests::Rng;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Reload,
    ReloadKeeper,
    ReloadCrier,
    Remap,
    BadPlugin,
    BadRoutes,
    BadSettings,
    FullDisk,
    FolderGone,
    Pause,
    Look,
}

const ACTS: [Act; 11] = [
    Act::Reload,
    Act::ReloadKeeper,
    Act::ReloadCrier,
    Act::Remap,
    Act::BadPlugin,
    Act::BadRoutes,
    Act::BadSettings,
    Act::FullDisk,
    Act::FolderGone,
    Act::Pause,
    Act::Look,
];

/// The acts, shuffled, and what was done.
#[derive(Debug, Default)]
pub struct Deck {
    left: Vec<Act>,
    done: BTreeMap<Act, u64>,
}

impl Deck {
    /// What is done next.
    pub fn draw(&mut self, chance: &mut Rng) -> Act {
        if self.left.is_empty() {
            self.left = ACTS.to_vec();
        }
        let act = self.left.swap_remove(chance.below(self.left.len()));
        *self.done.entry(act).or_default() += 1;
        act
    }

    /// What was done how often.
    pub fn tally(&self) -> String {
        format!("{:?}", self.done)
    }
}
