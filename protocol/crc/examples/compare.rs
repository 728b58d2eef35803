//! Nanoseconds a checksum, multiplied and by table, interleaved in one run.
//!
//! `cargo run --release -p hotframe-crc --example compare`

use std::hint::black_box;
use std::time::Instant;

use crc::{CRC_16_XMODEM, Crc, Table};

static XMODEM: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_XMODEM);

/// What a checksum covers in a frame of 0, 4, 16, 32, 128 and 256 bytes, and between.
const LENGTHS: &[usize] = &[4, 6, 8, 12, 14, 20, 22, 24, 36, 68, 132, 259, 260, 261];

const ROUNDS: usize = 15;
const CALLS: u32 = 200_000;

fn main() {
    println!("by {}; median of {ROUNDS} rounds", hotframe_crc::engine_name());
    println!("independent: the next call need not wait for this one's result; chained: it must");
    println!("{:>6} {:>26} {:>26}", "", "independent", "chained");
    println!(
        "{:>6} {:>12} {:>13} {:>12} {:>13}",
        "bytes", "this, ns", "table, ns", "this, ns", "table, ns"
    );
    for &len in LENGTHS {
        let [mut ours, mut table, mut ours_chained, mut table_chained] = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            ours.push(independent(hotframe_crc::crc16, len));
            table.push(independent(|bytes| XMODEM.checksum(bytes), len));
            ours_chained.push(chained(hotframe_crc::crc16, len));
            table_chained.push(chained(|bytes| XMODEM.checksum(bytes), len));
        }
        let [ours, table, ours_chained, table_chained] =
            [ours, table, ours_chained, table_chained].map(median);
        println!("{len:>6} {ours:>12.2} {table:>13.2} {ours_chained:>12.2} {table_chained:>13.2}");
    }
}

fn independent(crc16: impl Fn(&[u8]) -> u16, len: usize) -> f64 {
    let room = [0x5A_u8; 512];
    let begun = Instant::now();
    for _ in 0..CALLS {
        black_box(crc16(black_box(&room[..len])));
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn chained(crc16: impl Fn(&[u8]) -> u16, len: usize) -> f64 {
    let room = [0x5A_u8; 512];
    let nothing = black_box(0);
    let mut start = 0;
    let begun = Instant::now();
    for _ in 0..CALLS {
        start = usize::from(crc16(&room[start..start + len])) & nothing;
    }
    black_box(start);
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
