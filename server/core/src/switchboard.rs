//! The switchboard: the route table in force, its bindings, and what each route counted.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use hotframe_protocol::Command;

use crate::bindings::{Bindings, Bound};
use crate::generations::Generations;
use crate::routes::{Route, RouteTable};
use crate::{AddressSet, Bucket, GenerationId, Moment, Rate, RouteKey, RouteState, RouteView};

/// What one route counted, but for the calls of its leg.
#[derive(Clone, Copy, Default)]
struct Tally {
    calls: u64,
    errors: u64,
    /// What is left of its rate.
    bucket: Bucket,
}

/// A route as a frame takes it: all that every frame asks of it, in one place.
pub(crate) struct Leg<C> {
    /// The handler, if nothing but the length of the data stands between a frame and it: the
    /// route is enabled, takes all addresses, and has no rate.
    pub open: Option<Bound<C>>,
    /// The calls since this leg was made.
    pub calls: u64,
    /// Nanoseconds; `u64::MAX` if there is none.
    pub timeout: u64,
}

impl<C: Copy> Leg<C> {
    fn new(route: &Route, bound: Option<&Bound<C>>) -> Self {
        let is_open = route.enabled && route.addresses == AddressSet::ALL && route.rate.is_none();
        let open = bound.copied().filter(|_| is_open);
        Self { open, calls: 0, timeout: route.timeout }
    }
}

/// Where commands lead at the moment.
pub(crate) struct Switchboard<C> {
    table: RouteTable,
    bindings: Bindings<C>,
    /// By index of the route, as the next.
    tallies: Vec<Tally>,
    legs: Vec<Leg<C>>,
}

impl<C: Copy> Switchboard<C> {
    pub fn new() -> Self {
        Self {
            table: RouteTable::build([], None, 0),
            bindings: Bindings::new(),
            tallies: Vec::new(),
            legs: Vec::new(),
        }
    }

    /// Puts `table` in force. A route that was there before goes on counting.
    pub fn set_table(&mut self, table: RouteTable, generations: &Generations<C>) {
        self.settle();
        let mut tallies = vec![Tally::default(); table.routes().len()];
        for (route, tally) in self.table.routes().iter().zip(&self.tallies) {
            if let Some(index) = table.own(route.key) {
                tallies[index] = *tally;
            }
        }
        self.table = table;
        self.tallies = tallies;
        self.rebind(generations);
    }

    /// Works out the handlers anew, after generations changed.
    pub fn rebind(&mut self, generations: &Generations<C>) {
        self.settle();
        self.bindings.bind(self.table.names(), generations);
        let leg = |route: &Route| Leg::new(route, self.bindings.at(route.name));
        self.legs = self.table.routes().iter().map(leg).collect();
    }

    /// The legs' calls go on the routes' account.
    fn settle(&mut self) {
        for (tally, leg) in self.tallies.iter_mut().zip(&mut self.legs) {
            tally.calls += core::mem::take(&mut leg.calls);
        }
    }

    /// The index of the route that `number` takes.
    #[inline]
    pub fn find(&self, number: u16) -> Option<usize> {
        self.table.find(number)
    }

    /// The index of the route that `word` takes in the raw dialect.
    pub fn find_raw(&self, word: u16) -> Option<usize> {
        self.table.find_raw(word)
    }

    /// The index of the default route, unless `index` is that already.
    pub fn after(&self, index: usize, is_raw: bool) -> Option<usize> {
        let default = if is_raw { self.table.raw_default() } else { self.table.default() };
        default.filter(|&default| default != index)
    }

    /// The leg of the route with this index, which [`find`](Self::find) gave.
    #[inline]
    pub fn leg(&mut self, index: usize) -> &mut Leg<C> {
        &mut self.legs[index]
    }

    /// The route with this index, which [`find`](Self::find) gave, and its handler.
    pub fn at(&self, index: usize) -> (&Route, Option<&Bound<C>>) {
        let route = &self.table.routes()[index];
        (route, self.bindings.at(route.name))
    }

    /// The generation that the handler of the route with this index belongs to.
    pub fn generation(&self, index: usize) -> Option<GenerationId> {
        self.at(index).1.map(|bound| bound.generation)
    }

    /// Takes one off the rate of a route; false if that is one too many.
    pub fn take(&mut self, index: usize, rate: Rate, now: Moment) -> bool {
        self.tallies[index].bucket.take(rate, now)
    }

    pub fn count_error(&mut self, index: usize) {
        self.tallies[index].errors += 1;
    }

    /// The calls of the route that a command takes, and of the default route.
    pub fn calls_of(&self, command: Command, is_raw: bool) -> (u64, u64) {
        let calls = |index: Option<usize>| {
            index.map_or(0, |index| self.tallies[index].calls + self.legs[index].calls)
        };
        let own = self.route_of(command, is_raw);
        let default = if is_raw { self.table.raw_default() } else { self.table.default() };
        (calls(own), calls(default))
    }

    /// The index of the route that a command takes.
    pub fn route_of(&self, command: Command, is_raw: bool) -> Option<usize> {
        match is_raw {
            true => self.table.find_raw(command.word()),
            false => self.table.find(command.number()),
        }
    }

    /// The name of the handler that the route with this index wants.
    pub fn handler(&self, index: usize) -> Arc<str> {
        self.table.names()[self.table.routes()[index].name].shared()
    }

    /// The same of the route that `key` is now.
    pub fn own_handler(&self, key: RouteKey) -> Option<Arc<str>> {
        self.table.own(key).map(|index| self.handler(index))
    }

    /// Counts an error that came later, for the route that `key` is now, if any.
    pub fn count_late_error(&mut self, key: RouteKey) {
        if let Some(index) = self.table.own(key) {
            self.count_error(index);
        }
    }

    /// The number of the table.
    pub const fn number(&self) -> u64 {
        self.table.number()
    }

    /// The routes that are enabled and whose handler is not there.
    pub fn missing(&self) -> usize {
        self.views().filter(|view| view.state == RouteState::Missing).count()
    }

    pub fn views(&self) -> impl Iterator<Item = RouteView<'_>> {
        let counted = self.tallies.iter().zip(&self.legs);
        self.table.routes().iter().zip(counted).map(|(route, (tally, leg))| RouteView {
            command: route.key,
            handler: self.table.names()[route.name].full(),
            state: match self.bindings.at(route.name) {
                _ if !route.enabled => RouteState::Disabled,
                Some(_) => RouteState::Ok,
                None => RouteState::Missing,
            },
            calls: tally.calls + leg.calls,
            errors: tally.errors,
        })
    }

    /// Asserts what holds between two calls from outside.
    pub fn invariants(&self, generations: &Generations<C>) {
        self.bindings.invariants(self.table.names(), generations);
        assert_eq!(self.tallies.len(), self.table.routes().len());
        assert_eq!(self.legs.len(), self.table.routes().len());
        for (route, leg) in self.table.routes().iter().zip(&self.legs) {
            let fresh = Leg::new(route, self.bindings.at(route.name));
            let handler = |leg: &Leg<C>| leg.open.as_ref().map(|bound| bound.generation);
            assert_eq!(handler(leg), handler(&fresh), "what stands open is worked out anew");
        }
    }
}
