//! Owns what a plugin answers to a token, on its way to the loop.
use hotframe_core::Completion;
use hotframe_plugin_api::abi::hf_token;
use hotframe_protocol::MAX_DATA;

/// What a plugin answered to one token, copied.
#[derive(Debug)]
pub(super) struct Answer {
    pub token: hf_token,
    /// The status of an error; 0 for a reply.
    code: u16,
    len: u8,
    data: [u8; MAX_DATA],
}

impl Answer {
    /// A reply, or an error of that code. `data` is cut to what fits.
    pub fn new(token: hf_token, code: u16, data: &[u8]) -> Self {
        let len = u8::try_from(data.len()).unwrap_or(u8::MAX);
        let mut answer = Self { token, code, len, data: [0; MAX_DATA] };
        for (place, byte) in answer.data.iter_mut().zip(data) {
            *place = *byte;
        }
        answer
    }

    /// Whether it is an error.
    pub const fn is_error(&self) -> bool {
        self.code != 0
    }

    /// Hands the answer to `take` as the engine knows it.
    pub fn complete<R>(&self, take: impl FnOnce(Completion<'_>) -> R) -> R {
        let data = self.data.get(..usize::from(self.len)).unwrap_or_default();
        if self.code == 0 {
            return take(Completion::Reply { data });
        }
        take(Completion::Failed { code: self.code, message: &String::from_utf8_lossy(data) })
    }
}
