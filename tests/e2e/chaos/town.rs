//! The clients: each lives one life after another while the server is open to them.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use hotframe_tests::{Audit, Endpoint, Fate, Proxy, Rng, wait_until};

use super::clerk::Number;
use super::hall::Hall;
use super::life::{Life, Past};

/// Running clients.
pub struct Town {
    square: Arc<Square>,
    clients: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Square {
    state: Mutex<State>,
    /// What the clerk counts; locked while he does.
    number: Mutex<Number>,
    /// What the crier cries; locked while he does.
    hall: Mutex<Hall>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Where the server is; none while nobody may connect.
    server: Option<Endpoint>,
    may_reset: bool,
    /// What is done to the server.
    fate: Fate,
    /// Whether somebody has to be let in, whatever is done to it.
    is_open: bool,
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
        let mut clients: Vec<_> = clients.collect();
        let [of_clerk, of_crier] = [(), ()].map(|()| Arc::clone(&square));
        clients.push(thread::spawn(move || keep_count(&of_clerk)));
        clients.push(thread::spawn(move || keep_crying(&of_crier)));
        Self { clients, square }
    }

    /// Lets them connect there.
    pub fn open(&self, server: &Endpoint, may_reset: bool) {
        let mut state = self.square.lock();
        (state.server, state.may_reset) = (Some(server.clone()), may_reset);
        (state.fate, state.is_open) = (Fate::Serving, true);
        drop(state);
        self.square.changed.notify_all();
    }

    /// The server is about to meet this fate. Nobody has to get in then, unless another takes its
    /// place at once.
    pub fn expect(&self, fate: Fate, is_open: bool) {
        let mut state = self.square.lock();
        (state.fate, state.is_open) = (fate, is_open);
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

    /// What the clerk counts, while nobody is in town.
    pub fn number(&self) -> MutexGuard<'_, Number> {
        self.square.number.lock().expect("the clerk notes what is wrong")
    }

    /// What was pushed, while nobody is in town.
    pub fn cried(&self) -> String {
        self.square.hall.lock().expect("the crier notes what is wrong").tally()
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
        let fate = square.lock().fate;
        square.exit(past.as_ref().map(|past| audited(past, fate)));
    }
}

/// What came of a life; with all that passed, if that was wrong.
fn audited(past: &Past, fate: Fate) -> Result<Audit, String> {
    past.audit(fate).map_err(|wrong| format!("{wrong}\n{}", past.text()))
}

fn keep_count(square: &Square) {
    while let Some((server, _)) = square.enter() {
        let mut number = square.number.lock().expect("nobody panics with it");
        let came = number.count(&server, || square.look());
        drop(number);
        square.exit(came);
    }
}

fn keep_crying(square: &Square) {
    while let Some((server, _)) = square.enter() {
        let mut hall = square.hall.lock().expect("nobody panics with it");
        let came = hall.cry(&server, || square.look());
        drop(hall);
        square.exit(came);
    }
}

impl Square {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while he holds it")
    }

    /// Whether it is time to go, and what becomes of the server.
    fn look(&self) -> (bool, Fate) {
        let state = self.lock();
        (state.server.is_none() || state.wrong.is_some(), state.fate)
    }

    /// Waits until the server is open; none when it is time to go.
    fn enter(&self) -> Option<(Endpoint, bool)> {
        let closed = |state: &mut State| state.server.is_none() && !state.over;
        let mut state = self.changed.wait_while(self.lock(), closed).unwrap();
        let server = state.server.clone().filter(|_| !state.over)?;
        state.underway += 1;
        Some((server, state.may_reset))
    }

    /// Enters what became of a life; none if nobody listened.
    fn exit(&self, audited: Option<Result<Audit, String>>) {
        let mut state = self.lock();
        state.underway -= 1;
        let wrong = match audited {
            Some(Ok(audit)) => return state.audit.add(audit),
            Some(Err(wrong)) => wrong,
            None if !state.is_open => return,
            None => "nobody listened".to_owned(),
        };
        state.wrong.get_or_insert(wrong);
    }
}
