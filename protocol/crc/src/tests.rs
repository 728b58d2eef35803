//! Every way to make a checksum against the table, at every length, place and many contents.

use std::vec::Vec;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use crate::engine::Engine;
use crate::{can_take_four, crc16, crc16_of_four, engine_name, table};

/// Longer than two rounds of every way behind the longest frame.
const LONGEST: usize = 600;

type Way = (&'static str, fn(&[u8]) -> u16);

/// The ways that this processor has.
fn ways() -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::from([("chosen", crc16 as _)]);
    #[cfg(target_arch = "x86_64")]
    if Engine::of_this_processor() != Engine::Table {
        // SAFETY: the processor said that it has what the function is compiled for.
        ways.push(("narrow", |bytes| unsafe { crate::x86_64::narrow::crc16(bytes) }));
    }
    #[cfg(target_arch = "x86_64")]
    if Engine::of_this_processor() == Engine::Wide {
        // SAFETY: the processor said that it has what the function is compiled for.
        ways.push(("wide", |bytes| unsafe { crate::x86_64::wide::crc16(bytes) }));
    }
    ways.push(("of four", |bytes| {
        let Some([sum, others @ ..]) = crc16_of_four(bytes, 0, bytes.len()) else {
            return crc16(bytes);
        };
        assert_eq!(others, [sum; 3]);
        sum
    }));
    ways
}

#[track_caller]
fn assert_agreement(ways: &[Way], message: &[u8]) {
    let expected = table::crc16(message);
    for (name, way) in ways {
        let len = message.len();
        assert_eq!(way(message), expected, "{name}, {len} bytes: {message:x?}");
    }
}

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
fn every_length_agrees_with_the_table_whatever_it_holds() {
    for seed in 0..64 {
        let room = bytes(seed, LONGEST);
        for len in 0..=LONGEST {
            assert_agreement(&ways(), &room[..len]);
        }
    }
}

#[test]
fn every_length_agrees_with_the_table_wherever_it_starts() {
    let room = bytes(1, LONGEST + 64);
    for start in 0..64 {
        for len in 0..=LONGEST {
            assert_agreement(&ways(), &room[start..start + len]);
        }
    }
}

/// The checksum is linear: all messages agree if every message of a single bit does.
#[test]
fn every_single_bit_agrees_at_every_length() {
    let ways = ways();
    for len in 0..=LONGEST {
        let mut message = std::vec![0; len];
        for place in 0..len {
            for bit in 0..8 {
                message[place] = 1 << bit;
                assert_agreement(&ways, &message);
            }
            message[place] = 0;
        }
    }
}

#[test]
fn no_byte_outside_of_the_message_is_touched() {
    const PAGE: usize = 4096;
    let ways = ways();
    let rights = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the kernel chooses where; nothing that is in use is replaced.
    let pages =
        unsafe { mmap_anonymous(core::ptr::null_mut(), 3 * PAGE, rights, MapFlags::PRIVATE) }
            .unwrap();
    let last = pages.wrapping_byte_add(2 * PAGE);
    for fence in [pages, last] {
        // SAFETY: the pages are this test's own, and no reference points into the outer two.
        unsafe { mprotect(fence, PAGE, MprotectFlags::empty()) }.unwrap();
    }
    let middle = pages.wrapping_byte_add(PAGE).cast::<u8>();
    // SAFETY: the middle page is mapped, readable and zero until the end of this test.
    let page = unsafe { core::slice::from_raw_parts_mut(middle, PAGE) };
    page.copy_from_slice(&bytes(3, PAGE));
    for len in 0..=LONGEST {
        assert_agreement(&ways, &page[..len]);
        assert_agreement(&ways, &page[PAGE - len..]);
    }
    // SAFETY: `page` is not used any more.
    unsafe { munmap(pages, 3 * PAGE) }.unwrap();
}

#[test]
fn four_at_once_get_each_their_own() {
    let room = bytes(5, 256);
    for (len, stride) in (0..40).flat_map(|len| [(len, len), (len, len + 6), (len, 3)]) {
        let end = 3 * stride + len;
        let sums = crc16_of_four(&room[..end], stride, len);
        assert_eq!(sums.is_some(), can_take_four() && (16..=32).contains(&len), "{len}");
        for (place, sum) in sums.into_iter().flatten().enumerate() {
            assert_eq!(sum, table::crc16(&room[place * stride..][..len]), "{len}, {stride}");
        }
        assert_eq!(crc16_of_four(&room[..end.saturating_sub(1)], stride, len), None);
    }
    assert_eq!(crc16_of_four(&room, usize::MAX / 2, 16), None);
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
    assert!(ways().iter().all(|(_, way)| way(b"123456789") == 0x31C3 && way(b"") == 0));
}

#[test]
fn the_processor_gives_one_answer() {
    let first = Engine::of_this_processor();
    assert_eq!(first, Engine::of_this_processor());
    assert_eq!(engine_name() == "table", first == Engine::Table);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_standard_library_agrees_on_what_the_processor_has() {
    let wanted = std::is_x86_feature_detected!("pclmulqdq")
        && std::is_x86_feature_detected!("ssse3")
        && std::is_x86_feature_detected!("sse4.1");
    assert_eq!(Engine::of_this_processor() != Engine::Table, wanted);
}
