//! Owns the `Badge`: who a generation is, written out beforehand, and everything it is called for.
#![allow(unsafe_code)]
use std::ops::Range;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering;
use std::sync::{OnceLock, PoisonError};

use super::{Act, Duty, GATE, ON_LOOP, roll};

/// The acts on the loop that every generation has, in this order.
const ACTS: [Act; 15] = [
    Act::Create,
    Act::Judge,
    Act::Cancel,
    Act::Timer,
    Act::Wake,
    Act::FollowUp,
    Act::Step,
    Act::Save,
    Act::LoadState,
    Act::Connection,
    Act::Session,
    Act::PeerAnswer,
    Act::PushRefused,
    Act::Measure,
    Act::Destroy,
];

/// Who a generation is.
#[derive(Debug)]
pub(in crate::plugins) struct Badge {
    pub plugin: String,
    pub generation: u64,
    /// The lines of a crash record that say it: a crashed process can format nothing any more.
    pub lines: Box<[u8]>,
    acts: OnceLock<[Duty; ACTS.len()]>,
    handlers: OnceLock<Box<[Duty]>>,
}

/// The owner of a badge. As long as this lives, whoever copied the [`BadgeRef`] may use it.
#[derive(Debug)]
pub(in crate::plugins) struct Badged(BadgeRef);

/// The way to a badge. Whoever holds one holds the library that it belongs to, or is held by the
/// badge itself.
#[derive(Debug, Clone, Copy)]
pub(in crate::plugins) struct BadgeRef(NonNull<Badge>);

// SAFETY: a badge does not change but for what is set once, and may be read by any thread.
unsafe impl Send for BadgeRef {}
// SAFETY: as above.
unsafe impl Sync for BadgeRef {}

impl Badge {
    /// That of a generation of `plugin`, which is about to be mapped.
    pub fn enter(plugin: &str, generation: u64, sha256: &str, file: &Path) -> Badged {
        let file = file.display().to_string().replace('\n', " ");
        let lines =
            format!("plugin {plugin}\ngeneration {generation}\nsha256 {sha256}\nfile {file}\n");
        let badge = Self {
            plugin: plugin.to_owned(),
            generation,
            lines: lines.into_bytes().into(),
            acts: OnceLock::new(),
            handlers: OnceLock::new(),
        };
        let badge = BadgeRef(NonNull::from(Box::leak(Box::new(badge))));
        let duty = |act| Duty { act, handler: Box::default(), figures: OnceLock::new(), badge };
        // Set once, right here.
        let _is_new = badge.badge().acts.set(ACTS.map(duty));
        roll::enter(badge);
        Badged(badge)
    }
}

impl Badged {
    /// The way to it.
    pub const fn badge(&self) -> BadgeRef {
        self.0
    }

    /// Its library is mapped there.
    pub fn set_range(&self, range: &Range<usize>) {
        roll::set_range(self.0, range);
    }
}

impl BadgeRef {
    pub fn badge<'a>(self) -> &'a Badge {
        // SAFETY: see the type: the badge is freed only with its owner.
        unsafe { self.0.as_ref() }
    }

    pub(super) const fn as_ptr(self) -> *mut Badge {
        self.0.as_ptr()
    }

    pub(super) fn from_ptr(badge: *mut Badge) -> Option<Self> {
        NonNull::new(badge).map(Self)
    }

    /// It has these handlers. To be called once, before any of them is.
    pub fn set_handlers<'a>(self, names: impl Iterator<Item = &'a str>) {
        let name = |name| format!("{}.{name}", self.badge().plugin).into();
        let duty =
            |handler| Duty { act: Act::Handler, handler, figures: OnceLock::new(), badge: self };
        let handlers = names.map(|it| duty(name(it))).collect();
        let is_first = self.badge().handlers.set(handlers).is_ok();
        debug_assert!(is_first, "handlers are shown once");
    }

    /// The duty of an act that is no handler's.
    pub fn duty<'a>(self, act: Act) -> &'a Duty {
        let at = ACTS.iter().position(|other| *other == act).unwrap_or(0);
        let acts = self.badge().acts.get().expect("they are set where the badge is made");
        &acts[at]
    }

    /// The duty of the handler with this place among the plugin's.
    pub fn handler<'a>(self, at: usize) -> &'a Duty {
        let handlers = self.badge().handlers.get();
        handlers.and_then(|all| all.get(at)).unwrap_or_else(|| self.duty(Act::Create))
    }

    fn holds(self, duty: *const Duty) -> bool {
        let badge = self.badge();
        let mut acts = badge.acts.get().into_iter().flatten();
        let mut handlers = badge.handlers.get().into_iter().flatten();
        acts.any(|it| ptr::eq(it, duty)) || handlers.any(|it| ptr::eq(it, duty))
    }
}

impl Drop for Badged {
    fn drop(&mut self) {
        let _held = GATE.lock().unwrap_or_else(PoisonError::into_inner);
        roll::leave(self.0);
        let begun = ON_LOOP.load(Ordering::Relaxed);
        if self.0.holds(begun) {
            let order = (Ordering::Relaxed, Ordering::Relaxed);
            // Fails if the loop has begun something else meanwhile, which is as good.
            let _ = ON_LOOP.compare_exchange(begun, ptr::null_mut(), order.0, order.1);
        }
        // SAFETY: made by `Box::leak` in `enter`, and given back once; nobody calls anything of
        // the generation any more, and what other threads may still see is taken away above.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
