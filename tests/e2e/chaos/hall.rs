//! A crier has a plugin push words to a hall of listeners: each word comes to each of them once,
//! and in its turn, whatever becomes of the plugin.

use std::io::ErrorKind;
use std::sync::mpsc;
use std::time::Duration;

use hotframe_protocol::{Command, Kind};
use hotframe_tests::{Audit, DEADLINE, Endpoint, Fate, Owned, Wire, request};

const HELLO: u16 = 0x0001;
/// `presence.count`, `presence.tell_all`, and what that pushes.
const COUNT: u16 = 0x0161;
const TELL_ALL: u16 = 0x0165;
const TOLD: u16 = 0x0169;
/// The server is on its way out.
const SHUTTING_DOWN: u16 = 2006;
const LISTENERS: u32 = 3;
/// Between a word and the next.
const PACE: Duration = Duration::from_millis(2);

/// All that was cried.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hall {
    visits: u64,
    words: u64,
    /// By all listeners together.
    heard: u64,
}

/// Why a visit is over before its time.
enum Broken {
    /// The server has ended a connection, or is about to.
    Ended,
    Wrong(String),
}

/// One crier and his listeners, as long as a server lets them.
struct Visit {
    /// How the names of the listeners begin.
    name: String,
    crier: Wire,
    listeners: Vec<Wire>,
    audit: Audit,
}

impl Hall {
    /// Cries until `look` says that it is time to go, beside what becomes of the server; none where
    /// nobody listens for connections.
    pub fn cry(
        &mut self,
        server: &Endpoint,
        look: impl Fn() -> (bool, Fate),
    ) -> Option<Result<Audit, String>> {
        let crier = Wire::over(server.try_connect().ok()?);
        self.visits += 1;
        let audit = Audit { connections: 1, ..Audit::default() };
        let name = format!("hall-{}-", self.visits);
        let mut visit = Visit { name, crier, listeners: Vec::new(), audit };
        let came = visit.gather(server).and_then(|()| self.cry_in(&mut visit, &look));
        let came = came.and_then(|()| visit.leave());
        Some(match (came, look().1) {
            (Err(Broken::Wrong(wrong)), _) => Err(wrong),
            (Err(Broken::Ended), Fate::Serving) => {
                Err("a connection of the hall has ended by itself".to_owned())
            }
            _ => Ok(visit.audit),
        })
    }

    fn cry_in(
        &mut self,
        visit: &mut Visit,
        look: &impl Fn() -> (bool, Fate),
    ) -> Result<(), Broken> {
        let (_open, silence) = mpsc::channel::<()>();
        while !look().0 {
            let word = (self.words + 1).to_be_bytes();
            visit.cry(&word)?;
            self.words += 1;
            for listener in &mut visit.listeners {
                hear(listener, &word)?;
                self.heard += 1;
            }
            let _ = silence.recv_timeout(PACE);
        }
        Ok(())
    }

    /// What came of it.
    pub fn tally(&self) -> String {
        format!("{} words pushed, heard {} times", self.words, self.heard)
    }
}

impl Visit {
    /// The listeners come, and the plugin knows of them.
    fn gather(&mut self, server: &Endpoint) -> Result<(), Broken> {
        for number in 0..LISTENERS {
            let wire = Wire::over(server.try_connect().map_err(|_| Broken::Ended)?);
            self.audit.connections += 1;
            self.listeners.push(wire);
            let name = format!("{}{number}", self.name);
            if let Some(wire) = self.listeners.last_mut() {
                ask(wire, HELLO, name.as_bytes(), &mut self.audit)?;
            }
        }
        // It hears of them between two turns of the loop.
        let (_open, silence) = mpsc::channel::<()>();
        for _ in 0..DEADLINE.as_millis() {
            if ask(&mut self.crier, COUNT, self.name.as_bytes(), &mut self.audit)?
                == LISTENERS.to_be_bytes()
            {
                return Ok(());
            }
            let _ = silence.recv_timeout(Duration::from_millis(1));
        }
        Err(Broken::Wrong("the plugin does not know who is there".to_owned()))
    }

    fn cry(&mut self, word: &[u8]) -> Result<(), Broken> {
        let len = u8::try_from(self.name.len()).expect("names are short");
        let data = [&[len], self.name.as_bytes(), word].concat();
        let count = ask(&mut self.crier, TELL_ALL, &data, &mut self.audit)?;
        if count != LISTENERS.to_be_bytes() {
            return Err(Broken::Wrong(format!("{word:?} was for {count:?} listeners")));
        }
        Ok(())
    }

    /// Nothing comes behind the last word.
    fn leave(&mut self) -> Result<(), Broken> {
        for wire in self.listeners.iter_mut().chain([&mut self.crier]) {
            wire.finish();
            if let Some(frame) = receive(wire, "the end")? {
                return Err(Broken::Wrong(format!("nobody cried {frame:?}")));
            }
        }
        Ok(())
    }
}

/// The next frame at a listener is this word.
fn hear(listener: &mut Wire, word: &[u8]) -> Result<(), Broken> {
    let wanted = Owned {
        address: 0,
        command: Command::new(Kind::Event, TOLD),
        // Behind the name of the crier, who has none.
        data: [&[0], word].concat(),
    };
    match receive(listener, "a word")? {
        None => Err(Broken::Ended),
        Some(frame) if frame == wanted => Ok(()),
        Some(frame) => Err(Broken::Wrong(format!("{frame:?} came for {wanted:?}"))),
    }
}

/// What a handler replies.
fn ask(wire: &mut Wire, number: u16, data: &[u8], audit: &mut Audit) -> Result<Vec<u8>, Broken> {
    wire.try_send(&request(number, data)).map_err(|_| Broken::Ended)?;
    let reply = receive(wire, "a reply")?.ok_or(Broken::Ended)?;
    audit.taken += 1;
    if reply.error_code() == Some(SHUTTING_DOWN) {
        audit.refused += 1;
        return Err(Broken::Ended);
    }
    if reply.command != Command::new(Kind::Reply, number) {
        return Err(Broken::Wrong(format!("{number:#06x} got {reply:?}")));
    }
    Ok(reply.data)
}

fn receive(wire: &mut Wire, what: &str) -> Result<Option<Owned>, Broken> {
    wire.try_receive().map_err(|error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            Broken::Wrong(format!("waited {DEADLINE:?} in vain for {what}"))
        }
        _ => Broken::Ended,
    })
}
