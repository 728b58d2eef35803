//! Owns the calls of a plugin's functions beside its handlers: what it is told on the loop thread.
#![allow(unsafe_code)]
use std::ffi::c_void;

use hotframe_core::{Moment, Token};
use hotframe_plugin_api::abi::{hf_done_fn, hf_plugin, hf_timer, hf_token};

use super::duty::{Act, BadgeRef};
use super::host_table::ContextRef;
use super::workers::Opaque;

/// The functions of one live instance; those that it does not have are passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hooks {
    cancel: Option<unsafe extern "C" fn(*mut c_void, hf_token)>,
    on_timer: Option<unsafe extern "C" fn(*mut c_void, hf_timer, u64)>,
    on_wake: Option<unsafe extern "C" fn(*mut c_void)>,
    instance: *mut c_void,
    context: ContextRef,
    badge: BadgeRef,
}

impl Hooks {
    /// Those of `table`, whose `create` stored `instance`. To be used only while that lives, on
    /// the loop thread, and never inside another call of the plugin.
    pub fn new(
        table: &hf_plugin,
        instance: *mut c_void,
        context: ContextRef,
        badge: BadgeRef,
    ) -> Self {
        let hf_plugin { cancel, on_timer, on_wake, .. } = *table;
        Self { cancel, on_timer, on_wake, instance, context, badge }
    }

    /// Nobody waits for the answer behind `token`. The plugin hears of it unless it has answered
    /// meanwhile.
    pub fn cancel(&self, token: Token) {
        let token = token.to_bits();
        if self.context.backroom().cancel(token)
            && let Some(cancel) = self.cancel
        {
            // SAFETY: a function of the plugin and what its `create` stored; see `new`.
            let call = || unsafe { cancel(self.instance, token) };
            self.badge.duty(Act::Cancel).during(call);
        }
    }

    /// Another generation answers `token` from now on: for this one it is void.
    pub fn disown(&self, token: Token) {
        if let Some(cancel) = self.cancel {
            // SAFETY: as in `cancel`.
            let call = || unsafe { cancel(self.instance, token.to_bits()) };
            self.badge.duty(Act::Cancel).during(call);
        }
    }

    /// Calls for every timer that is due by `now`.
    pub fn ring(&self, now: Moment) {
        // One by one: a timer may stop another that is due, too.
        while let Some(rung) = self.context.backroom().pop_timer(now) {
            if let Some(on_timer) = self.on_timer {
                // SAFETY: as in `cancel`.
                let call = || unsafe { on_timer(self.instance, rung.timer, rung.user) };
                self.badge.duty(Act::Timer).during(call);
            }
        }
    }

    /// The plugin has asked for it.
    pub fn wake(&self) {
        if let Some(on_wake) = self.on_wake {
            // SAFETY: as in `cancel`.
            let call = || unsafe { on_wake(self.instance) };
            self.badge.duty(Act::Wake).during(call);
        }
    }

    /// A job has run: calls what is to follow it.
    pub fn follow_up(&self, done: Option<hf_done_fn>, arg: Opaque) {
        if let Some(done) = done {
            // SAFETY: as in `cancel`, with the pointer that the plugin passed for it.
            let call = || unsafe { done(self.instance, arg.0) };
            self.badge.duty(Act::FollowUp).during(call);
        }
        self.context.backroom().workers().follow_up();
    }
}
