//! A frame's path by stages, for `cargo xtask bench --instructions` to count what each costs.
//!
//! `path_cost STAGE SIZE TURNS PLUGIN`: runs a stage TURNS times over 64 requests of SIZE bytes
//! and says nothing. PLUGIN is the built `libecho.so`. Each stage contains the one before:
//! `decode` takes the frames off the bytes, `engine` has them answered by a handler of its own,
//! `plugin` by the real plugin through the real host, `turn` reads and writes a socket as well.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::hint::black_box;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use hotframe_core::{
    ConnectionId, Deferrals, Engine, HandlerEntry, Handlers, Limits, MAX_CARRY, Moment, Outcome,
    Profile, Reply, Request, RouteSpec, RouteTable,
};
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};
use hotframe_server::plugins::{Host, Loader, ShadowFolder};
use hotframe_server::shell::budget::Budget;
use hotframe_server::shell::peer::Peer;
use hotframe_server::shell::socket::Stream;
use hotframe_server::shell::sockets::Socket;
use hotframe_server::shell::turn::{self, After};

/// Requests of a turn: a pipeline of 64.
const FRAMES: usize = 64;

const NUMBER: u16 = 0x0100;
const NOW: Moment = Moment::from_nanos(1);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [stage, size, turns, plugin] = &args[..] else {
        panic!("path_cost STAGE SIZE TURNS PLUGIN");
    };
    let bytes = request(size.parse().unwrap()).repeat(FRAMES);
    let turns: usize = turns.parse().unwrap();
    match stage.as_str() {
        "decode" => (0..turns).for_each(|_| decode(black_box(&bytes))),
        "engine" => answer(routed(Echo, "echo", Echo::entries()), &bytes, turns),
        "plugin" => answer(plugged(Path::new(plugin)), &bytes, turns),
        "turn" => take_turns(plugged(Path::new(plugin)), &bytes, turns),
        other => panic!("there is no stage {other}"),
    }
}

fn decode(mut bytes: &[u8]) {
    let mut decoder = Decoder::default();
    while let Some(Decoded::Frame(frame)) = decoder.decode(&mut bytes) {
        black_box(frame);
    }
    assert!(bytes.is_empty());
}

fn answer<H: Handlers>(mut engine: Engine<H>, bytes: &[u8], turns: usize) {
    let id = connected(&mut engine);
    for _ in 0..turns {
        engine.handle_received(id, black_box(bytes), NOW);
        let len = engine.outbound(id).len();
        assert_eq!(len, bytes.len(), "every request is echoed");
        engine.handle_written(id, len, NOW);
    }
}

fn take_turns(mut engine: Engine<Host>, bytes: &[u8], turns: usize) {
    let (ours, mut peer) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let stream = Stream::Unix(mio::net::UnixStream::from_std(ours));
    let mut socket = Socket::new(connected(&mut engine), stream, Peer::Unix { pid: 0, uid: 0 }, 0);
    let mut buffer = vec![0; MAX_CARRY];
    let mut replies = vec![0; bytes.len()];
    for _ in 0..turns {
        peer.write_all(bytes).unwrap();
        socket.readable = true;
        let mut take = || {
            let intake = turn::read(&engine, &mut socket, &mut buffer, Budget::default());
            turn::answer(&mut engine, socket.id, intake, &buffer[..intake.len], NOW);
            turn::send(&mut engine, &mut socket, NOW)
        };
        while take() == After::Again {}
        peer.read_exact(&mut replies).unwrap();
    }
}

fn connected<H: Handlers>(engine: &mut Engine<H>) -> ConnectionId {
    engine.handle_accepted(Profile::DEFAULT, NOW).unwrap()
}

/// An engine whose one route, with a timeout as routes have one, leads to the handler `echo`.
fn routed<H: Handlers>(
    handlers: H,
    plugin: &str,
    entries: Vec<HandlerEntry<H::Callee>>,
) -> Engine<H> {
    let mut engine = Engine::new(handlers, Limits::DEFAULT, "0");
    let generation = engine.stage(plugin, entries);
    engine.activate(generation, NOW);
    let timeout = Some(Duration::from_secs(5));
    let route = RouteSpec { timeout, ..RouteSpec::new(format!("{plugin}.echo")) };
    engine.set_routes(RouteTable::build([(NUMBER, route)], None, 1), NOW);
    engine
}

/// The same with the plugin of that file.
fn plugged(file: &Path) -> Engine<Host> {
    let state = std::env::temp_dir().join(format!("hotframe-path-cost-{}", std::process::id()));
    fs::create_dir_all(&state).unwrap();
    let shadow = ShadowFolder::open(&state).unwrap();
    let loaded = Loader::new(shadow, u64::MAX, Instant::now()).load(file).unwrap();
    fs::remove_dir_all(&state).unwrap();
    let mut host = Host::new();
    let created = host.create(loaded, "{}").unwrap();
    routed(host, &created.name, created.entries)
}

fn request(size: usize) -> Vec<u8> {
    let command = Command::new(Kind::Request, NUMBER);
    let mut room = [0; MAX_FRAME];
    let len = Frame { address: 1, command, data: &vec![7; size] }.encode(&mut room).unwrap();
    room[..len].to_vec()
}

/// Answers with the data that it was asked with.
struct Echo;

impl Echo {
    fn entries() -> Vec<HandlerEntry<()>> {
        vec![HandlerEntry { name: "echo".into(), callee: (), min_len: 0, max_len: 255 }]
    }
}

impl Handlers for Echo {
    type Callee = ();

    fn call(
        &mut self,
        (): (),
        request: &Request<'_>,
        reply: &mut Reply<'_>,
        _: &mut Deferrals<'_>,
    ) -> Outcome {
        reply.data[..request.data.len()].copy_from_slice(request.data);
        reply.len = u8::try_from(request.data.len()).unwrap();
        Outcome::Reply
    }
}
