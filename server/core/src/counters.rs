//! Counters of the whole engine. They only grow.

use hotframe_protocol::{Status, status_name};

use crate::CloseReason;

/// The kinds of errors that have no [`Status`]: of a plugin in the client's range, of a plugin in
/// the server's range, and any other code.
const OTHERS: [(&str, u16); 3] = [("1100-1999", 1100), ("2100-2999", 2100), ("other", 0)];
const KINDS: usize = Status::ALL.len() + OTHERS.len();

/// What happened since the engine was made.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Counters {
    /// Good frames that were taken, of every kind.
    pub frames_in: u64,
    /// Replies, errors and probes that were made for a live connection.
    pub frames_out: u64,
    /// Bytes that were handed in.
    pub bytes_in: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// Events among `frames_in`.
    pub events_in: u64,
    /// Events that no handler took.
    pub events_unrouted: u64,
    /// Errors among `frames_out`.
    pub errors_out: u64,
    /// Errors in the raw dialect that were not sent, for want of a word for them.
    pub errors_kept: u64,
    /// Reply and error frames among `frames_in` that were dropped: nothing was asked, or the answer
    /// came too late.
    pub replies_dropped: u64,
    /// Requests and events that were one too many for a rate: the requests were answered 1029.
    pub over_rate: u64,
    /// Requests and events that were shed under overload: the requests were answered 2003.
    pub shed: u64,
    /// Probes among `frames_out`.
    pub probes: u64,
    /// Answers to probes among `frames_in`.
    pub probes_answered: u64,
    /// Frames that were pushed, among `frames_out`.
    pub pushed: u64,
    /// Frames that were to be pushed and were not.
    pub pushes_refused: u64,
    /// Requests among `pushed`.
    pub asked: u64,
    /// Answers to them among `frames_in`.
    pub answers_in: u64,
    /// Requests among `asked` that got no answer in time.
    pub questions_timed_out: u64,
    /// Requests among `asked` whose connection was over first.
    pub questions_gone: u64,
    /// Credentials that were shown, to be judged.
    pub claims: u64,
    /// Those that were refused.
    pub claims_refused: u64,
    /// Those that nobody could judge.
    pub claims_unjudged: u64,
    /// Requests and events of clients that have shown none: the requests were answered 1002.
    pub barred: u64,
    /// Sessions that a HELLO opened.
    pub sessions_opened: u64,
    /// HELLOs of a client whose session was there.
    pub sessions_resumed: u64,
    /// Sessions that were offline for too long.
    pub sessions_expired: u64,
    /// Episodes of lost synchronisation.
    pub lost_sync: u64,
    /// Bytes that belonged to no frame.
    pub skipped_bytes: u64,
    /// Connections that were let in.
    pub accepted: u64,
    /// Connections that were not let in.
    pub refused: u64,
    /// Requests and events that a handler put off.
    pub deferred: u64,
    /// Failed requests that were to be tried again.
    pub retries: u64,
    /// Those that were: the others ended while they waited.
    pub retried: u64,
    /// Requests that were tried again and got a reply in the end.
    pub retried_well: u64,
    /// Requests that were tried again and got an error in the end.
    pub retried_in_vain: u64,
    /// Deferred ones that got their answer from the handler.
    pub completed: u64,
    /// Deferred ones that got none in time.
    pub timed_out: u64,
    /// Deferred ones whose connection was gone first.
    pub abandoned: u64,
    /// Deferred ones whose generation was replaced and did not get the time to answer.
    pub forsaken: u64,
    /// Deferred ones that passed from a generation to its successor.
    pub bequeathed: u64,
    /// Answers for a token that was used up, abandoned, never given, or given to another.
    pub stale_completions: u64,
    /// Generations that were benched and took their plugin's requests again.
    pub reinstated: u64,
    /// Generations that were retired.
    pub retired: u64,
    /// Notices that the shell did not fetch in time.
    pub notices_dropped: u64,
    /// Sightings that the shell did not fetch in time.
    pub sightings_dropped: u64,
    /// Connections that ended, by [`CloseReason`].
    pub(crate) closed: [u64; CloseReason::ALL.len()],
    /// The parts of `errors_out`, by kind.
    pub(crate) errors: [u64; KINDS],
}

/// How many errors of one kind were made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorCount {
    /// The status whose code it is; `None` for the codes of plugins and for unknown ones.
    pub status: Option<Status>,
    /// What to call the kind: `UNKNOWN_COMMAND`.
    pub name: &'static str,
    /// The codes of a kind that has no status: `2100-2999`. Empty for one that has.
    pub range: &'static str,
    /// How many were made.
    pub count: u64,
}

impl Counters {
    /// The connections that ended for `reason`.
    #[must_use]
    pub const fn closed(&self, reason: CloseReason) -> u64 {
        self.closed[reason as usize]
    }

    /// The errors among `frames_out`, kind by kind: as many kinds as there are, whatever codes
    /// plugins make up.
    pub fn errors(&self) -> impl Iterator<Item = ErrorCount> {
        let known = Status::ALL.iter().map(|&status| (Some(status), status.name(), ""));
        let others = OTHERS.iter().map(|&(range, first)| (None, status_name(first), range));
        let kinds = known.chain(others).zip(self.errors);
        kinds.map(|((status, name, range), count)| ErrorCount { status, name, range, count })
    }

    /// An error frame with this code was made.
    #[cold]
    pub(crate) fn count_error(&mut self, code: u16) {
        let known = Status::ALL.iter().position(|status| status.code() == code);
        let kind = known.unwrap_or(match code {
            1100..=1999 => Status::ALL.len(),
            2100..=2999 => Status::ALL.len() + 1,
            _ => Status::ALL.len() + 2,
        });
        self.errors[kind] += 1;
        self.errors_out += 1;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_code_is_counted_under_its_kind() {
        let mut counters = Counters::default();
        for code in [1004, 1004, 2001, 1100, 1999, 2100, 0, 1003, 3000, 65535] {
            counters.count_error(code);
        }
        let counted: Vec<_> = counters.errors().filter(|kind| kind.count > 0).collect();
        let told: Vec<_> = counted.iter().map(|kind| (kind.name, kind.range, kind.count)).collect();
        assert_eq!(
            told,
            [
                ("FORBIDDEN", "", 1),
                ("UNKNOWN_COMMAND", "", 2),
                ("HANDLER_FAILED", "", 1),
                ("PLUGIN_CLIENT_ERROR", "1100-1999", 2),
                ("PLUGIN_SERVER_ERROR", "2100-2999", 1),
                ("UNKNOWN", "other", 3),
            ]
        );
        assert_eq!(counters.errors_out, 10);
        assert_eq!(counters.errors().map(|kind| kind.count).sum::<u64>(), 10);
    }
}
