//! Owns the plugin that every server has: `builtin`, in plain Rust.
use hotframe_core::{Outcome, Reply, Request};

/// One of its handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    /// Answers with the data of the request.
    Echo,
    /// Answers with name and version of the server.
    Info,
}

impl Builtin {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 2] = [("echo", Self::Echo), ("info", Self::Info)];

    /// Answers one request.
    pub fn call(self, request: &Request<'_>, reply: &mut Reply<'_>) -> Outcome {
        let data = match self {
            Self::Echo => request.data,
            Self::Info => concat!("hotframe/", env!("CARGO_PKG_VERSION")).as_bytes(),
        };
        // A frame's data always fits: both sides hold at most 255 bytes.
        let (Some(place), Ok(len)) = (reply.data.get_mut(..data.len()), u8::try_from(data.len()))
        else {
            return Outcome::NoReply;
        };
        place.copy_from_slice(data);
        reply.len = len;
        Outcome::Reply
    }
}
