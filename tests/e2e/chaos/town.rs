//! The clients: each lives one life after another while the server is open to them.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use hotframe_tests::{Audit, Endpoint, Proxy, Rng, wait_until};

use super::life::{Life, Past};

/// Running clients.
pub struct Town {
    square: Arc<Square>,
    clients: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Square {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Where the server is; none while nobody may connect.
    server: Option<Endpoint>,
    may_reset: bool,
    /// Whether the server may end connections by itself.
    stopping: bool,
    /// Whether the clients are to go.
    over: bool,
    underway: usize,
    audit: Audit,
    /// The first thing that was wrong.
    wrong: Option<String>,
}

impl Town {
    /// Starts clients, which wait until the server is open to them.
    pub fn settle(clients: usize, chance: &mut Rng) -> Self {
        let square = Arc::new(Square::default());
        let clients = (0..clients).map(|_| {
            let (square, chance) = (Arc::clone(&square), Rng::new(chance.next()));
            thread::spawn(move || reside(&square, chance))
        });
        Self { clients: clients.collect(), square }
    }

    /// Lets them connect there.
    pub fn open(&self, server: &Endpoint, may_reset: bool) {
        let mut state = self.square.lock();
        (state.server, state.may_reset, state.stopping) = (Some(server.clone()), may_reset, false);
        drop(state);
        self.square.changed.notify_all();
    }

    /// The server is about to be stopped: it may end connections, and nobody has to get in.
    pub fn expect_a_stop(&self) {
        self.square.lock().stopping = true;
    }

    /// Lets nobody connect any more, waits until all have left, and returns what came of it.
    pub fn close(&self) -> Audit {
        self.square.lock().server = None;
        // A life may have a stall on each side, and each is far shorter than the deadline.
        wait_until("everybody to be answered", || {
            let state = self.square.lock();
            (state.underway == 0 || state.wrong.is_some()).then_some(())
        });
        let mut state = self.square.lock();
        let (wrong, audit) = (state.wrong.take(), mem::take(&mut state.audit));
        drop(state);
        assert_eq!(wrong, None);
        audit
    }

    /// Sends the clients home.
    pub fn leave(self) {
        self.square.lock().over = true;
        self.square.changed.notify_all();
        for client in self.clients {
            client.join().expect("a client notes what is wrong");
        }
    }
}

fn reside(square: &Square, mut chance: Rng) {
    let proxy = Proxy::open().unwrap();
    while let Some((server, may_reset)) = square.enter() {
        let life = Life::draw(&mut chance, may_reset);
        let past = life.live(&proxy, &server, &mut chance);
        square.exit(past.as_ref());
    }
}

impl Square {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while he holds it")
    }

    /// Waits until the server is open; none when it is time to go.
    fn enter(&self) -> Option<(Endpoint, bool)> {
        let closed = |state: &mut State| state.server.is_none() && !state.over;
        let mut state = self.changed.wait_while(self.lock(), closed).unwrap();
        let server = state.server.clone().filter(|_| !state.over)?;
        state.underway += 1;
        Some((server, state.may_reset))
    }

    /// Enters what became of a life.
    fn exit(&self, past: Option<&Past>) {
        let stopping = self.lock().stopping;
        let audited = past.map(|past| past.audit(stopping));
        let mut state = self.lock();
        state.underway -= 1;
        match audited {
            Some(Ok(audit)) => state.audit.add(audit),
            Some(Err(wrong)) => {
                let passed = past.map(Past::text).unwrap_or_default();
                state.wrong.get_or_insert(format!("{wrong}\n{passed}"));
            }
            None if stopping => {}
            None => {
                state.wrong.get_or_insert("nobody listened".to_owned());
            }
        }
    }
}
