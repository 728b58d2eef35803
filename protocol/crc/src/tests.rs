//! Every way to make a checksum against the table, at every length, place and many contents.

use std::vec::Vec;

use crate::{Engine, crc16, engine_name, table};

/// Longer than two rounds of four blocks behind the longest frame.
const LONGEST: usize = 600;

/// Bytes that a seed decides (xorshift).
fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..len).map(step).collect()
}

#[test]
fn every_length_agrees_with_the_table_wherever_it_starts() {
    for seed in 0..64 {
        let room = bytes(seed, LONGEST + 16);
        for len in 0..=LONGEST {
            let start = (len + usize::try_from(seed).unwrap()) % 16;
            let message = &room[start..start + len];
            assert_eq!(crc16(message), table::crc16(message), "seed {seed}, {len} bytes");
        }
    }
}

#[test]
fn every_start_agrees_at_every_length() {
    let room = bytes(1, LONGEST + 64);
    for start in 0..64 {
        for len in 0..=LONGEST {
            let message = &room[start..start + len];
            assert_eq!(crc16(message), table::crc16(message), "from {start}, {len} bytes");
        }
    }
}

/// The checksum is linear, so that all messages agree if every single bit does.
#[test]
fn every_single_bit_agrees_at_every_length() {
    for len in 0..=LONGEST {
        let mut message = std::vec![0; len];
        for place in 0..len {
            for bit in 0..8 {
                message[place] = 1 << bit;
                assert_eq!(crc16(&message), table::crc16(&message), "{place} of {len}, {bit}");
            }
            message[place] = 0;
        }
    }
}

#[test]
fn a_message_behind_which_its_own_checksum_stands_is_zero() {
    for len in 0..=LONGEST {
        let mut message = bytes(7, len);
        message.extend(crc16(&message).to_be_bytes());
        assert_eq!(crc16(&message), 0, "{len} bytes");
    }
}

#[test]
fn the_published_check_value_holds() {
    assert_eq!(crc16(b"123456789"), 0x31C3);
    assert_eq!(crc16(b""), 0);
}

#[test]
fn the_processor_is_asked_once_and_gives_one_answer() {
    let first = Engine::of_this_processor();
    assert_ne!(first, Engine::Unknown);
    assert_eq!(first, Engine::of_this_processor());
    assert_eq!(engine_name() == "table", first == Engine::Table);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_standard_library_agrees_on_what_the_processor_has() {
    let wanted = std::is_x86_feature_detected!("pclmulqdq")
        && std::is_x86_feature_detected!("ssse3")
        && std::is_x86_feature_detected!("sse4.1");
    assert_eq!(Engine::of_this_processor() == Engine::Multiply, wanted);
}
