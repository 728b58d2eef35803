//! What a call through the plugin ABI costs, and what each feature of the plugin host costs the
//! calls that do not use it: a frame echoed by a shared library while nothing else is there, and
//! with one thing more at a time. All in one process; prints nanoseconds a frame.
//!
//! `cargo build --release` and then
//! `cargo run --release -p hotframe-server --example call_cost -- target/release/libecho.so`
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use hotframe_core::{
    ConnectionId, Engine, HandlerEntry, Limits, Moment, Profile, RouteSpec, RouteTable,
};
use hotframe_protocol::{Command, Frame, Kind, MAX_FRAME};
use hotframe_server::plugins::{Callee, Host, Loader, ShadowFolder};

const ECHO: u16 = 0x0101;
const ROUTES: [(u16, &str); 4] = [
    (0x0100, "builtin.echo"),
    (ECHO, "echo.echo"),
    (0x0102, "delay.echo"),
    (0x0103, "presence.count"),
];
const FRAMES: usize = 256;
/// Rounds of a measurement, and how often all are gone through: what disturbs the machine for a
/// while does not fall on one of them alone.
const ROUNDS: usize = 4_000;
const LAPS: usize = 10;

/// The engine, and what is there beside the echo.
struct Bench {
    what: &'static str,
    engine: Engine<Host>,
    connection: ConnectionId,
    number: u16,
    fastest: Duration,
}

/// What is there in one bench and not in the others.
type Extra = fn(&mut Bench, &Loader, &Path);

fn main() {
    let library = std::env::args_os().nth(1).expect("the path of libecho.so");
    let folder = tempfile::tempdir().unwrap();
    let loader = Loader::new(ShadowFolder::open(folder.path()).unwrap(), 1 << 30, Instant::now());
    let benches: [(&str, u16, Extra); 7] = [
        ("engine and built-in handler, in Rust", 0x0100, |_, _, _| {}),
        ("the same by a plugin, through the ABI", ECHO, |_, _, _| {}),
        ("… beside kv: configuration, state, lifecycle", ECHO, |b, l, at| b.load(l, at, "kv")),
        ("… beside presence: peers, push, figures", ECHO, |b, l, at| b.load(l, at, "presence")),
        ("… beside 1,000 tokens with their timers", ECHO, Bench::defer),
        ("… with its figures read every 256 frames", ECHO, |_, _, _| {}),
        ("… the same again, for the noise", ECHO, |_, _, _| {}),
    ];
    let mut benches: Vec<Bench> = benches
        .into_iter()
        .map(|(what, number, extra)| {
            let mut bench = Bench::open(what, number, &loader, Path::new(&library));
            extra(&mut bench, &loader, Path::new(&library));
            bench
        })
        .collect();
    let mut pointer = Duration::MAX;
    for _ in 0..LAPS {
        pointer = (0..ROUNDS).map(|_| by_pointer()).min().unwrap().min(pointer);
        benches.iter_mut().for_each(Bench::lap);
    }
    println!("{:48} {:6.2} ns", "a function pointer in Rust, 16 bytes copied", each(pointer));
    for bench in benches {
        println!("{:48} {:6.2} ns", bench.what, each(bench.fastest));
    }
}

impl Bench {
    fn open(what: &'static str, number: u16, loader: &Loader, library: &Path) -> Self {
        let mut engine = Engine::new(Host::new(), Limits::default(), "cost");
        let (name, entries) = engine.handlers().builtin();
        serve(&mut engine, name, entries);
        let routes = ROUTES.map(|(number, handler)| (number, RouteSpec::new(handler)));
        engine.set_routes(RouteTable::build(routes, None, 1), Moment::default());
        let connection =
            engine.handle_accepted(Profile::default(), Moment::default()).expect("there is room");
        let fastest = Duration::MAX;
        let mut bench = Self { what, engine, connection, number, fastest };
        bench.load(loader, library, "echo");
        bench
    }

    /// Loads the plugin of that name, which lies beside `library`.
    fn load(&mut self, loader: &Loader, library: &Path, name: &str) {
        let path = library.with_file_name(format!("lib{name}.so"));
        let loaded = loader.load(&path).unwrap();
        let created = self.engine.handlers_mut().create(loaded, "{}").unwrap();
        serve(&mut self.engine, &created.name, created.entries);
    }

    /// Has another connection wait for a thousand answers.
    fn defer(&mut self, loader: &Loader, library: &Path) {
        self.load(loader, library, "delay");
        let other = self.engine.handle_accepted(Profile::default(), Moment::default()).unwrap();
        let minute = 60_000_u16.to_be_bytes();
        let frames = request(0x0102, &minute).repeat(1_000);
        self.engine.handle_received(other, &frames, Moment::default());
    }

    fn lap(&mut self) {
        let frames = request(self.number, &[7; 16]).repeat(FRAMES);
        let reads = self.what.contains("figures read");
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            self.engine.handle_received(self.connection, &frames, Moment::default());
            self.fastest = self.fastest.min(begun.elapsed());
            let sent = self.engine.outbound(self.connection).len();
            assert_eq!(sent, frames.len());
            self.engine.handle_written(self.connection, sent, Moment::default());
            if reads {
                black_box(self.engine.handlers().figures());
            }
        }
    }
}

/// As many copies by a function that the compiler does not see through.
fn by_pointer() -> Duration {
    fn echo(data: &[u8; 16], reply: &mut [u8; 16]) {
        *reply = *data;
    }
    let (data, mut reply) = ([7; 16], [0; 16]);
    let function: fn(&[u8; 16], &mut [u8; 16]) = black_box(echo);
    let begun = Instant::now();
    for _ in 0..FRAMES {
        function(black_box(&data), black_box(&mut reply));
    }
    begun.elapsed()
}

fn each(time: Duration) -> f64 {
    time.as_nanos() as f64 / FRAMES as f64
}

fn serve(engine: &mut Engine<Host>, plugin: &str, entries: Vec<HandlerEntry<Callee>>) {
    let generation = engine.stage(plugin, entries);
    engine.activate(generation, Moment::default());
}

fn request(number: u16, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let command = Command::new(Kind::Request, number);
    let len = Frame { address: 1, command, data }.encode(&mut room).unwrap();
    room[..len].to_vec()
}
