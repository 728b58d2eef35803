//! The route table: from a command's number to the handler that is wanted. Immutable.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;
use core::time::Duration;

use crate::moment::nanos;
use crate::{AddressSet, Rate};

/// The numbers that routes may have; those below belong to the protocol.
pub const ROUTABLE: RangeInclusive<u16> = 0x0100..=0x3FFF;

/// Every number that a command can have.
const NUMBERS: usize = 1 << 14;

/// The words of the raw dialect, all of which may be routed.
const WORDS: usize = 1 << 16;

/// Which commands take a route. Displayed as operators write it, and in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RouteKey {
    /// Every number without a route of its own.
    Default,
    /// This number, one of [`ROUTABLE`].
    Number(u16),
    /// In the raw dialect, every word without a route of its own.
    RawDefault,
    /// In the raw dialect, this word.
    Raw(u16),
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Number(number) => write!(f, "0x{number:04X}"),
            Self::RawDefault => f.write_str("raw:default"),
            Self::Raw(word) => write!(f, "raw:0x{word:04X}"),
        }
    }
}

/// One entry of a table, as the operator wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouteSpec {
    /// `plugin.handler`; the plugin's name ends at the first dot.
    pub handler: String,
    /// The addresses that it is for; requests to others are answered 1003.
    pub addresses: AddressSet,
    /// How long a deferred answer may take.
    pub timeout: Option<Duration>,
    /// How many requests and events it takes; those above are answered 1029.
    pub rate: Option<Rate>,
    /// How often a request is tried again that fails by the server's fault.
    pub retries: u8,
    /// A route that is not enabled answers 1004.
    pub enabled: bool,
}

impl RouteSpec {
    /// A route to `handler` without bounds.
    pub fn new(handler: impl Into<String>) -> Self {
        let (handler, addresses) = (handler.into(), AddressSet::ALL);
        Self { handler, addresses, timeout: None, rate: None, retries: 0, enabled: true }
    }
}

/// A route as it is followed.
pub(crate) struct Route {
    pub key: RouteKey,
    pub addresses: AddressSet,
    /// Nanoseconds; `u64::MAX` if there is none.
    pub timeout: u64,
    pub rate: Option<Rate>,
    pub retries: u8,
    pub enabled: bool,
    /// Index into [`RouteTable::names`].
    pub name: usize,
}

/// A handler that some route wants.
pub(crate) struct HandlerName {
    full: Arc<str>,
    dot: Option<usize>,
}

impl HandlerName {
    fn new(full: &str) -> Self {
        Self { full: full.into(), dot: full.find('.') }
    }

    pub fn full(&self) -> &str {
        &self.full
    }

    pub fn shared(&self) -> Arc<str> {
        self.full.clone()
    }

    /// Plugin and handler; `None` for a name without a dot, which no handler has.
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.dot.map(|dot| (&self.full[..dot], &self.full[dot + 1..]))
    }
}

/// Where each number leads; built once, on any thread, and then only read.
pub struct RouteTable {
    number: u64,
    /// By a command's number: the index of its route plus 1, 0 where there is none.
    places: Box<[u16; NUMBERS]>,
    /// The same by a word of the raw dialect; empty if none of its words has a route of its own.
    raw_places: Box<[u32]>,
    routes: Vec<Route>,
    default: Option<usize>,
    raw_default: Option<usize>,
    names: Vec<HandlerName>,
}

impl RouteTable {
    /// Builds the table of `entries`, by command number. `default` takes every routable number
    /// that has no entry. `number` is that of the configuration, for the operator.
    #[must_use]
    pub fn build(
        entries: impl IntoIterator<Item = (u16, RouteSpec)>,
        default: Option<RouteSpec>,
        number: u64,
    ) -> Self {
        let entries = entries.into_iter().map(|(number, spec)| (RouteKey::Number(number), spec));
        let default = default.map(|spec| (RouteKey::Default, spec));
        Self::of(entries.chain(default), number)
    }

    /// Builds the table of `entries`. Numbers outside [`ROUTABLE`] are left out, of two with one
    /// key the later counts. A word of the raw dialect that has no route of its own takes that of
    /// the same number, else the default route of the raw dialect, else the other one.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = (RouteKey, RouteSpec)>, number: u64) -> Self {
        let is_routable = |key: &RouteKey| match key {
            RouteKey::Number(number) => ROUTABLE.contains(number),
            RouteKey::Default | RouteKey::RawDefault | RouteKey::Raw(_) => true,
        };
        let wanted: BTreeMap<RouteKey, RouteSpec> =
            entries.into_iter().filter(|(key, _)| is_routable(key)).collect();
        let mut table = Self {
            number,
            places: Box::new([0; NUMBERS]),
            raw_places: Box::default(),
            routes: Vec::with_capacity(wanted.len()),
            default: None,
            raw_default: None,
            names: Vec::new(),
        };
        let mut known = BTreeMap::new();
        for (key, spec) in &wanted {
            table.push(*key, spec, &mut known);
        }
        table.place();
        table.place_raw();
        table
    }

    fn push(&mut self, key: RouteKey, spec: &RouteSpec, known: &mut BTreeMap<String, usize>) {
        let name = *known.entry(spec.handler.to_owned()).or_insert_with(|| {
            self.names.push(HandlerName::new(&spec.handler));
            self.names.len() - 1
        });
        self.routes.push(Route {
            key,
            addresses: spec.addresses,
            timeout: spec.timeout.map_or(u64::MAX, nanos),
            rate: spec.rate,
            retries: spec.retries,
            enabled: spec.enabled,
            name,
        });
    }

    /// Finds the place of every number: the default route stands before all others.
    fn place(&mut self) {
        for (index, route) in self.routes.iter().enumerate() {
            let place = u16::try_from(index + 1);
            let place = || place.expect("there are fewer routable numbers than u16 has");
            match route.key {
                RouteKey::Default => {
                    self.places[usize::from(*ROUTABLE.start())..].fill(place());
                    self.default = Some(index);
                }
                RouteKey::Number(number) => self.places[usize::from(number)] = place(),
                RouteKey::RawDefault | RouteKey::Raw(_) => {}
            }
        }
    }

    /// Finds the place of every word of the raw dialect.
    fn place_raw(&mut self) {
        self.raw_default = self.own(RouteKey::RawDefault).or(self.default);
        if !self.routes.iter().any(|route| route.key >= RouteKey::RawDefault) {
            return;
        }
        let place = |index: usize| u32::try_from(index + 1).expect("there are few enough keys");
        let mut places = vec![self.raw_default.map_or(0, place); WORDS].into_boxed_slice();
        for (index, route) in self.routes.iter().enumerate() {
            if let RouteKey::Number(word) | RouteKey::Raw(word) = route.key {
                places[usize::from(word)] = place(index);
            }
        }
        self.raw_places = places;
    }

    /// The number that the table was built with.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The index of the route that `number` takes: its own, else the default route.
    #[inline]
    pub(crate) fn find(&self, number: u16) -> Option<usize> {
        let place = self.places.get(usize::from(number)).copied().unwrap_or(0);
        usize::from(place).checked_sub(1)
    }

    /// The index of the route that `word` takes in the raw dialect.
    pub(crate) fn find_raw(&self, word: u16) -> Option<usize> {
        match self.raw_places.get(usize::from(word)) {
            Some(place) => place.checked_sub(1).map(|index| index as usize),
            None => self.find(word).or(self.raw_default),
        }
    }

    /// The index of the route with this key: they stand by their keys.
    pub(crate) fn own(&self, key: RouteKey) -> Option<usize> {
        self.routes.binary_search_by_key(&key, |route| route.key).ok()
    }

    /// The default route of the raw dialect.
    pub(crate) const fn raw_default(&self) -> Option<usize> {
        self.raw_default
    }

    pub(crate) const fn default(&self) -> Option<usize> {
        self.default
    }

    pub(crate) fn routes(&self) -> &[Route] {
        &self.routes
    }

    pub(crate) fn names(&self) -> &[HandlerName] {
        &self.names
    }
}

impl core::fmt::Debug for RouteTable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RouteTable")
            .field("number", &self.number)
            .field("routes", &self.routes.len())
            .finish_non_exhaustive()
    }
}
