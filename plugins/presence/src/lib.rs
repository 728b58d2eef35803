//! The presence plugin: who is online, and a word to one of them, to all of them, or from them.
//!
//! | handler | suggested command | data | reply |
//! | --- | --- | --- | --- |
//! | `presence.list` | `0x0160` | NAME or nothing | a page of the names behind it |
//! | `presence.count` | `0x0161` | how names begin, or nothing | how many are online (u32) |
//! | `presence.subscribe` | `0x0162` | how names begin, or nothing | as `count`; events follow |
//! | `presence.unsubscribe` | `0x0163` | nothing | nothing; no events any more |
//! | `presence.tell` | `0x0164` | length, name, words | nothing: it is on its way |
//! | `presence.tell_all` | `0x0165` | length, how names begin, words | as `count` |
//! | `presence.ask` | `0x0166` | length, name, words | the answer of that client |
//!
//! A page is a byte, 1 if there are more names and 0 if not, then length and name of each. Words
//! are any bytes, numbers are big-endian.
//!
//! A length is one byte. A client is who said HELLO, under the name that it said; clients are
//! listed by name, so the last name of one list is the beginning of the next.
//!
//! What it pushes, to address 0:
//!
//! | number | kind | to whom | data |
//! | --- | --- | --- | --- |
//! | `0x0168` | event | who has subscribed | 1 (online) or 0 (offline), then the name |
//! | `0x0169` | event | who is told something | length, the sender's name, words |
//! | `0x016A` | request | who is asked something | the same |
//!
//! A sender that has not said HELLO has an empty name. Who is asked has five seconds; `ask` answers
//! 1100 where nobody of that name is online, 2004 without an answer in time, and 2100 with the code
//! and the text of an error that the client answers.
//!
//! In `/metrics` it shows `hotframe_plugin_presence_online`, `…_questions_total` by what came of
//! them, and `…_answer_seconds`.
//!
//! Read it to see how a plugin hears of its peers and completes a deferred reply with what a device
//! answers. Subscriptions live as long as their connections, across reloads of the plugin.

mod asking;
mod figures;
mod frame;
mod members;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::{
    AskId, ConnectionEvent, ConnectionId, ConnectionInfo, Layout, NoAnswer, Peers, Push, Session,
    SessionEvent, Sink, Source, Stateful, To, state,
};

use figures::Figures;
use members::Members;

/// Events to who has subscribed.
const CHANGED: u16 = 0x0168;
/// Events to who is told something.
const TOLD: u16 = 0x0169;
/// Requests to who is asked something.
const ASKED: u16 = 0x016A;
/// Nobody of that name is online.
const NOBODY: Code = Code::new(1100);
/// The client answered with an error.
const REFUSED: Code = Code::new(2100);

/// What is kept: how the names begin that each connection wants to hear of.
struct Subscriptions(Vec<(u64, String)>);

impl Layout for Subscriptions {
    fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        self.0.encode(sink)
    }

    fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
        Layout::decode(source).map(Self)
    }
}

state! { 0x9e5e_0ce1: 1 => Subscriptions }

/// The plugin.
struct Presence {
    host: Host,
    figures: Figures,
    reason: Reason,
    members: Members,
    /// How the names begin that a connection wants to hear of.
    subscriptions: BTreeMap<ConnectionId, String>,
    /// Who waits for the answer to a question.
    asked: HashMap<AskId, Waiting>,
}

/// Somebody who waits for an answer.
struct Waiting {
    token: Token,
    since: Duration,
}

impl Plugin for Presence {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        Ok(Self {
            host: create.host().clone(),
            figures: Figures::define(create.host())?,
            reason: create.reason(),
            members: Members::default(),
            subscriptions: BTreeMap::new(),
            asked: HashMap::new(),
        })
    }

    /// Who asked is gone: the answer is for nobody.
    fn cancel(&mut self, token: TokenId) {
        self.asked.retain(|_, waiting| waiting.token.id() != token);
    }
}

impl Stateful for Presence {
    type State = Subscriptions;

    fn state(&mut self) -> Result<Self::State, Error> {
        let subscriptions = self.subscriptions.iter();
        let kept = subscriptions.map(|(id, prefix)| (id.to_bits(), prefix.clone()));
        Ok(Subscriptions(kept.collect()))
    }

    /// Connections have other numbers after a restart of the server.
    fn restore(&mut self, state: Self::State) -> Result<(), Error> {
        if matches!(self.reason, Reason::Reload | Reason::Rollback) {
            let kept =
                state.0.into_iter().map(|(id, prefix)| (ConnectionId::from_bits(id), prefix));
            self.subscriptions = kept.collect();
        }
        Ok(())
    }
}

impl Peers for Presence {
    fn on_connection(&mut self, event: ConnectionEvent, connection: &ConnectionInfo) {
        if event == ConnectionEvent::Closed {
            self.subscriptions.remove(&connection.id());
        }
    }

    fn on_session(&mut self, event: SessionEvent, session: &Session<'_>) {
        let changed = match event.is_online() {
            true => self.members.join(session.client, session.connection),
            false => self.members.part(session.client, session.connection),
        };
        self.figures.show_online(self.members.count(""));
        if changed && event != SessionEvent::Present {
            self.announce(event.is_online(), session.client);
        }
    }

    fn on_answer(&mut self, ask: AskId, answer: Result<&[u8], NoAnswer<'_>>) {
        if let Some(Waiting { token, since }) = self.asked.remove(&ask) {
            self.figures.note_answer(answer.is_ok(), self.host.now().saturating_sub(since));
            token.answer(asking::judge(answer));
        }
    }
}

impl Presence {
    fn list(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let after = frame::name(request.data())?;
        reply.write(&self.members.page(after))?;
        Ok(Outcome::Reply)
    }

    fn count(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.reply_count(frame::name(request.data())?, reply)
    }

    fn subscribe(
        &mut self,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
    ) -> Result<Outcome, Error> {
        let prefix = frame::name(request.data())?;
        self.subscriptions.insert(request.connection(), prefix.to_owned());
        self.reply_count(prefix, reply)
    }

    fn unsubscribe(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Outcome {
        self.subscriptions.remove(&request.connection());
        Outcome::Reply
    }

    fn tell(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let (client, words) = frame::addressed(request.data())?;
        let to = self.members.connection(client).ok_or_else(|| nobody(client))?;
        let signed = frame::signed(&self.sender(request), words)?;
        self.host.push(To::Connection(to), Push::new(TOLD, &signed))?;
        Ok(Outcome::Reply)
    }

    fn tell_all(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let (prefix, words) = frame::addressed(request.data())?;
        let signed = frame::signed(&self.sender(request), words)?;
        self.host.push(To::Clients(prefix), Push::new(TOLD, &signed))?;
        self.reply_count(prefix, reply)
    }

    fn ask(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let (client, words) = frame::addressed(request.data())?;
        let to = self.members.connection(client).ok_or_else(|| nobody(client))?;
        let signed = frame::signed(&self.sender(request), words)?;
        // Ahead: whoever is asked may himself wait for an answer of who asks.
        let question = Push::new(ASKED, &signed).ahead();
        let token = request.defer(asking::PATIENCE * 2)?;
        let ask = self.host.ask(To::Connection(to), question, asking::PATIENCE)?;
        self.asked.insert(ask, Waiting { token, since: request.now() });
        Ok(Outcome::Deferred)
    }

    /// What the sender of a request calls itself; empty if it has not said HELLO.
    fn sender(&self, request: &Request<'_>) -> String {
        let known = self.host.connection(request.connection());
        known.and_then(|info| info.client().map(str::to_owned)).unwrap_or_default()
    }

    /// Tells who has subscribed that a client is online, or is not any more.
    fn announce(&mut self, is_online: bool, client: &str) {
        let data = [&[u8::from(is_online)], client.as_bytes()].concat();
        let host = &self.host;
        // A subscriber that is gone, and of which nobody has told: it left during a reload.
        self.subscriptions.retain(|id, prefix| {
            !client.starts_with(prefix.as_str())
                || host.push(To::Connection(*id), Push::new(CHANGED, &data)).is_ok()
                || host.connection(*id).is_some()
        });
    }

    fn reply_count(&self, prefix: &str, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(&self.members.count(prefix).to_be_bytes())?;
        Ok(Outcome::Reply)
    }
}

fn nobody(client: &str) -> Error {
    Error::coded(NOBODY, format_args!("{client} is not online"))
}

hotframe_plugin_api::plugin! {
    Presence,
    name: "presence",
    extensions: [peers, state],
    handlers: {
        "list" => Presence::list { default_command: 0x0160, len: 0..=64 },
        "count" => Presence::count { default_command: 0x0161, len: 0..=64 },
        "subscribe" => Presence::subscribe { default_command: 0x0162, len: 0..=64 },
        "unsubscribe" => Presence::unsubscribe { default_command: 0x0163, len: 0..=0 },
        "tell" => Presence::tell { default_command: 0x0164, len: 2..=255 },
        "tell_all" => Presence::tell_all { default_command: 0x0165, len: 1..=255 },
        "ask" => Presence::ask { default_command: 0x0166, len: 2..=255 },
    }
}

#[cfg(test)]
mod tests;
