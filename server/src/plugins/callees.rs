//! Owns the flat table of handlers that can be called, and the way from the engine to each.
use std::time::{Duration, Instant};

use hotframe_core::{Deferrals, Handlers, Moment, Outcome, PeerNews, Reply, Request};
use hotframe_protocol::Status;

use super::builtin::Builtin;
use super::call::Call;
use super::host::Host;

/// How the core names a handler: its place, and the place's tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callee {
    index: u32,
    epoch: u32,
}

/// The handlers by place. A place that is free is used again, its next tenant has another epoch.
#[derive(Debug)]
pub(super) struct Callees {
    places: Vec<Place>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place {
    epoch: u32,
    target: Target,
}

/// Who is called.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Vacant,
    Builtin(Builtin),
    Plugin(Call),
    /// One that is to be told of when it takes longer than so many microseconds.
    Timed(Call, u32),
}

impl Callees {
    /// Those of the built-in plugin, and no other.
    pub fn new() -> Self {
        let place = |(_, builtin)| Place { epoch: 0, target: Target::Builtin(builtin) };
        Self { places: Builtin::ALL.into_iter().map(place).collect(), free: Vec::new() }
    }

    /// The names of the built-in handlers, which are never vacated.
    pub fn builtins() -> impl Iterator<Item = (&'static str, Callee)> {
        (0..).zip(Builtin::ALL).map(|(index, (name, _))| (name, Callee { index, epoch: 0 }))
    }

    /// Gives a handler its place.
    pub fn occupy(&mut self, target: Target) -> Callee {
        let free = self.free.pop();
        if let Some((index, place)) =
            free.and_then(|index| Some((index, self.places.get_mut(index as usize)?)))
        {
            place.target = target;
            return Callee { index, epoch: place.epoch };
        }
        let index = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(Place { epoch: 0, target });
        Callee { index, epoch: 0 }
    }

    /// The handler is gone: who still has its name reaches nobody.
    pub fn vacate(&mut self, callee: Callee) {
        if let Some(place) = self.places.get_mut(callee.index as usize) {
            place.target = Target::Vacant;
            place.epoch = place.epoch.wrapping_add(1);
            self.free.push(callee.index);
        }
    }

    /// The handler is ours, is timed, or is gone.
    #[cold]
    fn call_otherwise(
        &self,
        callee: Callee,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        match self.places.get(callee.index as usize) {
            Some(Place { epoch, target: Target::Timed(call, micros) })
                if *epoch == callee.epoch =>
            {
                let begun = Instant::now();
                let outcome = call.run(request, reply, deferrals);
                let (took, limit) = (begun.elapsed(), Duration::from_micros(u64::from(*micros)));
                if took > limit {
                    call.tell_slow(took, limit);
                }
                outcome
            }
            Some(Place { epoch, target: Target::Builtin(builtin) }) if *epoch == callee.epoch => {
                builtin.call(request, reply)
            }
            _ => {
                reply.fail(Status::HandlerUnavailable.code(), "the handler is gone");
                Outcome::Failed
            }
        }
    }
}

impl Handlers for Host {
    type Callee = Callee;

    /// One bounds check and two comparisons lie between the core and the handler.
    #[inline(always)]
    fn call(
        &mut self,
        callee: Callee,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        match self.callees.places.get(callee.index as usize) {
            Some(Place { epoch, target: Target::Plugin(call) }) if *epoch == callee.epoch => {
                call.run(request, reply, deferrals)
            }
            _ => self.callees.call_otherwise(callee, request, reply, deferrals),
        }
    }

    fn hear(&mut self, news: &PeerNews) {
        self.hear_of_peer(news);
    }

    fn time(&self) -> Option<Moment> {
        Some(crate::shell::clock::Clock::reading())
    }
}
