//! What a byte costs the decoder: good frames against the streams that are worst for it.
//!
//! `cargo run --release -p hotframe-protocol --example hunt_cost`
//!
//! Each stream is fed in slices of 16 KiB with the unconsumed rest put in front of the next one,
//! as a server does. The rounds of all streams are interleaved, and the fastest of each is
//! printed, which other programs have disturbed the least, with its ratio to good frames of 8 and
//! of 24 bytes.

use std::hint::black_box;
use std::time::Instant;

use hotframe_protocol::{Command, Decoded, Decoder, Frame, MAX_FRAME};

const SLICE: usize = 16 * 1024;
const STREAM: usize = 8 * SLICE;
const ROUNDS: usize = 301;

struct Stream {
    name: &'static str,
    bytes: Vec<u8>,
    nanos_per_byte: f64,
}

fn main() {
    let mut streams = streams();
    for _ in 0..ROUNDS {
        for stream in &mut streams {
            let start = Instant::now();
            feed(black_box(&stream.bytes));
            let nanos = start.elapsed().as_secs_f64() * 1e9;
            let nanos = nanos / f64::from(u32::try_from(STREAM).unwrap_or(1));
            stream.nanos_per_byte = stream.nanos_per_byte.min(nanos);
        }
    }
    let (of_8, of_24) = (streams[0].nanos_per_byte, streams[1].nanos_per_byte);
    println!("{:<34} {:>8} {:>9} {:>10}", "stream", "ns/byte", "to 8-byte", "to 24-byte");
    for Stream { name, nanos_per_byte, .. } in &streams {
        let (to_8, to_24) = (nanos_per_byte / of_8, nanos_per_byte / of_24);
        println!("{name:<34} {nanos_per_byte:>8.3} {to_8:>9.2} {to_24:>10.2}");
    }
}

impl Stream {
    fn of(name: &'static str, unit: &[u8]) -> Self {
        let bytes = unit.iter().copied().cycle().take(STREAM).collect();
        Self { name, bytes, nanos_per_byte: f64::MAX }
    }
}

fn streams() -> Vec<Stream> {
    vec![
        Stream::of("good frames of 8 bytes", &good(0)),
        Stream::of("good frames of 24 bytes", &good(16)),
        Stream::of("good frames of 263 bytes", &good(255)),
        Stream::of("AA", &[0xAA]),
        Stream::of("AA AA AA FF", &[0xAA, 0xAA, 0xAA, 0xFF]),
        Stream::of("AA AA 01 FF", &[0xAA, 0xAA, 0x01, 0xFF]),
        Stream::of("AA AA 01 00", &[0xAA, 0xAA, 0x01, 0x00]),
        Stream::of("55", &[0x55]),
        Stream::of("AA 55", &[0xAA, 0x55]),
        Stream::of("frames hidden in false candidates", &hidden()),
    ]
}

fn good(data_len: u8) -> Vec<u8> {
    let data: Vec<u8> = (0..data_len).collect();
    encoded(&Frame { address: 1, command: Command::from_word(0x0100), data: &data })
}

/// A stray `AA` makes the frame behind it look like the head of one with 255 data bytes.
fn hidden() -> Vec<u8> {
    let frame = Frame { address: 0xFF, command: Command::from_word(0x0100), data: &[] };
    let mut bytes = vec![0xAA];
    bytes.extend(encoded(&frame));
    bytes
}

fn encoded(frame: &Frame<'_>) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let len = frame.encode(&mut room).unwrap_or(0);
    room[..len].to_vec()
}

/// Decodes the stream as a server would: one buffer, the rest of a slice in front of the next.
fn feed(stream: &[u8]) {
    let mut decoder = Decoder::default();
    let mut buffer = [0; MAX_FRAME + SLICE];
    let mut carried = 0;
    for slice in stream.chunks(SLICE) {
        let end = carried + slice.len();
        buffer[carried..end].copy_from_slice(slice);
        let mut input = &buffer[..end];
        while let Some(decoded) = decoder.decode(&mut input) {
            if let Decoded::Frame(frame) = decoded {
                black_box(frame.data);
            }
        }
        let rest = input.len();
        buffer.copy_within(end - rest..end, 0);
        carried = rest;
    }
    black_box(decoder.skipped());
}
