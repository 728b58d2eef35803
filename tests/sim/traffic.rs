//! Traffic: what a peer sends, mostly frames.

use hotframe_protocol::{Command, Frame, Kind, MAX_FRAME};

use crate::odds::Odds;
use crate::rng::Rng;

const HELLO: u16 = 0x0001;
const PING: u16 = 0x0002;

/// The command numbers that peers use; routes are made for some of them.
pub const NUMBERS: [u16; 6] = [0x0100, 0x0101, 0x0102, 0x0103, 0x1234, 0x3FFF];

/// Words of the raw dialect that peers use, whatever their dialect, and routes are made for.
pub const WORDS: [u16; 6] = [0x0001, 0x0003, 0x0101, 0x1234, 0x4100, 0x8002];

/// One frame or one piece of garbage, behind what is in `bytes`.
pub fn send_something(rng: &mut Rng, odds: &Odds, nonce: u32, bytes: &mut Vec<u8>) {
    let at = bytes.len();
    send_frame(rng, odds, nonce, bytes);
    if !rng.chance(odds.garbage) {
        return;
    }
    match rng.below(5) {
        0 => {
            let hit = rng.within(at..=bytes.len() - 1);
            bytes[hit] ^= 1 << rng.below(8);
        }
        1 => bytes.truncate(rng.within(at..=bytes.len() - 1)),
        2 => bytes.resize(at + rng.within(1..=700), 0xAA),
        3 => {
            let garbage = (0..rng.within(1..=40)).map(|_| rng.byte()).collect::<Vec<_>>();
            bytes.splice(at..at, garbage);
        }
        _ => {
            // A false candidate with the good frame inside.
            bytes.splice(at..at, [0xAA, 0xAA, 1, rng.byte()]);
        }
    }
}

/// The answer to a probe.
pub fn answer_probe(bytes: &mut Vec<u8>) {
    let mut room = [0; MAX_FRAME];
    let frame = Frame { address: 0, command: Command::new(Kind::Reply, PING), data: &[] };
    let len = frame.encode(&mut room).unwrap();
    bytes.extend_from_slice(&room[..len]);
}

/// One good frame.
pub fn send_frame(rng: &mut Rng, odds: &Odds, nonce: u32, bytes: &mut Vec<u8>) {
    let builtin = rng.chance(odds.builtin);
    let number = if builtin { builtin_number(rng) } else { rng.pick(&NUMBERS) };
    let kind = match rng.below(100) {
        0 => Kind::Reply,
        1 => Kind::Error,
        _ if rng.chance(odds.event) => Kind::Event,
        _ => Kind::Request,
    };
    let kind = if number == PING && rng.chance(25) { Kind::Reply } else { kind };
    let mut data = nonce.to_be_bytes().to_vec();
    data.resize(rng.pick(&[0, 3, 4, 16, 17, 64, 250, 255]), rng.byte());
    if number == HELLO && rng.chance(80) {
        // What stands behind the zero byte is not looked at.
        data.splice(..0, format!("client-{}\0", rng.below(8)).into_bytes());
        data.truncate(255);
    }
    let frame = Frame {
        address: rng.pick(&[0, 1, 2, 0xAA, 255]),
        command: Command::new(kind, number),
        data: &data,
    };
    let mut room = [0; MAX_FRAME];
    let len = frame.encode(&mut room).unwrap();
    bytes.extend_from_slice(&room[..len]);
}

/// PING, INFO, HELLO, and now and then BYE.
fn builtin_number(rng: &mut Rng) -> u16 {
    match rng.below(40) {
        0 => 0x0003,
        1..=8 => HELLO,
        9 => 0x0005,
        10..=15 => 0x0004,
        _ => PING,
    }
}
