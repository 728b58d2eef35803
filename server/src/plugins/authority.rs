//! Owns the call of a plugin's extension `hotframe.auth/1`: what it says of a credential.
#![allow(unsafe_code)]
use std::ffi::c_void;

use hotframe_core::{Claim, Judged, Moment};
use hotframe_plugin_api::abi::{
    HF_DEFERRED, HF_DENIED, HF_OK, HF_PANICKED, hf_auth, hf_bytes, hf_credential, hf_str, hf_token,
    table_size,
};
use hotframe_protocol::Status;

use super::call::meaning_of;
use super::duty::{Act, BadgeRef};
use super::generation::{Instance, Loaded};
use super::host_table::{CREATE, ContextRef};
use super::module::Module;

/// The function of one live instance that has the extension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Authority {
    table: hf_auth,
    instance: *mut c_void,
    context: ContextRef,
    badge: BadgeRef,
}

impl Loaded {
    /// Whether it judges credentials.
    pub fn judges_credentials(&self) -> bool {
        self.0.description.tables.auth.is_some()
    }
}

impl Authority {
    /// That of an instance, if it judges credentials. To be used only while that lives, on the
    /// loop thread, never inside another call of the plugin.
    pub fn of(of: &Instance) -> Option<Self> {
        let Module { description, context, badge, .. } = &of.module;
        let (table, instance) = (description.tables.auth?, of.pointer());
        Some(Self { table, instance, context: *context, badge: *badge })
    }

    /// What the plugin says of `claim`, which comes from `peer`, with the reason where nobody can
    /// say; `None` if it says that later, by `until`, with `token`.
    pub fn judge(
        &self,
        claim: &Claim,
        peer: &str,
        until: Moment,
        token: hf_token,
    ) -> Option<(Judged, String)> {
        let judge = self.table.judge?;
        let shown = hf_credential {
            size: table_size::<hf_credential>(),
            reserved: 0,
            conn: claim.connection.to_bits(),
            client: hf_str::new(&claim.client),
            credential: hf_bytes::new(&claim.credential),
            peer: hf_str::new(peer),
            deadline_ns: until.as_nanos(),
        };
        self.context.backroom().promise(token, 0, None);
        // SAFETY: a function of the plugin and what its `create` stored, see `of`; what is shown
        // lives for the call.
        let call = || unsafe { judge(self.instance, &raw const shown, token) };
        let returned = self.badge.duty(Act::Judge).during(call);
        if returned == HF_DEFERRED {
            return None;
        }
        self.context.backroom().revoke(token);
        let mut said = format!("judge returned {returned}");
        self.context.take_error(CREATE, |_, text| text.clone_into(&mut said));
        Some(match returned {
            HF_OK => (Judged::Good, String::new()),
            HF_DENIED => (Judged::Bad, String::new()),
            _ => {
                if returned == HF_PANICKED {
                    self.context.count_fault();
                }
                (Judged::Unjudged(fault(meaning_of(returned).0.code())), said)
            }
        })
    }
}

/// What a client hears whose credential nobody could judge: never that it is its fault.
pub(super) fn fault(code: u16) -> Status {
    let ours = Status::from_code(code).filter(|status| status.code() >= 2000);
    ours.unwrap_or(Status::HandlerFailed)
}
