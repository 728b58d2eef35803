//! Owns the saving of state for a trial: what serves saves as it does for a hand-over, a slice a
//! round, and serves on; a plugin that is tried out on the helper thread gets a copy.
use std::time::{Duration, Instant};

use super::Roster;
use crate::plugins::created::InstanceId;
use crate::plugins::handover::{FIRST, next_budget};
use crate::plugins::host::Host;
use crate::plugins::inquiry::{Inquiry, Predecessor};
use crate::plugins::probe::{MOST_STATE, Sample, Slices};
use crate::plugins::state::{Agreement, agree};

/// A plugin that changes more than it saves is not waited for any longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// State that is being saved for whoever has asked for it.
#[derive(Debug)]
pub(super) struct Sampling {
    inquiry: Inquiry,
    /// What was saved so far; `None` if nothing was, or that is void.
    saving: Option<Saving>,
}

#[derive(Debug)]
struct Saving {
    from: InstanceId,
    version: u32,
    slices: Vec<Vec<u8>>,
    bytes: u64,
    budget: u64,
    began: Instant,
}

impl Saving {
    fn new(from: InstanceId, version: u32) -> Self {
        let (slices, began) = (Vec::new(), Instant::now());
        Self { from, version, slices, bytes: 0, budget: FIRST, began }
    }

    /// Saves one slice. `Ok(None)`: there is more to come. `Err`: nothing came of it, which the
    /// hand-over will tell.
    fn step(&mut self, host: &Host, max_state: u64) -> Result<Option<Sample>, ()> {
        let keeper = host.instance(self.from).and_then(|instance| instance.keeper()).ok_or(())?;
        let begun = Instant::now();
        let room = max_state.saturating_sub(self.bytes);
        let saved = keeper.save(self.version, self.budget, room).map_err(|_| keeper.abort())?;
        let bytes = u64::try_from(saved.bytes.len()).unwrap_or(u64::MAX);
        self.slices.push(saved.bytes);
        self.bytes = self.bytes.saturating_add(bytes);
        self.budget = next_budget(self.budget, bytes, begun.elapsed());
        let is_enough = MOST_STATE <= self.bytes || PATIENCE <= self.began.elapsed();
        if !saved.is_all && !is_enough {
            return Ok(None);
        }
        if !saved.is_all {
            keeper.abort();
        }
        let slices = Slices::Saved(std::mem::take(&mut self.slices));
        Ok(Some(Sample { version: self.version, slices, is_whole: saved.is_all }))
    }
}

impl Roster {
    /// A plugin is tried out, and asks for the state that it would go on from.
    pub(super) fn handle_inquiry(&mut self, host: &Host, inquiry: Inquiry) {
        if let Some(before) = self.sampling.take() {
            // Who has asked it has given it up.
            self.void(host, before.saving);
        }
        self.sampling = Some(Sampling { inquiry, saving: None });
        self.step_sampling(host);
    }

    /// Saves the next slice, unless state of the plugin goes over just now.
    pub(in crate::plugins) fn step_sampling(&mut self, host: &Host) {
        let is_free = |it: &mut Sampling| !self.pending.contains_key(&it.inquiry.plugin);
        let Some(Sampling { inquiry, saving }) = self.sampling.take_if(is_free) else {
            return;
        };
        let begun = Instant::now();
        let Some(from) = self.serving_instance(&inquiry.plugin) else {
            self.void(host, saving);
            let kept = self.shelf.get(&inquiry.plugin).cloned();
            inquiry.answer(Predecessor::Nobody(kept));
            return;
        };
        let (going_on, void) = match saving {
            Some(saving) if saving.from == from => (Some(saving), None),
            void => (None, void),
        };
        self.void(host, void);
        let fresh = || match agree(host.forms_of(from), Some(inquiry.forms)) {
            Agreement::Version(version) => Some(Saving::new(from, version)),
            Agreement::Nothing | Agreement::Mismatch(_) => None,
        };
        let Some(mut saving) = going_on.or_else(fresh) else {
            return;
        };
        match saving.step(host, self.max_state) {
            Ok(Some(sample)) => inquiry.answer(Predecessor::Saved(sample)),
            Ok(None) => self.sampling = Some(Sampling { inquiry, saving: Some(saving) }),
            Err(()) => {}
        }
        self.note_pause(begun);
    }

    /// Whether somebody waits for state.
    #[must_use]
    pub const fn is_sampling(&self) -> bool {
        self.sampling.is_some()
    }

    /// What serves of a plugin has something else to do: what it has saved so far is void.
    pub(super) fn stop_sampling(&mut self, host: &Host, plugin: &str) {
        let Some(sampling) = self.sampling.as_mut().filter(|it| it.inquiry.plugin == plugin) else {
            return;
        };
        let void = sampling.saving.take();
        self.void(host, void);
    }

    fn void(&self, host: &Host, saving: Option<Saving>) {
        let from = saving.and_then(|saving| host.instance(saving.from));
        if let Some(keeper) = from.and_then(|instance| instance.keeper()) {
            keeper.abort();
        }
    }
}
