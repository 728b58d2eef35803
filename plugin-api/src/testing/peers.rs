//! Peers as a test plays them: who connects and says HELLO, and what was pushed to them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Loaded;
use super::context::context_of;
use crate::abi::{
    HF_BUSY, HF_CONN_CLOSED, HF_CONN_OPENED, HF_INVALID, HF_MAX_DATA, HF_OK, HF_PEERS,
    HF_PUSH_AHEAD, HF_SESSION_DOWN, HF_SESSION_UP, HF_STALE, HF_TIMEOUT, HF_TO_ALL, HF_TO_CLIENT,
    HF_TO_CLIENTS, HF_TO_CONN, HF_TO_SESSION, HF_TOO_LARGE, HF_UNSUPPORTED, hf_ask, hf_bytes,
    hf_conn, hf_conn_info, hf_host, hf_peers, hf_push, hf_push_host, hf_str, table_size,
};
use crate::export::Exported;
use crate::{AskId, ConnectionId, ConnectionInfo, NoAnswer};

/// A frame that the plugin has pushed. The test says what becomes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pushed {
    /// To whom.
    pub to: Receiver,
    /// The command without its kind.
    pub number: u16,
    /// The device address.
    pub address: u8,
    /// The data.
    pub data: Vec<u8>,
    /// Its number, if it is a request: see [`Loaded::answer_ask`].
    pub ask: Option<AskId>,
    /// Whether it need not wait behind replies that are held back.
    pub ahead: bool,
}

/// To whom a frame was pushed, as the plugin named him.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Receiver {
    /// A connection, by its number.
    Connection(u64),
    /// A session, by its number.
    Session(u64),
    /// A client.
    Client(String),
    /// Every client whose name begins so.
    Clients(String),
    /// Every connection.
    All,
}

/// Who is connected, and what was pushed.
#[derive(Debug, Default)]
pub(super) struct Peers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    known: BTreeMap<hf_conn, Known>,
    pushed: Vec<Pushed>,
    closed: Vec<u64>,
    newest: hf_ask,
}

#[derive(Clone, Debug, Default)]
struct Known {
    session: u64,
    client: String,
}

impl Peers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The test host's `hotframe.push/1`.
pub(super) static TABLE: hf_push_host = hf_push_host {
    size: table_size::<hf_push_host>(),
    reserved: 0,
    event,
    request,
    conn_info,
    conn_close,
};

impl<P: Exported> Loaded<P> {
    /// A connection comes. Requests of [`Incoming`](super::Incoming) may come on it or not.
    pub fn connect(&mut self, connection: u64) {
        self.context.peers.lock().known.insert(connection, Known::default());
        self.tell_connection(HF_CONN_OPENED, &info(connection, &Known::default()));
    }

    /// A connection says HELLO as `client`; its session has the same number.
    pub fn hello(&mut self, connection: u64, client: &str) {
        let known = Known { session: connection, client: client.to_owned() };
        self.context.peers.lock().known.insert(connection, known);
        self.tell_session(HF_SESSION_UP, connection, client);
    }

    /// A connection goes, and with it its client.
    pub fn disconnect(&mut self, connection: u64) {
        let Some(known) = self.context.peers.lock().known.remove(&connection) else {
            return;
        };
        if known.session != 0 {
            self.tell_session(HF_SESSION_DOWN, connection, &known.client);
        }
        self.tell_connection(HF_CONN_CLOSED, &info(connection, &Known::default()));
    }

    /// Takes what the plugin has pushed since the last time.
    pub fn pushed(&mut self) -> Vec<Pushed> {
        core::mem::take(&mut self.context.peers.lock().pushed)
    }

    /// Takes the connections that the plugin has closed since the last time.
    pub fn closed(&mut self) -> Vec<u64> {
        core::mem::take(&mut self.context.peers.lock().closed)
    }

    /// Says what became of a pushed request.
    pub fn answer_ask(&mut self, ask: AskId, answer: Result<&[u8], NoAnswer<'_>>) {
        let (status, data) = match answer {
            Ok(data) => (HF_OK, data),
            Err(NoAnswer::Error { code, text }) => (i32::from(code), text),
            Err(NoAnswer::TimedOut) => (HF_TIMEOUT, &[][..]),
            Err(NoAnswer::Gone) => (HF_STALE, &[][..]),
            Err(NoAnswer::Busy) => (HF_BUSY, &[][..]),
        };
        let on_answer = self.peers().and_then(|peers| peers.on_answer);
        if let Some(on_answer) = on_answer {
            let instance = self.instance;
            // SAFETY: the plugin's own function and instance, which is alive; `self` is borrowed
            // mutably, so that nothing else runs in it. The same below.
            self.context.run(|| unsafe { on_answer(instance, ask.0, status, hf_bytes::new(data)) });
        }
    }

    fn peers(&self) -> Option<&'static hf_peers> {
        self.extension::<hf_peers>(HF_PEERS)
    }

    fn tell_connection(&mut self, what: u32, info: &hf_conn_info) {
        if let Some(on_connection) = self.peers().and_then(|peers| peers.on_connection) {
            let instance = self.instance;
            // SAFETY: as above.
            self.context.run(|| unsafe { on_connection(instance, what, info) });
        }
    }

    fn tell_session(&mut self, what: u32, connection: u64, client: &str) {
        if let Some(on_session) = self.peers().and_then(|peers| peers.on_session) {
            let (instance, client) = (self.instance, hf_str::new(client));
            // SAFETY: as above.
            self.context.run(|| unsafe {
                on_session(instance, what, connection, connection, client);
            });
        }
    }
}

fn info(connection: hf_conn, known: &Known) -> hf_conn_info {
    let mut info = ConnectionInfo::blank();
    (info.conn, info.session) = (connection, known.session);
    let client = known.client.as_bytes();
    info.client_len = u8::try_from(client.len().min(info.client.len())).unwrap_or(0);
    info.client.iter_mut().zip(client).for_each(|(place, byte)| *place = *byte);
    let peer = b"test";
    info.peer_len = 4;
    info.peer[..peer.len()].copy_from_slice(peer);
    info
}

/// Takes a push in; what to return.
///
/// # Safety
/// `host` and `push` are what the header asks for.
unsafe fn take(host: *const hf_host, push: *const hf_push, ask: Option<&mut hf_ask>) -> i32 {
    // SAFETY: the plugin passes its host.
    let context = unsafe { context_of(host) };
    // SAFETY: the plugin lends it for this call.
    let push = unsafe { &*push };
    // SAFETY: as above.
    let data = unsafe { push.data.as_slice() };
    // SAFETY: as above.
    let client = String::from_utf8_lossy(unsafe { push.client.as_slice() }).into_owned();
    let to = match push.to {
        HF_TO_CONN => Receiver::Connection(push.id),
        HF_TO_SESSION => Receiver::Session(push.id),
        HF_TO_CLIENT => Receiver::Client(client),
        HF_TO_CLIENTS => Receiver::Clients(client),
        HF_TO_ALL => Receiver::All,
        _ => return HF_INVALID,
    };
    let to_many = matches!(to, Receiver::Clients(_) | Receiver::All);
    let mut peers = context.peers.lock();
    match &to {
        _ if data.len() > HF_MAX_DATA as usize => return HF_TOO_LARGE,
        _ if !(0x0100..=0x3fff).contains(&push.number) => return HF_INVALID,
        _ if to_many && ask.is_some() => return HF_UNSUPPORTED,
        Receiver::Connection(id) if !peers.known.contains_key(id) => return HF_STALE,
        _ => {}
    }
    let number = ask.map(|ask| {
        peers.newest += 1;
        *ask = peers.newest;
        AskId(peers.newest)
    });
    peers.pushed.push(Pushed {
        to,
        number: push.number,
        address: push.address,
        data: data.to_vec(),
        ask: number,
        ahead: push.flags & HF_PUSH_AHEAD != 0,
    });
    HF_OK
}

unsafe extern "C" fn event(host: *const hf_host, push: *const hf_push) -> i32 {
    // SAFETY: the plugin passes what the header asks for. The same below.
    unsafe { take(host, push, None) }
}

unsafe extern "C" fn request(
    host: *const hf_host,
    push: *const hf_push,
    _timeout_ns: u64,
    ask: *mut hf_ask,
) -> i32 {
    // SAFETY: as above.
    let ask = unsafe { ask.as_mut() };
    // SAFETY: as above.
    unsafe { take(host, push, ask) }
}

unsafe extern "C" fn conn_info(
    host: *const hf_host,
    conn: hf_conn,
    place: *mut hf_conn_info,
) -> i32 {
    // SAFETY: as above.
    let context = unsafe { context_of(host) };
    let Some(known) = context.peers.lock().known.get(&conn).cloned() else {
        return HF_STALE;
    };
    // SAFETY: the SDK's own place, which is whole.
    unsafe { place.write(info(conn, &known)) };
    HF_OK
}

unsafe extern "C" fn conn_close(host: *const hf_host, conn: hf_conn) -> i32 {
    // SAFETY: as above.
    let context = unsafe { context_of(host) };
    let mut peers = context.peers.lock();
    if !peers.known.contains_key(&conn) {
        return HF_STALE;
    }
    peers.closed.push(ConnectionId::from_bits(conn).to_bits());
    HF_OK
}
