//! Owns the credentials that plugins are judging: from when one is asked until it has said what it
//! thinks of them, its time is over, or the client has left.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;

use hotframe_core::{
    Claim, Completion, ConnectionId, Engine, GenerationState, Judged, Moment, Token,
};
use hotframe_plugin_api::abi::hf_token;
use hotframe_protocol::Status;

use super::answer::Answer;
use super::authority::fault;
use super::created::InstanceId;
use super::host::Host;
use super::roster::Roster;
use crate::auth::Verdict;

/// Slots of tokens that no deferred request ever has.
const SLOTS: u64 = 1024;
const FIRST_SLOT: u64 = 1 + u32::MAX as u64 - SLOTS;
/// Credentials of one source that are judged at once; so many may be guessed before the first bad
/// one counts.
const MOST_AT_ONCE: u32 = 64;
/// The code by which a plugin refuses later.
const DENIED: u16 = Status::Forbidden.code();

/// Where a client comes from; `None`: from this machine.
type Source = Option<IpAddr>;

/// What plugins have still to say.
#[derive(Debug, Default)]
pub(super) struct Judgements {
    open: BTreeMap<hf_token, Open>,
    of: HashMap<ConnectionId, hf_token>,
    /// By when each is due; at once, if its client has left.
    ends: BTreeSet<(Moment, hf_token)>,
    sources: HashMap<Source, u32>,
    issued: u64,
    settled: Vec<Verdict>,
}

/// One that a plugin has not judged yet.
#[derive(Debug)]
struct Open {
    connection: ConnectionId,
    client: Arc<str>,
    source: Source,
    instance: InstanceId,
    until: Moment,
    has_left: bool,
}

/// Whom a claim comes from, and by when it is to be judged.
#[derive(Debug)]
pub struct Claimant<'a> {
    /// Its address; `None`: this machine.
    pub source: Option<IpAddr>,
    /// The same as plugins are told.
    pub peer: &'a str,
    /// A verdict after this is useless.
    pub until: Moment,
}

/// Whether a token is that of a credential.
pub(super) const fn is_judgement(token: hf_token) -> bool {
    token & 0xffff_ffff >= FIRST_SLOT
}

impl Judgements {
    fn next_token(&mut self) -> hf_token {
        self.issued += 1;
        (self.issued / SLOTS + 1) << 32 | (FIRST_SLOT + self.issued % SLOTS)
    }

    /// When the first one is due.
    pub fn next_end(&self) -> Option<Moment> {
        self.ends.first().map(|(end, _)| *end)
    }

    /// Whether an instance has still to judge one.
    pub fn is_owed_by(&self, instance: InstanceId) -> bool {
        self.open.values().any(|open| open.instance == instance)
    }

    fn insert(&mut self, token: hf_token, open: Open) {
        self.of.insert(open.connection, token);
        self.ends.insert((open.until, token));
        *self.sources.entry(open.source).or_default() += 1;
        self.open.insert(token, open);
    }

    fn remove(&mut self, token: hf_token) -> Option<Open> {
        let open = self.open.remove(&token)?;
        self.of.remove(&open.connection);
        self.ends.remove(&(open.until, token));
        if let Some(count) = self.sources.get_mut(&open.source) {
            *count -= 1;
            if *count == 0 {
                self.sources.remove(&open.source);
            }
        }
        Some(open)
    }

    /// A connection is gone: nobody waits for what it has shown.
    pub fn note_gone(&mut self, connection: ConnectionId) {
        if let Some(token) = self.of.get(&connection).copied()
            && let Some(open) = self.remove(token)
        {
            self.insert(token, Open { until: Moment::default(), has_left: true, ..open });
        }
    }

    /// A plugin has answered.
    pub fn settle(&mut self, answer: &Answer) {
        let judged = answer.complete(|completion| match completion {
            Completion::Reply { .. } => (Judged::Good, String::new()),
            Completion::Failed { code: DENIED, .. } => (Judged::Bad, String::new()),
            Completion::Failed { code, message } => {
                (Judged::Unjudged(fault(code)), message.to_owned())
            }
        });
        if let Some(open) = self.remove(answer.token) {
            self.settled.push(open.verdict(judged));
        }
    }
}

impl Open {
    fn verdict(self, (judged, reason): (Judged, String)) -> Verdict {
        let Self { connection, client, source, .. } = self;
        Verdict { connection, client, source, judged, reason }
    }
}

impl Roster {
    /// All plugins that serve, and whether each judges credentials.
    pub fn judges(&self, host: &Host) -> Vec<(String, bool)> {
        let judges = |plugin: &str| {
            let live = self.serving_instance(plugin).and_then(|id| host.live.get(&id));
            live.is_some_and(|live| live.authority.is_some())
        };
        self.serving().map(|plugin| (plugin.to_owned(), judges(plugin))).collect()
    }

    /// Has `plugin` judge what a client has shown; what it says comes later, as a [`Verdict`].
    pub fn judge(
        &self,
        engine: &mut Engine<Host>,
        plugin: &str,
        claim: Claim,
        claimant: &Claimant<'_>,
    ) {
        let active = engine
            .generations()
            .find(|view| view.plugin == plugin && view.state == GenerationState::Active)
            .map(|view| view.id);
        let instance = active.and_then(|generation| self.instance_of(generation));
        engine.handlers_mut().judge(instance, plugin, claim, claimant);
    }
}

impl Host {
    fn judge(
        &mut self,
        instance: Option<InstanceId>,
        plugin: &str,
        claim: Claim,
        claimant: &Claimant<'_>,
    ) {
        let found = instance.and_then(|id| Some((id, self.live.get(&id)?)));
        let gone = Judged::Unjudged(Status::HandlerUnavailable);
        let at_once = self.judgements.sources.get(&claimant.source).copied().unwrap_or(0);
        let token = self.judgements.next_token();
        let judged = match found {
            None => Some((gone, format!("no plugin {plugin} serves"))),
            Some((_, live)) => match live.authority {
                None => Some((gone, format!("the plugin {plugin} judges no credentials"))),
                Some(_) if at_once >= MOST_AT_ONCE => {
                    let reason = "too many of its source are judged just now".to_owned();
                    Some((Judged::Unjudged(Status::Overloaded), reason))
                }
                Some(authority) => authority.judge(&claim, claimant.peer, claimant.until, token),
            },
        };
        let open = Open {
            connection: claim.connection,
            client: claim.client,
            source: claimant.source,
            instance: found.map_or(InstanceId::of(0), |(id, _)| id),
            until: claimant.until,
            has_left: false,
        };
        match judged {
            Some(judged) => self.judgements.settled.push(open.verdict(judged)),
            None => self.judgements.insert(token, open),
        }
    }

    /// Gives up the credentials that were not judged by `now`, and tells the plugins.
    pub fn judge_no_more(&mut self, now: Moment) {
        while let Some((_, token)) = self.judgements.ends.first().copied().filter(|it| it.0 <= now)
        {
            let Some(open) = self.judgements.remove(token) else {
                return;
            };
            if let (Some(live), Some(token)) =
                (self.live.get(&open.instance), Token::from_bits(token))
            {
                live.hooks.cancel(token);
            }
            let judged = match open.has_left {
                // Or whoever guesses would leave before it counts.
                true => (Judged::Bad, "it left before it was judged".to_owned()),
                false => {
                    let reason = "it was not judged within auth.timeout".to_owned();
                    (Judged::Unjudged(Status::Timeout), reason)
                }
            };
            self.judgements.settled.push(open.verdict(judged));
        }
    }

    /// What was said of one credential.
    pub fn take_verdicts(&mut self) -> Vec<Verdict> {
        mem::take(&mut self.judgements.settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(connection: u64, source: Source) -> Open {
        Open {
            connection: ConnectionId::from_bits(connection << 32).unwrap(),
            client: "dev1".into(),
            source,
            instance: InstanceId::of(7),
            until: Moment::from_nanos(connection),
            has_left: false,
        }
    }

    #[test]
    fn tokens_are_no_request_s_and_never_the_same() {
        let mut judgements = Judgements::default();
        let tokens: BTreeSet<_> = (0..5000).map(|_| judgements.next_token()).collect();
        assert_eq!(tokens.len(), 5000);
        assert!(
            tokens.iter().all(|token| is_judgement(*token) && Token::from_bits(*token).is_some())
        );
        assert!(!is_judgement(0x1_0000_0007));
    }

    #[test]
    fn what_is_open_is_found_by_every_way_until_it_is_removed() {
        let mut judgements = Judgements::default();
        for connection in 1..=3 {
            let token = judgements.next_token();
            judgements.insert(token, open(connection, None));
        }
        assert_eq!(
            (judgements.next_end(), judgements.sources[&None]),
            (Some(Moment::from_nanos(1)), 3)
        );
        judgements.note_gone(ConnectionId::from_bits(2 << 32).unwrap());
        judgements.note_gone(ConnectionId::from_bits(9 << 32).unwrap());
        let (end, token) = judgements.ends.first().copied().unwrap();
        assert!(end == Moment::default() && judgements.open[&token].has_left);
        for token in judgements.open.keys().copied().collect::<Vec<_>>() {
            assert!(judgements.is_owed_by(InstanceId::of(7)));
            judgements.settle(&Answer::new(token, 0, b""));
            judgements.settle(&Answer::new(token, DENIED, b""));
        }
        assert!(
            judgements.of.is_empty() && judgements.ends.is_empty() && judgements.sources.is_empty()
        );
        assert!(judgements.settled.iter().all(|verdict| verdict.judged == Judged::Good));
        assert_eq!(judgements.settled.len(), 3);
    }
}
