//! Owns the begin of a successor: its start, the switch to it, and what becomes of what its
//! predecessor has put off.
use hotframe_core::{Engine, Moment, Token};

use super::Roster;
use super::succession::Successor;
use crate::config::TokenPolicy;
use crate::plugins::created::InstanceId;
use crate::plugins::defect::Fault;
use crate::plugins::generation::Loaded;
use crate::plugins::handover::Handover;
use crate::plugins::host::Host;
use crate::plugins::refusal::Refusal;
use crate::plugins::unloading::Unloading;

impl Roster {
    /// Starts a successor whose state is there, and switches to it.
    pub(super) fn begin(
        &mut self,
        engine: &mut Engine<Host>,
        successor: Successor,
        handover: Option<&Handover>,
        now: Moment,
    ) -> Option<Unloading> {
        let plugin = successor.created.name.clone();
        let new = successor.created.instance;
        let old = self.serving_instance(&plugin);
        let (from, to) = (old.map_or(0, InstanceId::generation), new.generation());
        let host = engine.handlers();
        // The old one may have answered some of them since they were claimed.
        let claimed = handover.map_or(&[][..], Handover::claimed).iter().copied();
        let adopted = claimed.filter(|token| host.inbox().pass_on(*token, from, to));
        let adopted: Vec<u64> = adopted.collect();
        let steps = host.instance(new).map(|instance| instance.steps());
        if let Some(Err(fault)) = steps.map(|steps| steps.start()) {
            for token in adopted {
                // Not what it has answered all the same.
                let _is_good = host.inbox().pass_on(token, to, from);
            }
            return self.end(engine.handlers_mut(), &successor, fault);
        }
        self.take_over(engine, successor, now);
        if let Some(old) = old {
            self.succeed(engine, (old, new), &adopted, now);
        }
        None
    }

    /// The switch is made: what the old generation has put off goes where the policy says.
    fn succeed(
        &mut self,
        engine: &mut Engine<Host>,
        (old, new): (InstanceId, InstanceId),
        adopted: &[u64],
        now: Moment,
    ) {
        if let (Some(heir), Some(host)) = (self.generation_of(new), Some(engine.handlers())) {
            let tokens: Vec<Token> =
                adopted.iter().filter_map(|token| Token::from_bits(*token)).collect();
            if let Some(old) = host.instance(old) {
                tokens.iter().for_each(|token| old.hooks().disown(*token));
            }
            for token in tokens {
                let _is_good = engine.bequeath(token, heir);
            }
        }
        let plugin = engine.handlers().plugin_of(old.generation()).map(str::to_owned);
        let fails = plugin.is_some_and(|it| self.policy_of(&it).tokens == TokenPolicy::Fail);
        if let Some(forsaken) = self.generation_of(old).filter(|_| fails) {
            // What it has answered already is no loss, and from here on it answers nothing.
            let void = engine.handlers().inbox().withhold(old.generation());
            self.take_in(engine, now);
            engine.forsake(forsaken, now);
            if let Some(old) = engine.handlers().instance(old) {
                let tokens = void.iter().filter_map(|token| Token::from_bits(*token));
                tokens.for_each(|token| old.hooks().disown(token));
            }
        }
        if let Some(old) = engine.handlers().instance(old) {
            old.steps().quiesce();
        }
    }

    /// A version that was replaced takes over again: it begins once more with what it had then, and
    /// the one that replaced it is told that no request comes.
    pub(super) fn resume(&self, host: &Host, plugin: &str, (from, to): (u64, u64)) {
        if let Some(instance) = host.instance(InstanceId::of(from)) {
            instance.steps().quiesce();
        }
        let started = host.instance(InstanceId::of(to)).map(|instance| instance.steps().start());
        if let Some(Err(fault)) = started {
            log::error!(
                plugin, code = fault.defect.code().as_str();
                "plugin {plugin}: it serves again, and complains: {}", fault.message
            );
        }
    }

    /// Ends an instance that does not take over after all, and says why.
    pub(super) fn end(
        &mut self,
        host: &mut Host,
        successor: &Successor,
        fault: Fault,
    ) -> Option<Unloading> {
        let name = &successor.created.name;
        self.note_fault(name, &fault.message);
        let refusal = Refusal::new(&successor.path, fault).of(name);
        self.note_refused(name, refusal);
        host.destroy(successor.created.instance)
    }
}

pub(super) fn self_test(host: &Host, successor: &Successor) -> Result<(), Fault> {
    let instance = host.instance(successor.created.instance);
    instance.map_or(Ok(()), |instance| instance.steps().self_test())
}

/// Tells what is legal about a library and yet worth a warning.
pub(super) fn warn_of(loaded: &Loaded) {
    let plugin = loaded.name();
    for (code, warning) in loaded.preflight().warnings() {
        match code {
            Some(code) => log::warn!(plugin, code = code.as_str(); "plugin {plugin}: {warning}"),
            None => log::warn!(plugin; "plugin {plugin}: {warning}"),
        }
    }
}
