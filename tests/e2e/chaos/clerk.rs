//! A clerk counts a number up, which a plugin keeps: a change that is lost, or is there though
//! nobody was told of it, shows in the next answer.

use std::sync::mpsc;
use std::time::Duration;

use hotframe_protocol::Kind;
use hotframe_tests::{Audit, Endpoint, Fate, Owned, Wire, request};

/// `kv.increment`.
const INCREMENT: u16 = 0x0144;
/// The server is on its way out.
const SHUTTING_DOWN: u16 = 2006;
/// Between an answer and the next request.
const PACE: Duration = Duration::from_millis(1);

/// The number as it has to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Number {
    /// What the last answer said.
    counted: u64,
    /// What it was when a server last ended in good order: only that is kept on the disk.
    kept: u64,
    /// Answers in all.
    answers: u64,
}

impl Number {
    /// A server was killed, and another begins with what is kept.
    pub fn fall_back(&mut self) {
        self.counted = self.kept;
    }

    /// How many answers there were in all.
    pub fn answers(&self) -> u64 {
        self.answers
    }

    /// Counts on one connection until `look` says that it is time to go, beside what becomes of the
    /// server; none where nobody listens.
    pub fn count(
        &mut self,
        server: &Endpoint,
        look: impl Fn() -> (bool, Fate),
    ) -> Option<Result<Audit, String>> {
        let mut wire = Wire::over(server.try_connect().ok()?);
        let mut audit = Audit { connections: 1, ..Audit::default() };
        let (_open, silence) = mpsc::channel::<()>();
        while !look().0 {
            let Some(reply) = ask(&mut wire) else {
                return Some(self.hear_the_end(look().1).map(|()| audit));
            };
            audit.taken += 1;
            if reply.error_code() == Some(SHUTTING_DOWN) {
                audit.refused += 1;
                return Some(self.hear_the_end(look().1).map(|()| audit));
            }
            let wanted = self.counted + 1;
            if reply.command.kind() != Kind::Reply || reply.data != wanted.to_be_bytes() {
                return Some(Err(format!("counting got {reply:?}, not {wanted}")));
            }
            (self.counted, self.answers) = (wanted, self.answers + 1);
            let _ = silence.recv_timeout(PACE);
        }
        Some(Ok(audit))
    }

    /// The server takes no more: what it has answered until now is what it keeps, if it can.
    fn hear_the_end(&mut self, fate: Fate) -> Result<(), String> {
        match fate {
            Fate::Serving => return Err("a counting connection has ended by itself".to_owned()),
            Fate::Stopping => self.kept = self.counted,
            Fate::Killed => {}
        }
        Ok(())
    }
}

/// The answer; none if the connection ended before there was one.
fn ask(wire: &mut Wire) -> Option<Owned> {
    let key = b"\x06number";
    wire.try_send(&request(INCREMENT, key)).ok()?;
    wire.try_receive().ok().flatten()
}
