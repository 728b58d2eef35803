//! The route table: from a command's number to the handler that is wanted. Immutable.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::time::Duration;

use crate::moment::nanos;
use crate::{AddressSet, Rate};

/// The numbers that routes may have; those below belong to the protocol.
pub const ROUTABLE: RangeInclusive<u16> = 0x0100..=0x3FFF;

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
    /// A route that is not enabled answers 1004.
    pub enabled: bool,
}

/// A route as it is followed.
pub(crate) struct Route {
    /// `None`: the default route.
    pub number: Option<u16>,
    pub addresses: AddressSet,
    /// Nanoseconds; `u64::MAX` if there is none.
    pub timeout: u64,
    pub rate: Option<Rate>,
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
    places: Box<[u16]>,
    routes: Vec<Route>,
    default: Option<usize>,
    names: Vec<HandlerName>,
}

impl RouteTable {
    /// Builds the table of `entries`, by command number. `default` takes every routable number
    /// that has no entry. Entries outside [`ROUTABLE`] are left out, of two with one number the
    /// later counts. `number` is that of the configuration, for the operator.
    #[must_use]
    pub fn build(
        entries: impl IntoIterator<Item = (u16, RouteSpec)>,
        default: Option<RouteSpec>,
        number: u64,
    ) -> Self {
        let wanted: BTreeMap<u16, RouteSpec> =
            entries.into_iter().filter(|(number, _)| ROUTABLE.contains(number)).collect();
        let mut table = Self {
            number,
            places: vec![0; usize::from(*ROUTABLE.end()) + 1].into_boxed_slice(),
            routes: Vec::with_capacity(wanted.len() + 1),
            default: None,
            names: Vec::new(),
        };
        let mut known = BTreeMap::new();
        if let Some(spec) = default {
            let place = table.push(None, &spec, &mut known);
            table.places[usize::from(*ROUTABLE.start())..].fill(place);
            table.default = Some(0);
        }
        for (number, spec) in &wanted {
            table.places[usize::from(*number)] = table.push(Some(*number), spec, &mut known);
        }
        table
    }

    /// Adds a route; returns its place.
    fn push(
        &mut self,
        number: Option<u16>,
        spec: &RouteSpec,
        known: &mut BTreeMap<String, usize>,
    ) -> u16 {
        let name = *known.entry(spec.handler.to_owned()).or_insert_with(|| {
            self.names.push(HandlerName::new(&spec.handler));
            self.names.len() - 1
        });
        self.routes.push(Route {
            number,
            addresses: spec.addresses,
            timeout: spec.timeout.map_or(u64::MAX, nanos),
            rate: spec.rate,
            enabled: spec.enabled,
            name,
        });
        u16::try_from(self.routes.len()).expect("there are fewer routable numbers than u16 has")
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

    /// The index of the route that is `number`'s own; with `None`, of the default route.
    pub(crate) fn own(&self, number: Option<u16>) -> Option<usize> {
        match number {
            None => self.default,
            Some(own) => self.find(own).filter(|&index| self.routes[index].number == number),
        }
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
