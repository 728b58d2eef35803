//! Credentials: owns the way of claims to the keeper, and of its verdicts back.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use hotframe_core::{Access, ConnectionId, Judged};

use super::{Live, Message};
use crate::auth::{Clients, Keeper, Rules, Verdict};
use crate::config::Settings;
use crate::diagnostics::codes::runtime::CREDENTIAL_REFUSED;
use crate::shell::listener::Peer;
use crate::shell::loop_core::LoopCore;
use crate::shell::mailbox::Postman;

/// What clients must show, as the engine takes it.
#[must_use]
pub fn access(settings: &Settings) -> Access {
    let auth = &settings.auth;
    match auth.file {
        Some(_) => Access::checked(auth.required, auth.allow.iter().copied()),
        None => Access::open(),
    }
}

/// By what credentials are judged, as the keeper takes it.
#[must_use]
pub fn rules(settings: &Settings, clients: &Arc<Clients>) -> Rules {
    let failures = settings.auth.failure_rate.map(super::rate);
    Rules { clients: Arc::clone(clients), failures }
}

/// Starts the keeper with the first clients.
///
/// # Errors
/// When no thread can be started.
pub fn start_keeper(
    settings: &Settings,
    clients: Option<Clients>,
    postman: &Postman<Message>,
) -> io::Result<(Arc<Clients>, Keeper)> {
    let clients = Arc::new(clients.unwrap_or_default());
    let postman = postman.clone();
    let tell = move |verdict| postman.post(Message::Judged(verdict));
    let keeper = Keeper::start(rules(settings, &clients), tell)?;
    Ok((clients, keeper))
}

impl Live {
    /// Other clients may come from now on, or others than before.
    pub(super) fn set_clients(&mut self, clients: Clients) -> bool {
        let is_new = clients != *self.clients;
        if is_new {
            self.clients = Arc::new(clients);
        }
        is_new
    }

    /// Judges by what is in force now.
    pub(super) fn renew_access(&self, core: &mut LoopCore) {
        core.engine.set_access(access(&self.settings));
        self.keeper.set_rules(rules(&self.settings, &self.clients));
    }

    /// Hands what clients have shown to the keeper.
    pub(super) fn pass_claims_on(&self, core: &mut LoopCore) {
        while let Some(claim) = core.engine.poll_claim() {
            let source = source(core, claim.connection);
            self.keeper.judge(claim, source, core.now);
        }
    }

    pub(super) fn hear_verdict(&self, verdict: Verdict, core: &mut LoopCore) {
        let Verdict { connection, client, judged } = verdict;
        if judged != Judged::Good {
            let peer = core.sockets.peer(connection).map_or_else(String::new, |p| p.to_string());
            log::warn!(
                connection = connection.to_bits(), peer = peer, client = client.as_ref(),
                code = CREDENTIAL_REFUSED.as_str(), throttled = judged == Judged::TooMany;
                "a credential was refused"
            );
        }
        core.engine.handle_judged(connection, judged, core.now);
    }
}

/// Where a connection comes from; `None`: from this machine.
fn source(core: &LoopCore, connection: ConnectionId) -> Option<IpAddr> {
    match core.sockets.peer(connection) {
        Some(Peer::Tcp(address)) => Some(address.ip()),
        _ => None,
    }
}
