//! How a request is named in logs and tools.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::fmt::{self, Display};

use crate::abi::{HF_OK, HF_TRACE, hf_host, hf_str, hf_token, hf_trace, hf_trace_id};
use crate::{Host, Level, Request, Token};

/// The trace id of one request, in the form of W3C Trace Context: 32 hexadecimal digits. It stands
/// in the server's own lines about the request, and in those that the plugin writes while it
/// answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// The bytes, to be handed to whatever is called for the request.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Request<'_> {
    /// Its trace id; `None` on a server that has none.
    pub fn trace_id(&self) -> Option<TraceId> {
        // SAFETY: the table is alive while `asked` runs; a handler is running on this thread.
        self.host().asked(|host, trace, id| unsafe { (trace.of_request)(host, id) })
    }
}

impl Token {
    /// The trace id of its request; `None` once nobody waits for the answer, and on a server that
    /// has none.
    pub fn trace_id(&self) -> Option<TraceId> {
        let token = self.id().to_bits();
        // SAFETY: the table is alive while `asked` runs.
        self.host().asked(|host, trace, id| unsafe { (trace.of_token)(host, token, id) })
    }

    /// Writes a line to the server's log that carries the trace id of its request, from any
    /// thread. Otherwise as [`Host::log`].
    pub fn log(&self, level: Level, text: impl Display) {
        if self.host().is_logged(level) {
            self.host().log_for(self.id().to_bits(), level, &text.to_string());
        }
    }
}

impl Host {
    /// Asks for an id.
    fn asked(
        &self,
        ask: impl FnOnce(*const hf_host, &hf_trace, *mut hf_trace_id) -> i32,
    ) -> Option<TraceId> {
        self.with(|host, table| {
            let mut id = hf_trace_id::default();
            let returned = ask(host, trace_of(host, table)?, &raw mut id);
            (returned == HF_OK).then_some(TraceId(id.bytes))
        })?
    }

    /// Writes a line for the request behind `token`.
    fn log_for(&self, token: hf_token, level: Level, text: &str) {
        let is_written = self.with(|host, table| {
            let trace = trace_of(host, table)?;
            // SAFETY: the table is alive while `with` runs; the text is copied.
            unsafe { (trace.log)(host, token, level.number(), hf_str::new(text)) };
            Some(())
        });
        if is_written == Some(None) {
            self.log_str(level, text);
        }
    }
}

/// The extension, if the host has it.
fn trace_of(host: *const hf_host, table: &hf_host) -> Option<&hf_trace> {
    // SAFETY: both are the host's, which is alive as long as `table` is borrowed.
    let found = unsafe { (table.extension)(host, hf_str::new(HF_TRACE)) };
    // SAFETY: under this id the host has this table, valid as long as itself, or null.
    unsafe { found.cast::<hf_trace>().as_ref() }
}
