//! Owns the live instances, on the loop thread.
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use hotframe_core::{HandlerEntry, Moment, Token};

use super::batch::Batch;
use super::call::Call;
use super::callees::{Callee, Callees, Target};
use super::created::{Created, InstanceId, Made};
use super::figures::{FigureBook, HandlerReading};
use super::generation::{Instance, Loaded, Occasion};
use super::heap::Heap;
use super::inbox::Inbox;
use super::judgements::Judgements;
use super::live::Live;
use super::news::News;
use super::preflight::BUILTIN;
use super::state::Forms;
use super::unloading::Unloading;
use super::workers::Ended;

/// The plugin host: what the engine calls handlers through. Lives on the loop thread.
#[derive(Debug)]
pub struct Host {
    pub(super) callees: Callees,
    /// What is counted of each handler.
    figures: FigureBook,
    pub(super) live: BTreeMap<InstanceId, Live>,
    pub(super) inbox: Arc<Inbox>,
    /// What happened to peers, until the plugins are told.
    pub(super) news: Vec<News>,
    /// The credentials that plugins are judging.
    pub(super) judgements: Judgements,
    /// The last batch, for its room.
    spare: Batch,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// A host that has the built-in plugin and no other, for whoever asks it for news by himself.
    pub fn new() -> Self {
        Self::waking(|| {})
    }

    /// The same with `wake_loop`, which is called on any thread when a plugin's thread has left
    /// something for the loop.
    pub fn waking(wake_loop: impl Fn() + Send + Sync + 'static) -> Self {
        let (inbox, spare) = (Arc::new(Inbox::new(wake_loop)), Batch::default());
        let mut figures = FigureBook::default();
        let callees = Callees::new(|handler| figures.of(BUILTIN, handler));
        let (live, news, judgements) = (BTreeMap::new(), Vec::new(), Judgements::default());
        Self { callees, figures, live, inbox, news, judgements, spare }
    }

    /// Name and handlers of the built-in plugin, to be staged like any other.
    pub fn builtin(&self) -> (&'static str, Vec<HandlerEntry<Callee>>) {
        let entries = Callees::builtins().map(|(name, callee)| HandlerEntry {
            name: name.to_owned(),
            callee,
            min_len: 0,
            max_len: u8::MAX,
        });
        (BUILTIN, entries.collect())
    }

    /// Makes an instance of a loaded plugin and registers its handlers. `config` is the plugin's
    /// configuration as a JSON object. Runs the plugin's `create` on this thread, the loop's.
    ///
    /// # Errors
    /// The plugin refused; the library comes back to be unmapped.
    pub fn create(&mut self, loaded: Loaded, config: &str) -> Made {
        self.create_as(loaded, config, |version| Occasion::After(version))
    }

    /// The same for an earlier version, which the plugin is told.
    pub(super) fn create_again(&mut self, loaded: Loaded, config: &str) -> Made {
        self.create_as(loaded, config, |version| Occasion::InPlaceOf(version))
    }

    fn create_as(
        &mut self,
        loaded: Loaded,
        config: &str,
        occasion: impl Fn(&str) -> Occasion<'_>,
    ) -> Made {
        let previous = self.live.values().rev().find(|live| live.instance.name() == loaded.name());
        let occasion = previous.map_or(Occasion::First, |live| occasion(live.instance.version()));
        let generation = loaded.generation();
        let instance = loaded.create(config, occasion, &self.inbox)?;
        let (callees, entries) = self.register(&instance);
        let id = InstanceId::of(generation);
        let (name, version) = (instance.name().to_owned(), instance.version().to_owned());
        self.live.insert(id, Live::new(instance, callees));
        Ok(Created { instance: id, name, version, generation, entries })
    }

    /// Ends an instance that the core has retired or discarded, and that is not busy. `None` if
    /// there is none such.
    pub fn destroy(&mut self, id: InstanceId) -> Option<Unloading> {
        let Live { instance, callees, .. } = self.live.remove(&id)?;
        callees.into_iter().for_each(|callee| self.callees.vacate(callee));
        self.note_leaving();
        let unloading = instance.destroy();
        self.figures.tidy();
        Some(unloading)
    }

    /// The instances that live, oldest first.
    pub fn instances(&self) -> impl Iterator<Item = InstanceId> {
        self.live.keys().copied()
    }

    /// Whether jobs of an instance are under way, or credentials that it judges: it must not be
    /// destroyed before they are done.
    pub fn is_busy(&self, id: InstanceId) -> bool {
        self.live.get(&id).is_some_and(Live::is_busy) || self.judgements.is_owed_by(id)
    }

    /// Waits until no job of any instance runs; false if that is not so by `deadline`. What
    /// follows the jobs is still to come. For the end of the server: the loop stands still.
    pub fn wait_for_jobs(&self, deadline: Instant) -> bool {
        let waited = |live: &Live| live.instance.context().backroom().workers().wait(deadline);
        self.live.values().all(waited)
    }

    /// When the host wants a look although nothing happens: at once if a plugin has left something,
    /// else when the first timer is due.
    pub fn next_wake(&self) -> Option<Moment> {
        if self.inbox.has_news() || !self.news.is_empty() {
            return Some(Moment::default());
        }
        let timers = self.live.values().map(|live| live.instance.context());
        let timers = timers.filter_map(|context| context.backroom().next_timer());
        timers.chain(self.judgements.next_end()).min()
    }

    /// Tells an instance that nobody waits for an answer any more.
    pub fn cancel(&mut self, id: InstanceId, token: Token) {
        if let Some(live) = self.live.get(&id) {
            live.hooks.cancel(token);
        }
    }

    /// Rings the timers that are due by `now`.
    pub fn ring(&mut self, now: Moment) {
        for live in self.live.values() {
            live.hooks.ring(now);
        }
    }

    /// What plugins have left for the loop; to be given back with [`Host::put_back`].
    pub(super) fn take_batch(&mut self) -> Option<Batch> {
        self.inbox.has_news().then(|| self.inbox.take(mem::take(&mut self.spare)))
    }

    /// Keeps the room of a batch that is worked off.
    pub(super) fn put_back(&mut self, mut batch: Batch) {
        batch.clear();
        self.spare = batch;
    }

    /// Wakes an instance that has asked for it, if it is still there.
    pub(super) fn wake(&mut self, generation: u64) {
        if let Some(live) = self.live.get(&InstanceId::of(generation)) {
            live.hooks.wake();
        }
    }

    /// A job has run: what is to follow it does, if its instance is still there.
    pub(super) fn follow_up(&mut self, ended: &Ended) {
        if let Some(live) = self.live.get(&InstanceId::of(ended.generation)) {
            live.hooks.follow_up(ended.done, ended.arg);
        }
    }

    /// A live instance.
    pub(super) fn instance(&self, id: InstanceId) -> Option<&Instance> {
        self.live.get(&id).map(|live| &live.instance)
    }

    /// The forms of the state of a live instance that has some.
    pub(super) fn forms_of(&self, id: InstanceId) -> Option<Forms> {
        self.instance(id)?.keeper().map(|keeper| keeper.forms())
    }

    /// Who knows which tokens are good.
    pub(super) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The name of the plugin of a live generation.
    pub(super) fn plugin_of(&self, generation: u64) -> Option<&str> {
        Some(self.live.get(&InstanceId::of(generation))?.instance.name())
    }

    /// What is counted of each handler, by plugin and handler.
    #[must_use]
    pub fn figures(&self) -> Vec<HandlerReading> {
        let all = self.figures.iter();
        all.map(|(plugin, handler, figures)| {
            figures.read(plugin, handler, self.callees.unnoted(figures))
        })
        .collect()
    }

    /// What the libraries of a plugin that say so have on the heap.
    pub(super) fn heap_of(&self, plugin: &str) -> Option<Heap> {
        let own = self.live.values().filter(|live| live.instance.name() == plugin);
        own.filter_map(|live| live.instance.heap()).reduce(Heap::plus)
    }

    /// How often an instance broke the ABI's rules: replies beyond their room, panics, numbers
    /// that mean nothing.
    pub fn faults(&self, id: InstanceId) -> u64 {
        self.live.get(&id).map_or(0, |live| live.instance.context().faults())
    }

    fn register(&mut self, instance: &Instance) -> (Vec<Callee>, Vec<HandlerEntry<Callee>>) {
        let (pointer, context) = (instance.pointer(), instance.context());
        let mut entries = Vec::with_capacity(instance.handlers().len());
        let mut callees = Vec::with_capacity(instance.handlers().len());
        for (at, handler) in instance.handlers().iter().enumerate() {
            let duty = instance.badge().handler(at);
            let call = Call { function: handler.call, instance: pointer, context, duty };
            let figures = self.figures.of(instance.name(), &handler.name);
            instance.badge().handler(at).set_figures(&figures);
            let target = match handler.soft_deadline_us {
                0 => Target::Plugin(call),
                micros => Target::Timed(call, micros),
            };
            let callee = self.callees.occupy(target, figures);
            callees.push(callee);
            entries.push(HandlerEntry {
                name: handler.name.clone(),
                callee,
                min_len: handler.min_len,
                max_len: handler.max_len,
            });
        }
        (callees, entries)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let ids: Vec<InstanceId> = self.instances().collect();
        for id in ids {
            if self.is_busy(id) {
                // Its jobs still use what it owns, which is left to the end of the process.
                mem::forget(self.live.remove(&id));
            } else {
                drop(self.destroy(id));
            }
        }
    }
}
