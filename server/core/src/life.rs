//! The life of a request, as far as it can be put off or fail: only the legal steps can be written.
//!
//! ```text
//! PENDING ─▶ RUNNING ─▶ SUCCEEDED
//!               │  ▲
//!               ▼  └──────────┐
//!            FAILED ─▶ RETRYING ─▶ FAILED
//! ```
//!
//! A request that is answered at once, and well, is not written down at all.

use core::marker::PhantomData;
use core::time::Duration;

/// Taken, and not yet its handler's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pending {}
/// Its handler has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Running {}
/// Answered with a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Succeeded {}
/// Its handler failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Failed {}
/// It waits to be its handler's once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Retrying {}

/// A request in one state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Life<S> {
    /// How often a handler had it.
    tried: u8,
    state: PhantomData<S>,
}

/// How long after its first failure a request is tried again; twice as long after the next.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl<S> Life<S> {
    const fn step<T>(self) -> Life<T> {
        Life { tried: self.tried, state: PhantomData }
    }

    /// How often a handler had it.
    pub const fn tried(self) -> u8 {
        self.tried
    }
}

impl Life<Pending> {
    pub const fn taken() -> Self {
        Self { tried: 0, state: PhantomData }
    }

    pub const fn run(self) -> Life<Running> {
        Life { tried: self.tried + 1, state: PhantomData }
    }
}

impl Life<Running> {
    pub const fn succeed(self) -> Life<Succeeded> {
        self.step()
    }

    pub const fn fail(self) -> Life<Failed> {
        self.step()
    }
}

impl Life<Failed> {
    /// It is tried once more: where its route allows `retries`, and `code` says that the failure
    /// was the server's.
    pub const fn retry(self, code: u16, retries: u8) -> Option<Life<Retrying>> {
        if is_servers(code) && self.tried <= retries { Some(self.step()) } else { None }
    }
}

impl Life<Retrying> {
    pub const fn run(self) -> Life<Running> {
        Life { tried: self.tried.saturating_add(1), state: PhantomData }
    }

    /// Its time is over, or nobody can have it any more.
    pub const fn fail(self) -> Life<Failed> {
        self.step()
    }

    /// How long it waits.
    pub fn pause(self) -> Duration {
        let doublings = u32::from(self.tried.saturating_sub(1)).min(16);
        (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE)
    }
}

/// Whether a status code says that the server is at fault, and not the client.
pub(crate) const fn is_servers(code: u16) -> bool {
    matches!(code, 2000..=2999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_tried_as_often_as_its_route_allows() {
        let mut running = Life::taken().run();
        let mut pauses = alloc::vec::Vec::new();
        while let Some(retrying) = running.fail().retry(2001, 9) {
            pauses.push(retrying.pause().as_millis());
            running = retrying.run();
        }
        assert_eq!(running.tried(), 10);
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        assert_eq!(running.succeed().tried(), 10);
    }

    #[test]
    fn only_what_the_server_did_wrong_is_tried_again() {
        let failed = Life::taken().run().fail();
        for code in [0, 1001, 1100, 1999, 3000] {
            assert_eq!(failed.retry(code, 10), None, "{code}");
        }
        assert_eq!(failed.retry(2999, 0), None);
        assert_eq!(failed.retry(2000, 1).map(Life::<Retrying>::fail), Some(failed));
    }
}
