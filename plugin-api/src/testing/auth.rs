//! Credentials as a test shows them.

use core::time::Duration;

use super::later::{Later, Promise};
use super::{Answer, Loaded};
use crate::TokenId;
use crate::abi::{
    HF_AUTH, HF_DEFERRED, HF_DENIED, HF_OK, hf_auth, hf_bytes, hf_credential, hf_str, hf_token,
    table_size,
};
use crate::export::Exported;

/// As `auth.timeout` is by default.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The code by which the test host keeps that somebody was refused.
const DENIED: u16 = 1003;
/// The command word of the reply to a HELLO.
const HELLO: u16 = 0x8001;

/// What a plugin says of a credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judged {
    /// The client is in.
    Good,
    /// It is refused.
    Bad,
    /// Nobody could say, for this reason.
    Failed(String),
    /// It says so later: see [`Loaded::verdict`].
    Later(TokenId),
}

impl Later {
    /// A token that no handler has taken, good until `deadline`.
    fn promise(&self, deadline: u64) -> hf_token {
        let mut state = self.lock();
        state.newest += 1;
        let token = state.newest;
        state.good.insert(token, Promise { address: 0, command: HELLO, deadline, number: 0 });
        token
    }
}

impl<P: Exported> Loaded<P> {
    /// A client shows a credential.
    ///
    /// # Panics
    /// If the plugin does not name `extensions: [auth]`.
    pub fn claim(&mut self, client: &str, credential: impl AsRef<[u8]>) -> Judged {
        let table = self.extension::<hf_auth>(HF_AUTH).expect("`auth` is among its extensions");
        let judge = table.judge.expect("the SDK provides `judge`");
        let deadline = self.context.now_ns() + u64::try_from(TIMEOUT.as_nanos()).unwrap_or(0);
        let shown = hf_credential {
            size: table_size::<hf_credential>(),
            reserved: 0,
            conn: 1,
            client: hf_str::new(client),
            credential: hf_bytes::new(credential.as_ref()),
            peer: hf_str::new("192.0.2.7:50123"),
            deadline_ns: deadline,
        };
        let token = self.context.later.promise(deadline);
        let instance = self.instance;
        // SAFETY: the plugin's own function and instance, which is alive; `self` is borrowed
        // mutably, so that nothing else runs in it, and what is shown outlives the call.
        let returned = self.context.run(|| unsafe { judge(instance, &raw const shown, token) });
        if returned == HF_DEFERRED {
            return Judged::Later(TokenId::from_bits(token));
        }
        self.context.later.cancel(token);
        let said = self.context.take_error();
        match returned {
            HF_OK => Judged::Good,
            HF_DENIED => Judged::Bad,
            _ => Judged::Failed(said.map_or_else(String::new, |(_, text)| text)),
        }
    }

    /// Waits for a verdict that was put off, as [`Loaded::wait`] does.
    ///
    /// # Panics
    /// If none comes.
    #[track_caller]
    pub fn verdict(&mut self, token: TokenId) -> Judged {
        match self.wait(token) {
            Answer::Error { code: DENIED, .. } => Judged::Bad,
            Answer::Error { text, .. } => Judged::Failed(text),
            _ => Judged::Good,
        }
    }
}
