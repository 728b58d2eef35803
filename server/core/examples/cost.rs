//! What one frame costs in the engine: decoded, routed, echoed, sealed. Prints nanoseconds.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::time::{Duration, Instant};

use hotframe_core::{
    Deferrals, Engine, HandlerEntry, Handlers, Limits, Moment, Outcome, Profile, Reply, Request,
    RouteSpec, RouteTable,
};
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME, crc16};

/// Answers with the data that it was asked with.
struct Echo;

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

fn main() {
    for size in [0, 16, 255] {
        let frames = request(size).repeat(FRAMES);
        let turn = fastest(
            || {
                let mut engine = engine();
                let id = engine.handle_accepted(Profile::DEFAULT, Moment::default()).unwrap();
                move |frames: &[u8]| {
                    engine.handle_received(id, frames, Moment::default());
                    let n = engine.outbound(id).len();
                    engine.handle_written(id, n, Moment::default());
                    n
                }
            },
            &frames,
        );
        let decode = fastest(
            || {
                |mut frames: &[u8]| {
                    let (mut decoder, mut bytes) = (Decoder::default(), 0);
                    while let Some(Decoded::Frame(frame)) = decoder.decode(&mut frames) {
                        bytes += frame.data.len();
                    }
                    bytes
                }
            },
            &frames,
        );
        let one = &frames[2..frames.len() / FRAMES - 2];
        let crc = fastest(
            || |_: &[u8]| (0..FRAMES).map(|_| usize::from(crc16(std::hint::black_box(one)))).sum(),
            &frames,
        );
        println!(
            "{size:3} bytes: {turn:6.1} ns a frame, of which decode {decode:6.1}, each CRC \
             {crc:5.1}; besides both CRCs {:5.1}",
            turn - 2.0 * crc
        );
    }
}

const FRAMES: usize = 64;

fn engine() -> Engine<Echo> {
    let mut engine = Engine::new(Echo, Limits::DEFAULT, "0");
    let entry = HandlerEntry { name: "echo".into(), callee: (), min_len: 0, max_len: 255 };
    let generation = engine.stage("echo", vec![entry]);
    engine.activate(generation, Moment::default());
    let timeout = Some(Duration::from_secs(1));
    let spec = RouteSpec { timeout, ..RouteSpec::new("echo.echo") };
    engine.set_routes(RouteTable::build([(0x100, spec)], None, 1), Moment::default());
    engine
}

fn request(size: usize) -> Vec<u8> {
    let command = Command::new(Kind::Request, 0x100);
    let mut room = [0; MAX_FRAME];
    let len = Frame { address: 1, command, data: &vec![7; size] }.encode(&mut room).unwrap();
    room[..len].to_vec()
}

/// The least nanoseconds a frame over many rounds: what the machine can do undisturbed.
fn fastest<W: FnMut(&[u8]) -> usize>(mut work: impl FnMut() -> W, frames: &[u8]) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..30 {
        let mut work = work();
        let start = Instant::now();
        for _ in 0..500 {
            std::hint::black_box(work(std::hint::black_box(frames)));
        }
        best = best.min(start.elapsed());
    }
    best.as_nanos() as f64 / (500 * FRAMES) as f64
}
