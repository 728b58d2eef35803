//! What is logged: owns the level, and those of targets that have one of their own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use log::{Level, LevelFilter};

/// The crate's own name in front of a target, which nobody types.
const OWN_CRATE: &str = "hotframe_server::";

/// What is let through; read for every line, changed by an operator.
#[derive(Debug)]
pub(super) struct Filter {
    base: AtomicUsize,
    /// Whether any target has a level of its own, so that who asks need not lock.
    has_targets: AtomicBool,
    targets: RwLock<Vec<(String, LevelFilter)>>,
}

impl Filter {
    pub(super) fn new(level: LevelFilter) -> Self {
        let (base, has_targets) = (AtomicUsize::new(level as usize), AtomicBool::new(false));
        Self { base, has_targets, targets: RwLock::default() }
    }

    /// The level of what has none of its own.
    pub(super) fn base(&self) -> LevelFilter {
        let number = self.base.load(Ordering::Relaxed);
        LevelFilter::iter().nth(number).unwrap_or(LevelFilter::Info)
    }

    pub(super) fn targets(&self) -> Vec<(String, LevelFilter)> {
        self.targets.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the level of what has none of its own.
    pub(super) fn set_base(&self, level: LevelFilter) {
        self.base.store(level as usize, Ordering::Relaxed);
        self.announce();
    }

    /// Gives `target`, and what is below it, a level of its own.
    pub(super) fn set_target(&self, target: &str, level: LevelFilter) {
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        targets.retain(|(known, _)| known != target);
        targets.push((target.to_owned(), level));
        // The longest first: the nearest counts.
        targets.sort_by_key(|(known, _)| std::cmp::Reverse(known.len()));
        drop(targets);
        self.announce();
    }

    /// Takes all targets their own levels.
    pub(super) fn clear_targets(&self) {
        self.targets.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.announce();
    }

    pub(super) fn passes(&self, level: Level, target: &str) -> bool {
        if self.has_targets.load(Ordering::Relaxed) {
            let bare = target.strip_prefix(OWN_CRATE).unwrap_or(target);
            let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
            let own = targets.iter().find(|(known, _)| is_below(bare, known));
            if let Some((_, own)) = own {
                return level <= *own;
            }
        }
        level <= self.base()
    }

    /// Tells the `log` crate what is worth asking for.
    fn announce(&self) {
        let targets = self.targets();
        self.has_targets.store(!targets.is_empty(), Ordering::Relaxed);
        let most = targets.iter().map(|(_, level)| *level).chain([self.base()]).max();
        log::set_max_level(most.unwrap_or(LevelFilter::Info));
    }
}

/// Whether `target` is `root` or lies below it.
fn is_below(target: &str, root: &str) -> bool {
    let root = root.strip_prefix(OWN_CRATE).unwrap_or(root);
    target.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_target_counts() {
        let filter = Filter::new(LevelFilter::Info);
        filter.set_target("plugin", LevelFilter::Warn);
        filter.set_target("plugin::echo", LevelFilter::Debug);
        filter.set_target("control", LevelFilter::Trace);
        for (target, level, passes) in [
            ("plugin::echo", Level::Debug, true),
            ("plugin::echo", Level::Trace, false),
            ("plugin::echoes", Level::Info, false),
            ("plugin::tally", Level::Warn, true),
            ("hotframe_server::control::socket", Level::Trace, true),
            ("hotframe_server::live", Level::Debug, false),
            ("hotframe_server::live", Level::Info, true),
        ] {
            assert_eq!(filter.passes(level, target), passes, "{target} {level}");
        }
        filter.clear_targets();
        assert!(!filter.passes(Level::Debug, "plugin::echo"));
    }
}
