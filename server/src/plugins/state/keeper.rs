//! Owns the calls by which an instance saves and loads its state.
#![allow(unsafe_code)]
use std::ffi::c_void;

use hotframe_plugin_api::abi::{HF_MORE, HF_OK, HF_STATE_VERSION, hf_state, hf_token};

use super::agreement::Forms;
use super::stream::{Reading, Writing};
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::duty::{Act, BadgeRef};
use crate::plugins::host_table::{CREATE, ContextRef};
use crate::plugins::inbox::Inbox;
use crate::plugins::judgements::is_judgement;

/// The state of one live instance.
#[derive(Debug, Clone, Copy)]
pub(in crate::plugins) struct Keeper {
    table: hf_state,
    instance: *mut c_void,
    context: ContextRef,
    badge: BadgeRef,
}

/// What an instance has saved in one call.
#[derive(Debug)]
pub(in crate::plugins) struct Saved {
    /// What it wrote.
    pub bytes: Vec<u8>,
    /// Whether that was the last of it.
    pub is_all: bool,
}

/// Tokens of an old generation that the new one has claimed while it loaded.
#[derive(Debug)]
pub(in crate::plugins) struct Claims<'a> {
    /// Who knows which tokens are good.
    pub inbox: &'a Inbox,
    /// Whose they are.
    pub of: u64,
    /// Those that were claimed.
    pub tokens: &'a mut Vec<hf_token>,
}

impl Claims<'_> {
    /// Puts a claim down; false if the token is not good, or claimed already.
    pub fn claim(&mut self, token: hf_token) -> bool {
        let is_request = !is_judgement(token) && self.inbox.is_owner(token, self.of);
        let is_good = is_request && !self.tokens.contains(&token);
        if is_good {
            self.tokens.push(token);
        }
        is_good
    }
}

impl Keeper {
    /// The state of the instance that a plugin with this table has made. To be used only while it
    /// lives, on the loop thread, and never inside another call of the plugin.
    pub fn new(
        table: hf_state,
        instance: *mut c_void,
        context: ContextRef,
        badge: BadgeRef,
    ) -> Self {
        Self { table, instance, context, badge }
    }

    /// The forms of its state.
    pub fn forms(&self) -> Forms {
        Forms::from(&self.table)
    }

    /// Saves as of `version`: about `budget` bytes, or all for `u64::MAX`; never more than `room`.
    pub fn save(&self, version: u32, budget: u64, room: u64) -> Result<Saved, Fault> {
        let Some(save) = self.table.save_state else {
            return Err(Defect::SaveFailed.because("it has no save_state"));
        };
        let mut writing = Writing::new(room);
        // SAFETY: a function of the plugin and what its `create` stored, see `new`; the sink lives
        // for the call.
        let call = |sink| unsafe { save(self.instance, version, budget, sink) };
        let returned = self.badge.duty(Act::Save).during(|| writing.lend(call));
        let said = self.said("save_state", returned);
        match returned {
            _ if writing.overflowed => {
                Err(Defect::StateTooLarge.because("its state is larger than plugins.max_state"))
            }
            HF_OK => Ok(Saved { bytes: writing.bytes, is_all: true }),
            HF_MORE if budget != u64::MAX => Ok(Saved { bytes: writing.bytes, is_all: false }),
            _ => Err(Defect::SaveFailed.because(said)),
        }
    }

    /// Loads one slice of what was saved as of `version`.
    pub fn load(
        &self,
        version: u32,
        bytes: &[u8],
        claims: Option<&mut Claims<'_>>,
    ) -> Result<(), Fault> {
        let Some(load) = self.table.load_state else {
            return Err(Defect::LoadFailed.because("it has no load_state"));
        };
        let mut reading = Reading::new(bytes, claims);
        // SAFETY: as in `save`, with a source.
        let call = |source| unsafe { load(self.instance, version, source) };
        let returned = self.badge.duty(Act::LoadState).during(|| reading.lend(call));
        let said = self.said("load_state", returned);
        match returned {
            HF_OK => Ok(()),
            HF_STATE_VERSION => Err(refused(&format!("version {version}, {said}"))),
            _ => Err(refused(&said)),
        }
    }

    /// What was saved in slices so far is not wanted any more.
    pub fn abort(&self) {
        if let Some(abort) = self.table.save_abort {
            // SAFETY: as in `save`.
            let call = || unsafe { abort(self.instance) };
            self.badge.duty(Act::Save).during(call);
        }
    }

    /// The plugin's own words for what it returned, or ours.
    fn said(&self, function: &str, returned: i32) -> String {
        let mut said = format!("{function} returned {returned}");
        self.context.take_error(CREATE, |_, text| text.clone_into(&mut said));
        said
    }
}

fn refused(why: &str) -> Fault {
    Defect::LoadFailed.because(format!("the new instance refused the state: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::answer::Answer;

    #[test]
    fn what_was_passed_on_only_the_heir_may_answer() {
        let inbox = Inbox::new(|| {});
        inbox.promise(1, 7, 0, None);
        assert!(!inbox.pass_on(1, 6, 8), "it is not his to give");
        assert!(inbox.pass_on(1, 7, 8) && inbox.is_owner(1, 8));
        assert!(!inbox.answer(7, Answer::new(1, 0, b"old"), true));
        assert!(inbox.answer(8, Answer::new(1, 0, b"heir"), true));
        assert!(!inbox.pass_on(1, 8, 7), "it is answered");
    }

    #[test]
    fn a_token_is_claimed_once_and_only_while_it_is_good() {
        let (inbox, mut tokens) = (Inbox::new(|| {}), Vec::new());
        (1..=2).for_each(|token| inbox.promise(token, 7, 0, None));
        inbox.promise(3, 8, 0, None);
        assert!(inbox.cancel(2));
        let mut claims = Claims { inbox: &inbox, of: 7, tokens: &mut tokens };
        let claimed = [1, 1, 2, 3, 4].map(|token| claims.claim(token));
        assert_eq!(claimed, [true, false, false, false, false]);
        assert_eq!(tokens, [1]);
    }
}
