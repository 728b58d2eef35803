//! HELLO: a client names itself, and joins its session.

use core::time::Duration;

use hotframe_protocol::{Kind, MAX_DATA, Status};

use crate::builtin::{HELLO, put};
use crate::connection::Connection;
use crate::desk::Desk;
use crate::refusal::{Text, refuse};
use crate::sessions::Joined;
use crate::{ConnectionId, Handlers, JoinedHow, Moment, Notice, PeerNews, SessionId};

/// Bytes of the longest client id.
const MAX_CLIENT_ID: usize = 64;

/// The session was there before.
const RESUMED: u8 = 1;

/// Who says HELLO.
pub(crate) struct Caller<'a> {
    pub id: ConnectionId,
    /// The session that it has.
    pub session: &'a mut Option<SessionId>,
    /// Whether it is probed when it is silent.
    pub probe: bool,
    pub now: Moment,
}

impl<H: Handlers> Desk<H> {
    /// Answers a HELLO that came with `asked`; the kind of the answer and the length of its data.
    #[cold]
    pub fn greet(
        &mut self,
        asked: &[u8],
        data: &mut [u8; MAX_DATA],
        caller: Caller<'_>,
    ) -> (Kind, u8) {
        let Some(client) = client_id(asked) else {
            return (Kind::Error, refuse_client_id(data));
        };
        let timeout = self.limits.heartbeat.session_timeout;
        self.counters.sessions_expired += self.sessions.expire(timeout, caller.now);
        let bounds = (self.limits.heartbeat.takeover, self.limits.max_sessions());
        let joined = match self.sessions.join(client, caller.id, bounds, caller.now) {
            Ok(joined) => joined,
            Err(status) => {
                let client = client.into();
                self.notify(Notice::Unjoined { connection: caller.id, client });
                return (Kind::Error, refuse(data, status, HELLO));
            }
        };
        let before = caller.session.replace(joined.id);
        let left = before.filter(|&left| left != joined.id);
        if let Some(left) = left {
            self.leave(left, (caller.id, caller.now), caller.now);
        }
        self.arm_sessions();
        let idle_after =
            if caller.probe { self.limits.heartbeat.idle_after } else { Duration::ZERO };
        let len = welcome(data, &joined, idle_after, timeout);
        if before != Some(joined.id) {
            self.tell_joined(&joined, caller.id);
        }
        self.note_joined(joined, caller.id);
        (Kind::Reply, len)
    }

    fn note_joined(&mut self, joined: Joined, connection: ConnectionId) {
        let Joined { id: session, client, resumed, displaced } = joined;
        self.displaced.extend(displaced);
        let count = if resumed {
            &mut self.counters.sessions_resumed
        } else {
            &mut self.counters.sessions_opened
        };
        *count += 1;
        self.notify(Notice::Joined { connection, session, client, resumed });
    }

    /// The handlers hear where the client is now.
    fn tell_joined(&mut self, joined: &Joined, connection: ConnectionId) {
        let how = match joined.displaced {
            Some(older) => JoinedHow::TakenOver(older),
            None if joined.resumed => JoinedHow::Resumed,
            None => JoinedHow::Opened,
        };
        let (session, client) = (joined.id, joined.client.clone());
        self.handlers.hear(&PeerNews::Joined { connection, session, client, how });
    }

    /// A connection that takes nothing more leaves its session, and answers no question.
    pub fn part(&mut self, id: ConnectionId, connection: &mut Connection) {
        if let Some(session) = connection.session.take() {
            self.leave(session, (id, connection.last_received), self.latest);
            self.arm_sessions();
        }
        if !self.questions.is_empty() {
            self.forsake(id);
        }
    }

    /// The connection, heard last at that moment, has left the session, unless another has it.
    fn leave(
        &mut self,
        session: SessionId,
        (connection, heard): (ConnectionId, Moment),
        now: Moment,
    ) {
        if let Some(client) = self.sessions.part(session, connection, heard, now) {
            self.handlers.hear(&PeerNews::Parted { connection, session, client });
        }
    }
}

/// The client id that the data of a HELLO starts with: it ends with the data or at a zero byte.
/// What follows that, a credential, is not looked at.
pub(crate) fn client_id(data: &[u8]) -> Option<&str> {
    let id = data.split(|&byte| byte == 0).next()?;
    let id = core::str::from_utf8(id).ok()?;
    let fits = (1..=MAX_CLIENT_ID).contains(&id.len());
    (fits && !id.contains(char::is_control)).then_some(id)
}

fn refuse_client_id(data: &mut [u8; MAX_DATA]) -> u8 {
    let mut text = Text::of_error(data, Status::BadRequest.code());
    text.push("a client id is 1 to 64 bytes of UTF-8 without control characters");
    text.finish()
}

/// Writes the data of the reply; returns its length.
fn welcome(
    data: &mut [u8; MAX_DATA],
    joined: &Joined,
    idle_after: Duration,
    timeout: Duration,
) -> u8 {
    let mut reply = [0; 13];
    reply[..8].copy_from_slice(&joined.id.to_bits().to_be_bytes());
    reply[8..10].copy_from_slice(&seconds(idle_after).to_be_bytes());
    reply[10..12].copy_from_slice(&seconds(timeout).to_be_bytes());
    reply[12] = if joined.resumed { RESUMED } else { 0 };
    put(&reply, data)
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u16 {
    let whole = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    u16::try_from(whole).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_ends_with_the_data_or_at_a_zero_byte() {
        assert_eq!(client_id(b"dev1"), Some("dev1"));
        assert_eq!(client_id(b"dev1\0"), Some("dev1"));
        assert_eq!(client_id(b"dev1\0secret\0\xFF"), Some("dev1"));
        assert_eq!(client_id("\u{20AC}".as_bytes()), Some("\u{20AC}"));
        assert_eq!(client_id(&[b'x'; 64]).map(str::len), Some(64));
    }

    #[test]
    fn what_is_no_client_id_is_refused() {
        let long = [b'x'; 65];
        let bad: [&[u8]; 8] =
            [b"", b"\0", b"\0dev1", &long, b"\xFF", b"a\nb", b"\x7F", "\u{85}".as_bytes()];
        for data in bad {
            assert_eq!(client_id(data), None, "{data:?}");
        }
    }

    #[test]
    fn seconds_are_rounded_up_and_stop_at_what_fits() {
        let of = |millis| seconds(Duration::from_millis(millis));
        assert_eq!([of(0), of(1), of(200), of(1000), of(1001)], [0, 1, 1, 1, 2]);
        assert_eq!(seconds(Duration::from_secs(86_400)), u16::MAX);
        assert_eq!(seconds(Duration::MAX), u16::MAX);
    }
}
