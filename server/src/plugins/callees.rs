//! Owns the flat table of handlers that can be called, and the way from the engine to each.
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotframe_core::{Deferrals, Handlers, Moment, Outcome, PeerNews, Reply, Request};
use hotframe_protocol::Status;

use super::builtin::Builtin;
use super::call::{Call, out_of_line};
use super::figures::HandlerFigures;
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
    /// Calls up to and with the next one that is timed; at least 1.
    left: u32,
    target: Target,
    /// Of as many calls one is timed.
    period: u32,
    figures: Arc<HandlerFigures>,
}

/// Of as many calls of a handler that is often called one is timed.
const SPARSEST: u32 = 1024;

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
    /// Those of the built-in plugin, and no other; `figures` gives the figures of each.
    pub fn new(mut figures: impl FnMut(&str) -> Arc<HandlerFigures>) -> Self {
        let place = |(name, builtin)| Place::new(Target::Builtin(builtin), figures(name));
        Self { places: Builtin::ALL.into_iter().map(place).collect(), free: Vec::new() }
    }

    /// The names of the built-in handlers, which are never vacated.
    pub fn builtins() -> impl Iterator<Item = (&'static str, Callee)> {
        (0..).zip(Builtin::ALL).map(|(index, (name, _))| (name, Callee { index, epoch: 0 }))
    }

    /// Gives a handler its place.
    pub fn occupy(&mut self, target: Target, figures: Arc<HandlerFigures>) -> Callee {
        let free = self.free.pop();
        let tenant = Place::new(target, figures);
        if let Some((index, place)) =
            free.and_then(|index| Some((index, self.places.get_mut(index as usize)?)))
        {
            *place = Place { epoch: place.epoch, ..tenant };
            return Callee { index, epoch: place.epoch };
        }
        let index = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(tenant);
        Callee { index, epoch: 0 }
    }

    /// The calls of a handler that its figures do not have yet.
    pub fn unnoted(&self, figures: &Arc<HandlerFigures>) -> u64 {
        let own = self.places.iter().filter(|place| Arc::ptr_eq(&place.figures, figures));
        own.map(Place::unnoted).sum()
    }

    /// The handler is gone: who still has its name reaches nobody.
    pub fn vacate(&mut self, callee: Callee) {
        if let Some(place) = self.places.get_mut(callee.index as usize) {
            place.figures.note_calls(place.unnoted());
            (place.left, place.period) = (1, 1);
            place.figures = Arc::default();
            place.target = Target::Vacant;
            place.epoch = place.epoch.wrapping_add(1);
            self.free.push(callee.index);
        }
    }

    /// The handler is ours, is timed, this call of it is, or it is gone.
    #[cold]
    fn call_otherwise(
        &mut self,
        callee: Callee,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        let place = self.places.get_mut(callee.index as usize);
        let Some(place) = place.filter(|place| place.epoch == callee.epoch) else {
            return gone(reply);
        };
        let call = match place.target {
            Target::Plugin(call) | Target::Timed(call, _) => call,
            Target::Builtin(builtin) => {
                place.left -= 1;
                if place.left == 0 {
                    place.end_period();
                }
                return builtin.call(request, reply);
            }
            Target::Vacant => return gone(reply),
        };
        let begun = Instant::now();
        let outcome = call.run(request, reply, deferrals);
        let took = begun.elapsed();
        place.figures.note_time(took);
        if let Target::Timed(call, micros) = place.target {
            place.figures.note_calls(1);
            let limit = Duration::from_micros(u64::from(micros));
            if took > limit {
                call.tell_slow(took, limit);
            }
        } else {
            place.end_period();
        }
        outcome
    }
}

impl Place {
    fn new(target: Target, figures: Arc<HandlerFigures>) -> Self {
        Self { epoch: 0, left: 1, target, period: 1, figures }
    }

    /// The calls of a period are noted: the next one is twice as long, up to a bound.
    fn end_period(&mut self) {
        self.figures.note_calls(u64::from(self.period));
        self.period = (self.period * 2).min(SPARSEST);
        self.left = self.period;
    }

    fn unnoted(&self) -> u64 {
        u64::from(self.period.saturating_sub(self.left))
    }
}

#[cold]
fn gone(reply: &mut Reply<'_>) -> Outcome {
    reply.fail(Status::HandlerUnavailable.code(), "the handler is gone");
    Outcome::Failed
}

impl Handlers for Host {
    type Callee = Callee;

    /// One bounds check, two comparisons and the count of calls lie between the core and the
    /// handler.
    #[inline(always)]
    fn call(
        &mut self,
        callee: Callee,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        deferrals: &mut Deferrals<'_>,
    ) -> Outcome {
        if let Some(place) = self.callees.places.get_mut(callee.index as usize)
            && place.epoch == callee.epoch
            && let Target::Plugin(call) = place.target
        {
            place.left -= 1;
            if place.left != 0 {
                return call.run(request, reply, deferrals);
            }
        }
        out_of_line(reply, |reply| {
            self.callees.call_otherwise(callee, &{ *request }, reply, deferrals)
        })
    }

    fn hear(&mut self, news: &PeerNews) {
        self.hear_of_peer(news);
    }

    fn time(&self) -> Option<Moment> {
        Some(crate::shell::clock::Clock::reading())
    }
}
