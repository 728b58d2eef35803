//! Owns which version of its state one generation hands to another. Pure.
use std::sync::Arc;

use hotframe_plugin_api::abi::hf_state;

use super::saved::SavedState;

/// In which forms a plugin writes and reads its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plugins) struct Forms {
    /// What its state is, by its own number.
    pub schema: u32,
    /// The newest version of it.
    pub newest: u32,
    /// The oldest; every one between is written and read, too.
    pub oldest: u32,
}

impl From<&hf_state> for Forms {
    fn from(table: &hf_state) -> Self {
        Self { schema: table.schema, newest: table.version, oldest: table.version_min }
    }
}

/// What two generations agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plugins) enum Agreement {
    /// There is no state to hand over.
    Nothing,
    /// State goes over as of this version.
    Version(u32),
    /// The new one cannot go on where the old one is: why.
    Mismatch(String),
}

/// The newest version that both know, be it a step up or a step back.
pub(in crate::plugins) fn agree(old: Option<Forms>, new: Option<Forms>) -> Agreement {
    let (old, new) = match (old, new) {
        (None, _) => return Agreement::Nothing,
        (Some(_), None) => {
            let why = "the generation that serves has state, and this one takes none";
            return Agreement::Mismatch(why.to_owned());
        }
        (Some(old), Some(new)) => (old, new),
    };
    let version = old.newest.min(new.newest);
    if old.schema != new.schema {
        let (old, new) = (old.schema, new.schema);
        Agreement::Mismatch(format!("its state is {new:#x}, that of what serves is {old:#x}"))
    } else if version < old.oldest.max(new.oldest) {
        Agreement::Mismatch(format!(
            "it knows versions {} to {} of its state, what serves knows {} to {}",
            new.oldest, new.newest, old.oldest, old.newest
        ))
    } else {
        Agreement::Version(version)
    }
}

/// Whether a plugin can load what was kept; else why not.
pub(in crate::plugins) fn suits(kept: &SavedState, state: Option<Forms>) -> Result<(), String> {
    let Some(state) = state else {
        return Err("there is kept state, and it takes none".to_owned());
    };
    if kept.schema != state.schema {
        let (old, new) = (kept.schema, state.schema);
        return Err(format!("its state is {new:#x}, what was kept is {old:#x}"));
    }
    if !(state.oldest..=state.newest).contains(&kept.version) {
        return Err(format!(
            "it knows versions {} to {} of its state, what was kept is version {}",
            state.oldest, state.newest, kept.version
        ));
    }
    Ok(())
}

/// What was kept, in the newest form that a plugin with these can load.
pub(in crate::plugins) fn fitting(kept: Arc<SavedState>, state: Forms) -> Option<Arc<SavedState>> {
    let older = kept.older.clone();
    let suits = |kept: &Arc<SavedState>| suits(kept, Some(state)).is_ok();
    Some(kept).filter(suits).or_else(|| older.filter(suits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(schema: u32, oldest: u32, newest: u32) -> Forms {
        Forms { schema, newest, oldest }
    }

    #[test]
    fn the_newest_version_that_both_know_is_taken() {
        let table = [
            // Old, new, and what they agree on.
            ((1, 1), (1, 1), Some(1)),
            ((1, 1), (1, 3), Some(1)),
            ((1, 2), (2, 3), Some(2)),
            ((1, 3), (1, 2), Some(2)),
            ((2, 3), (1, 2), Some(2)),
            ((1, 1), (2, 3), None),
            ((3, 3), (1, 2), None),
        ];
        for (old, new, wanted) in table {
            let (old, new) = (state(7, old.0, old.1), state(7, new.0, new.1));
            let agreed = match agree(Some(old), Some(new)) {
                Agreement::Version(version) => Some(version),
                Agreement::Mismatch(_) => None,
                Agreement::Nothing => panic!("both have state"),
            };
            assert_eq!(agreed, wanted, "{old:?} {new:?}");
        }
    }

    #[test]
    fn another_schema_is_another_state_and_no_state_is_none_to_hand_over() {
        let (one, other) = (state(7, 1, 1), state(8, 1, 1));
        assert!(matches!(agree(Some(one), Some(other)), Agreement::Mismatch(_)));
        assert!(matches!(agree(Some(one), None), Agreement::Mismatch(_)));
        assert_eq!(agree(None, Some(one)), Agreement::Nothing);
        assert_eq!(agree(None, None), Agreement::Nothing);
    }

    #[test]
    fn what_was_kept_is_loaded_by_who_knows_its_version() {
        let kept = SavedState { schema: 7, version: 2, ..SavedState::default() };
        assert_eq!(suits(&kept, Some(state(7, 1, 3))), Ok(()));
        for wrong in [state(7, 1, 1), state(7, 3, 4), state(8, 1, 3)] {
            assert!(suits(&kept, Some(wrong)).is_err());
        }
        assert!(suits(&kept, None).is_err());
    }

    #[test]
    fn who_knows_only_the_older_form_gets_that() {
        let older = Arc::new(SavedState { schema: 7, version: 1, ..SavedState::default() });
        let (schema, version) = (7, 3);
        let kept = SavedState { schema, version, older: Some(older), ..SavedState::default() };
        let kept = Arc::new(kept);
        let version = |forms| fitting(Arc::clone(&kept), forms).map(|kept| kept.version);
        assert_eq!(version(state(7, 1, 3)), Some(3));
        assert_eq!(version(state(7, 1, 2)), Some(1));
        assert_eq!(version(state(7, 2, 2)), None);
        assert_eq!(version(state(8, 1, 3)), None);
    }
}
