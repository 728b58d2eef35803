//! Owns the house that a plugin plays in: engine, host and roster as in a server, without sockets.
use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use hotframe_core::{
    ConnectionId, Engine, Limits, Moment, Profile, ROUTABLE, RouteSpec, RouteTable,
};

use super::script::Offer;
use crate::config::OnRemove;
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::event::PluginEvent;
use crate::plugins::generation::Loaded;
use crate::plugins::host::Host;
use crate::plugins::roster::Roster;
use crate::plugins::unloading::Unloading;

/// How long the plugin may take to answer what it owes when it is taken down.
const DRAIN: Duration = Duration::from_secs(5);
/// The longest rest between two looks, where nothing is due and nobody calls.
const REST: Duration = Duration::from_millis(50);

/// A loop that goes round when it is told to.
pub(super) struct House {
    pub engine: Engine<Host>,
    roster: Roster,
    plugin: String,
    /// The command number of each handler.
    numbers: BTreeMap<String, u16>,
    connections: BTreeMap<u8, ConnectionId>,
    unloading: Vec<Unloading>,
    calls: Receiver<()>,
    start: Instant,
}

/// The most bytes of state that a plugin may hand over: what a server allows by itself.
const MAX_STATE: u64 = 256 << 20;

impl House {
    /// A house with a route for each handler of `plugin`: its suggested command if no other has
    /// the same, else a free number.
    pub fn open(plugin: &str, offers: &[Offer], start: Instant) -> Self {
        let (called, calls) = mpsc::channel();
        let host = Host::waking(move || {
            // Nobody waits once the house is closed.
            let _closed = called.send(());
        });
        let mut engine = Engine::new(host, Limits::default(), env!("CARGO_PKG_VERSION"));
        let mut roster = Roster::new(OnRemove::Unload);
        roster.set_policies(BTreeMap::new(), MAX_STATE);
        let numbers = numbers(offers);
        let routes = numbers.iter().map(|(handler, number)| {
            let handler = format!("{plugin}.{handler}");
            (*number, RouteSpec::new(handler))
        });
        engine.set_routes(RouteTable::build(routes, None, 1), Moment::default());
        let (plugin, connections) = (plugin.to_owned(), BTreeMap::new());
        Self { engine, roster, plugin, numbers, connections, unloading: Vec::new(), calls, start }
    }

    /// Lets the plugin begin, with that configuration.
    pub fn take_in(&mut self, loaded: Loaded, config: &str) -> Result<(), Fault> {
        let (now, config) = (self.now(), config.to_owned());
        let event = PluginEvent::Staged(Box::new(loaded));
        let given = |_: &str| config.clone();
        self.unloading.extend(self.roster.handle_event(&mut self.engine, event, &given, now));
        if self.generation() > 0 {
            return Ok(());
        }
        Err(self.fault())
    }

    /// Lets another instance take the plugin's place, with the state of the one that serves.
    pub fn replace(&mut self, loaded: Loaded, config: &str) -> Result<(), Fault> {
        let before = self.generation();
        self.take_in(loaded, config)?;
        while self.roster.is_handing_over(None) {
            self.round();
        }
        if self.generation() == before { Err(self.fault()) } else { Ok(()) }
    }

    /// The number of the generation that serves; 0: none does.
    fn generation(&self) -> u64 {
        let rows = self.roster.rows(&self.engine).into_iter();
        rows.filter(|row| row.name == self.plugin).map(|row| row.generation).max().unwrap_or(0)
    }

    /// Why an instance does not serve.
    fn fault(&self) -> Fault {
        let rows = self.roster.rows(&self.engine);
        let reason = rows.into_iter().find_map(|row| row.reason).unwrap_or_default();
        let code = reason.split(':').next().unwrap_or_default();
        let defect = Defect::ALL.iter().find(|defect| defect.code().as_str() == code);
        let defect = defect.copied().unwrap_or(Defect::CreateFailed);
        defect.because(self.told(&reason, defect))
    }

    /// The sentence in the middle of a refusal: neither the code, the file nor the way out.
    fn told(&self, reason: &str, defect: Defect) -> String {
        let end = format!(". {}", defect.code().mend());
        let text = reason.strip_suffix(&end).unwrap_or(reason);
        let parts: Vec<&str> = text.splitn(3, ": ").collect();
        parts.last().copied().unwrap_or(text).to_owned()
    }

    /// The command number that leads to a handler.
    pub fn number(&self, handler: &str) -> Option<u16> {
        self.numbers.get(handler).copied()
    }

    /// The connection of that number; a closed one is opened again.
    pub fn connection(&mut self, number: u8) -> Option<ConnectionId> {
        if let Some(id) = self.connections.get(&number) {
            return Some(*id);
        }
        let id = self
            .engine
            .handle_accepted(Profile { probe: false, ..Profile::DEFAULT }, self.now())?;
        self.connections.insert(number, id);
        Some(id)
    }

    /// The numbers of the connections that are open.
    pub fn numbers_of_connections(&self) -> Vec<u8> {
        self.connections.keys().copied().collect()
    }

    /// The connection of that number is over.
    pub fn hang_up(&mut self, number: u8) {
        if let Some(id) = self.connections.remove(&number) {
            self.engine.handle_lost(id, self.now());
            self.engine.handle_closed(id, self.now());
        }
    }

    /// The moment now.
    pub fn now(&self) -> Moment {
        let elapsed = self.start.elapsed().as_nanos();
        Moment::from_nanos(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    /// What a loop does in a round beside the turns of connections.
    pub fn round(&mut self) {
        let now = self.now();
        self.roster.handle_errands(&mut self.engine, now);
        self.engine.handle_due(now);
        self.roster.handle_cancelled(&mut self.engine);
        self.unloading.extend(self.roster.handle_retired(&mut self.engine));
        // Every connection is looked at anyway.
        while self.engine.poll_touched().is_some() {}
    }

    /// Rests until something is due or the plugin calls, at most until `end`.
    pub fn rest(&self, end: Instant) {
        let due = [self.engine.poll_wake(), self.engine.handlers().next_wake()];
        let due = due.into_iter().flatten().min().map_or(u64::MAX, Moment::as_nanos);
        let due = Duration::from_nanos(due.saturating_sub(self.now().as_nanos()));
        let left = end.saturating_duration_since(Instant::now());
        // A call, or its time: both end the rest.
        let _called = self.calls.recv_timeout(left.min(due).min(REST));
    }

    /// Takes the plugin down as a server does: what it owes is answered, then it is destroyed and
    /// unmapped. Returns why it stays in memory, if it does.
    pub fn close(mut self) -> Option<String> {
        for number in self.connections.keys().copied().collect::<Vec<_>>() {
            self.hang_up(number);
        }
        self.engine.withdraw(&self.plugin, self.now());
        let end = Instant::now() + DRAIN;
        self.round();
        while self.unloading.is_empty() && Instant::now() < end {
            self.rest(end);
            self.round();
        }
        let Some(unloading) = self.unloading.pop() else {
            return Some(format!("it owes answers, or its jobs run, after {DRAIN:?}"));
        };
        let mut lingering = unloading.unload()?;
        // A thread of its jobs may be about to end.
        while Instant::now() < end {
            self.rest(end);
            lingering = lingering.retry()?;
        }
        Some(lingering.reason().to_owned())
    }
}

/// A number for each handler.
fn numbers(offers: &[Offer]) -> BTreeMap<String, u16> {
    let suggested = |offer: &Offer| offer.default_command.filter(|it| ROUTABLE.contains(it));
    let is_alone =
        |number: u16| offers.iter().filter(|offer| suggested(offer) == Some(number)).count() == 1;
    let taken: Vec<u16> = offers.iter().filter_map(suggested).collect();
    let mut free = ROUTABLE.rev().filter(|number| !taken.contains(number));
    let number_of =
        |offer: &Offer| suggested(offer).filter(|number| is_alone(*number)).or_else(|| free.next());
    let numbers = offers.iter().map(|offer| offer.name.clone());
    numbers
        .zip(offers.iter().map(number_of).collect::<Vec<_>>())
        .filter_map(|(name, number)| Some((name, number?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_called_by_the_commands_that_they_suggest_where_each_has_its_own() {
        let offer = |name: &str, default_command| Offer {
            name: name.to_owned(),
            default_command,
            min_len: 0,
            max_len: 255,
        };
        let offers = [
            offer("own", Some(0x0200)),
            offer("none", None),
            offer("left", Some(0x3FFF)),
            offer("right", Some(0x3FFF)),
            offer("reserved", Some(0x0002)),
        ];
        let numbers = numbers(&offers);
        assert_eq!(numbers["own"], 0x0200);
        assert_eq!(numbers.len(), 5);
        let others: Vec<u16> =
            numbers.iter().filter(|(name, _)| *name != "own").map(|(_, it)| *it).collect();
        assert!(others.iter().all(|number| (0x3FF0..0x3FFF).contains(number)), "{numbers:?}");
    }
}
