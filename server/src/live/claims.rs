//! Credentials: owns the way of claims to who judges them, and of the verdicts back.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use hotframe_core::{Access, Claim, ConnectionId, Judged};

use super::{Live, Message};
use crate::auth::{Clients, Keeper, Rules, Throttle, Verdict};
use crate::config::{Settings, missing_judge};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::connections::NOBODY_JUDGES;
use crate::diagnostics::codes::runtime::CREDENTIAL_REFUSED;
use crate::plugins::Claimant;
use crate::shell::loop_core::LoopCore;
use crate::shell::mailbox::Postman;

/// What clients must show, as the engine takes it.
#[must_use]
pub fn access(settings: &Settings) -> Access {
    let auth = &settings.auth;
    match auth.is_checked() {
        true => Access::checked(auth.required, auth.allow.iter().copied()),
        false => Access::open(),
    }
}

/// By what credentials are judged, as the keeper takes it.
#[must_use]
pub fn rules(settings: &Settings, clients: &Arc<Clients>) -> Rules {
    let failures = settings.auth.failure_rate.map(super::rate);
    Rules { clients: Arc::clone(clients), failures }
}

/// Who may come in, and who judges that.
#[derive(Debug)]
pub struct Gate {
    /// Who may be which client, where a file says so.
    pub(super) clients: Arc<Clients>,
    keeper: Keeper,
    /// What sources may still show to a plugin.
    throttle: Throttle,
    /// What was told of who should judge and does not.
    missing: Option<Diagnostic>,
}

/// Starts the keeper with the first clients.
///
/// # Errors
/// When no thread can be started.
pub fn open_gate(
    settings: &Settings,
    clients: Option<Clients>,
    postman: &Postman<Message>,
) -> io::Result<Gate> {
    let clients = Arc::new(clients.unwrap_or_default());
    let postman = postman.clone();
    let tell = move |verdict| postman.post(Message::Judged(verdict));
    let keeper = Keeper::start(rules(settings, &clients), tell)?;
    Ok(Gate { clients, keeper, throttle: Throttle::default(), missing: None })
}

impl Live {
    /// Other clients may come from now on, or others than before.
    pub(super) fn set_clients(&mut self, clients: Clients) -> bool {
        let is_new = clients != *self.gate.clients;
        if is_new {
            self.gate.clients = Arc::new(clients);
        }
        is_new
    }

    /// Tells when nobody is there to judge credentials, once for each reason.
    pub(super) fn tell_of_judge(&mut self, core: &LoopCore) {
        let judge = self.settings.auth.plugin.as_deref().filter(|_| self.open);
        let missing = judge
            .and_then(|judge| missing_judge(judge, &self.roster.judges(core.engine.handlers())));
        if missing != self.gate.missing {
            missing.iter().for_each(super::log_problem);
            self.gate.missing = missing;
        }
    }

    /// Judges by what is in force now.
    pub(super) fn renew_access(&self, core: &mut LoopCore) {
        core.engine.set_access(access(&self.settings));
        self.gate.keeper.set_rules(rules(&self.settings, &self.gate.clients));
    }

    /// Hands what clients have shown to who judges it, and what was said of it to the engine.
    pub(super) fn pass_claims_on(&mut self, core: &mut LoopCore) {
        while let Some(claim) = core.engine.poll_claim() {
            let source = source(core, claim.connection);
            match self.settings.auth.plugin.clone() {
                Some(plugin) => self.ask_plugin(&plugin, claim, source, core),
                None => self.gate.keeper.judge(claim, source, core.now),
            }
        }
        core.engine.handlers_mut().judge_no_more(core.now);
        for verdict in core.engine.handlers_mut().take_verdicts() {
            let rate = self.settings.auth.failure_rate.map(super::rate);
            if verdict.judged == Judged::Bad {
                self.gate.throttle.note(verdict.source, rate, core.now);
            }
            self.hear_verdict(verdict, core);
        }
    }

    fn ask_plugin(
        &mut self,
        plugin: &str,
        claim: Claim,
        source: Option<IpAddr>,
        core: &mut LoopCore,
    ) {
        let rate = self.settings.auth.failure_rate.map(super::rate);
        if !self.gate.throttle.admits(source, rate, core.now) {
            let Claim { connection, client, .. } = claim;
            let (judged, reason) = (Judged::TooMany, String::new());
            self.hear_verdict(Verdict { connection, client, source, judged, reason }, core);
            return;
        }
        let peer = core.sockets.peer(claim.connection);
        let peer = peer.map_or_else(String::new, |peer| peer.to_string());
        let until = core.now.after(self.settings.auth.timeout);
        let claimant = Claimant { source, peer: &peer, until };
        self.roster.judge(&mut core.engine, plugin, claim, &claimant);
    }

    pub(super) fn hear_verdict(&self, verdict: Verdict, core: &mut LoopCore) {
        let Verdict { connection, client, judged, reason, .. } = verdict;
        let (what, code) = match judged {
            Judged::Good => ("", None),
            Judged::Bad | Judged::TooMany => ("a credential was refused", Some(CREDENTIAL_REFUSED)),
            Judged::Unjudged(_) => ("a credential could not be judged", Some(NOBODY_JUDGES)),
        };
        if let Some(code) = code {
            let peer = core.sockets.peer(connection).map_or_else(String::new, |p| p.to_string());
            log::warn!(
                connection = connection.to_bits(), peer = peer, client = client.as_ref(),
                code = code.as_str(), throttled = judged == Judged::TooMany,
                reason:serde = (!reason.is_empty()).then_some(reason);
                "{what}"
            );
        }
        core.engine.handle_judged(connection, judged, core.now);
    }
}

/// Where a connection comes from; `None`: from this machine.
fn source(core: &LoopCore, connection: ConnectionId) -> Option<IpAddr> {
    core.sockets.peer(connection)?.ip()
}
