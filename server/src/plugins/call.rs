//! Owns the call of a handler: a frame of ours becomes the ABI's, a returned number an outcome.
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::time::Duration;

use hotframe_core::{Deferrals, Outcome, Reply, Request, Token};
use hotframe_plugin_api::abi::{
    HF_BUSY, HF_CLOSE, HF_CONFIG, HF_DEFERRED, HF_DENIED, HF_INVALID, HF_NEXT, HF_NO_MEMORY,
    HF_NO_REPLY, HF_PANICKED, HF_REPLY, HF_REQ_EVENT, HF_SHUTDOWN, HF_STALE, HF_STATE_VERSION,
    HF_TIMEOUT, HF_TOO_LARGE, HF_UNSUPPORTED, HF_WRONG_THREAD, hf_handler_fn, hf_reply, hf_request,
    table_size,
};
use hotframe_protocol::{Command, MAX_DATA, Status};

use super::backroom::Lent;
use super::duty::Duty;
use super::host_table::ContextRef;
use crate::diagnostics::Code;
use crate::diagnostics::codes::plugins::TOO_SLOW;
use crate::diagnostics::codes::runtime::{BAD_OUTCOME, HANDLER_PANICKED};

/// A handler of a live instance. Exists only as long as the instance: the host removes it
/// before `destroy`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub function: hf_handler_fn,
    pub instance: *mut c_void,
    pub context: ContextRef,
    /// Lies in the generation's badge, which lives longer than its instance.
    pub duty: *const Duty,
}

/// How long a reply's room is, as the ABI says it.
const CAP: u32 = 255;
const _: () = assert!(MAX_DATA == 255, "the room of a reply is all of a frame's data");

impl Call {
    /// Lets the handler answer. No allocation, no copy, no look at a clock.
    #[inline(always)]
    pub fn run(
        self,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        let Ok(len) = u32::try_from(request.data.len()) else {
            return Outcome::NoReply;
        };
        let asked = hf_request {
            size: table_size::<hf_request>(),
            flags: if request.is_event { HF_REQ_EVENT } else { 0 },
            conn: request.connection.to_bits(),
            request_id: request.id,
            now_ns: request.now.as_nanos(),
            data: request.data.as_ptr(),
            len,
            command: request.command.word(),
            address: request.address,
            reserved: 0,
            deadline_ns: request.deadline.map_or(0, hotframe_core::Moment::as_nanos),
        };
        let mut answer = hf_reply {
            size: table_size::<hf_reply>(),
            cap: CAP,
            buf: reply.data.as_mut_ptr(),
            len: 0,
            command: reply.command.word(),
            address: reply.address,
            reserved: 0,
        };
        let lent = Lent::new(asked, deferrals);
        // SAFETY: the function is one of a library that stays mapped while this handler is
        // registered, called on the loop thread with the pointer that its own `create` stored.
        // Request and reply live for the call; `data` and `buf` point at as many bytes as `len`
        // and `cap` say, and nothing of ours refers to the latter meanwhile.
        let call =
            || unsafe { (self.function)(self.instance, &raw const lent.asked, &raw mut answer) };
        // SAFETY: see the field; the instance lives.
        unsafe { &*self.duty }.begin();
        let returned = self.context.lend(&lent, call);
        match (returned, deferrals.issued(), u8::try_from(answer.len)) {
            (HF_REPLY, None, Ok(len)) => {
                (reply.len, reply.command) = (len, Command::from_word(answer.command));
                Outcome::Reply
            }
            (returned, token, _) => {
                out_of_line(reply, |reply| self.judge(returned, token, &answer, reply, request.id))
            }
        }
    }

    /// What becomes of a call that did not simply reply.
    #[inline(never)]
    fn judge(
        self,
        returned: i32,
        token: Option<Token>,
        answer: &hf_reply,
        reply: &mut Reply<'_>,
        request: u64,
    ) -> Outcome {
        if let Some(token) = token.filter(|_| returned != HF_DEFERRED) {
            self.context.backroom().revoke(token.to_bits());
        }
        match returned {
            HF_DEFERRED => self.put_off(token),
            HF_REPLY => self.accept(answer, reply, Outcome::Reply),
            HF_NO_REPLY => Outcome::NoReply,
            HF_NEXT => self.pass_on(request),
            HF_CLOSE => self.accept(answer, reply, Outcome::Close),
            returned => self.fail(returned, request, reply),
        }
    }

    /// What it said its error is belongs to it: the request goes on to another handler.
    #[cold]
    fn pass_on(self, request: u64) -> Outcome {
        let _was_said = self.context.take_error(request, |_, _| {});
        Outcome::Next
    }

    fn put_off(self, token: Option<Token>) -> Outcome {
        if token.is_none() {
            self.context.count_fault();
            self.tell_broken(BAD_OUTCOME, "says that it answers later, and has no token");
        }
        Outcome::Deferred
    }

    fn accept(self, answer: &hf_reply, reply: &mut Reply<'_>, outcome: Outcome) -> Outcome {
        let Ok(len) = u8::try_from(answer.len) else {
            return self.fail_too_long(reply);
        };
        (reply.len, reply.command) = (len, Command::from_word(answer.command));
        outcome
    }

    /// It took longer than the plugin wants it to.
    #[cold]
    pub fn tell_slow(self, took: Duration, limit: Duration) {
        // SAFETY: see the field; the instance lives.
        let duty = unsafe { &*self.duty };
        let (plugin, generation) = duty.whose();
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // The same text each time, so that the log folds it.
        log::warn!(
            plugin, generation, handler = &*duty.handler, duration_us = took,
            code = TOO_SLOW.as_str();
            "handler {} takes longer than the {limit:?} that it sets itself", duty.handler
        );
    }

    /// It has broken the rules.
    #[cold]
    fn tell_broken(self, code: Code, what: &str) {
        // SAFETY: see the field; the instance lives.
        let duty = unsafe { &*self.duty };
        let (plugin, generation) = duty.whose();
        // The same text each time, so that the log folds it.
        log::error!(
            plugin, generation, handler = &*duty.handler, code = code.as_str();
            "handler {} {what}", duty.handler
        );
    }

    #[cold]
    fn note_error(self, is_panic: bool) {
        // SAFETY: see the field; the instance lives.
        if let Some(figures) = unsafe { &*self.duty }.figures() {
            figures.note_error(is_panic);
        }
    }

    #[cold]
    fn fail_too_long(self, reply: &mut Reply<'_>) -> Outcome {
        self.context.count_fault();
        self.tell_broken(BAD_OUTCOME, "gives a reply that is too long");
        self.note_error(false);
        reply.fail(Status::HandlerFailed.code(), "the handler's reply is too long");
        Outcome::Failed
    }

    #[cold]
    fn fail(self, returned: i32, request: u64, reply: &mut Reply<'_>) -> Outcome {
        let (status, message) = meaning_of(returned);
        self.note_error(returned == HF_PANICKED);
        if returned == HF_PANICKED {
            self.context.count_fault();
            self.tell_broken(HANDLER_PANICKED, "panicked");
        } else if message == UNKNOWN {
            self.context.count_fault();
            self.tell_broken(BAD_OUTCOME, "returns a number that is no outcome");
        }
        let was_said = self.context.take_error(request, |code, text| {
            reply.fail(if code == 0 { status.code() } else { code }, text);
        });
        if !was_said {
            reply.fail(status.code(), message);
        }
        Outcome::Failed
    }
}

/// Lets `change` change a copy of the reply and takes over what came of it. What a function out of
/// line looks at has to lie in memory; so the reply itself can stay in registers.
#[inline(always)]
pub(super) fn out_of_line(
    reply: &mut Reply<'_>,
    change: impl FnOnce(&mut Reply<'_>) -> Outcome,
) -> Outcome {
    let Reply { ref mut data, len, address, command } = *reply;
    let mut copy = Reply { data, len, address, command };
    let outcome = change(&mut copy);
    (reply.len, reply.command) = (copy.len, copy.command);
    outcome
}

const UNKNOWN: &str = "the handler answered in a way that the server does not know";

/// The status for a client that belongs to what a handler returned, and the words for it when
/// the handler has found none itself.
pub(super) const fn meaning_of(returned: i32) -> (Status, &'static str) {
    let failed = Status::HandlerFailed;
    match returned {
        HF_INVALID => (Status::BadRequest, "the handler cannot use this data"),
        HF_DENIED => (Status::Forbidden, "the handler does not allow this"),
        HF_BUSY => (Status::Overloaded, "the handler is busy"),
        HF_TIMEOUT => (Status::Timeout, "the handler gave up waiting"),
        HF_PANICKED => (failed, "the handler panicked"),
        HF_UNSUPPORTED => (failed, "the handler does not support this"),
        HF_TOO_LARGE => (failed, "the handler's answer does not fit"),
        HF_NO_MEMORY => (failed, "the handler is out of memory"),
        HF_CONFIG => (failed, "the handler is not configured for this"),
        HF_SHUTDOWN => (failed, "the handler is shutting down"),
        HF_STALE | HF_STATE_VERSION | HF_WRONG_THREAD => (failed, "the handler failed"),
        hotframe_plugin_api::abi::HF_INTERNAL => (failed, "the handler failed"),
        _ => (failed, UNKNOWN),
    }
}
