//! What a call through the plugin ABI costs: a frame echoed by the built-in plugin, in Rust, and
//! by a shared library, through its tables. Prints nanoseconds a frame.
//!
//! `cargo run --release -p hotframe-server --example call_cost -- target/release/libecho.so`
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::path::Path;
use std::time::{Duration, Instant};

use hotframe_core::{
    ConnectionId, Engine, HandlerEntry, Limits, Moment, Profile, RouteSpec, RouteTable,
};
use hotframe_protocol::{Command, Frame, Kind, MAX_FRAME};
use hotframe_server::plugins::{Callee, Host, Loader, ShadowFolder};

const ROUTES: [(u16, &str); 2] = [(0x0100, "builtin.echo"), (0x0101, "echo.echo")];
const FRAMES: usize = 256;
const ROUNDS: usize = 40_000;

fn main() {
    let library = std::env::args_os().nth(1).expect("the path of libecho.so");
    let folder = tempfile::tempdir().unwrap();
    let mut engine = Engine::new(Host::new(), Limits::default(), "cost");
    let (name, entries) = engine.handlers().builtin();
    serve(&mut engine, name, entries);
    let loader = Loader::new(ShadowFolder::open(folder.path()).unwrap(), 1 << 30, Instant::now());
    let loaded = loader.load(Path::new(&library)).unwrap();
    let created = engine.handlers_mut().create(loaded, "{}").unwrap();
    serve(&mut engine, &created.name, created.entries);
    let routes = ROUTES.map(|(number, handler)| (number, route(handler)));
    engine.set_routes(RouteTable::build(routes, None, 1), Moment::default());
    let id = engine.handle_accepted(Profile::default(), Moment::default()).unwrap();
    for (number, handler) in ROUTES {
        let frames = request(number).repeat(FRAMES);
        let fastest = (0..ROUNDS).map(|_| turn(&mut engine, id, &frames)).min().unwrap();
        println!("{handler}: {:.2} ns a frame", fastest.as_nanos() as f64 / FRAMES as f64);
    }
}

fn serve(engine: &mut Engine<Host>, plugin: &str, entries: Vec<HandlerEntry<Callee>>) {
    let generation = engine.stage(plugin, entries);
    engine.activate(generation, Moment::default());
}

fn turn(engine: &mut Engine<Host>, id: ConnectionId, frames: &[u8]) -> Duration {
    let begun = Instant::now();
    engine.handle_received(id, frames, Moment::default());
    let took = begun.elapsed();
    let sent = engine.outbound(id).len();
    assert_eq!(sent, frames.len());
    engine.handle_written(id, sent, Moment::default());
    took
}

fn route(handler: &str) -> RouteSpec {
    RouteSpec::new(handler)
}

fn request(number: u16) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let command = Command::new(Kind::Request, number);
    let len = Frame { address: 1, command, data: &[7; 16] }.encode(&mut room).unwrap();
    room[..len].to_vec()
}
