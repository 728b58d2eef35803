//! Any bytes as kept state: a file of the server's, whose checksum is mended so that what is behind
//! it is read; and what the kv plugin loads, in any slices, against a plain map.
#![no_main]
#![allow(dead_code)]

use std::collections::BTreeMap;

use hotframe_plugin_api::testing::{Loaded, TestHost};
use hotframe_server::plugins::SavedState;
use libfuzzer_sys::fuzz_target;

#[path = "../../../plugins/kv/src/lib.rs"]
mod kv;

use kv::Kv;

/// Where the checksum of a file stands.
const CHECKSUM: std::ops::Range<usize> = 8..12;
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    if first % 2 == 0 {
        file(bytes);
    } else {
        load(bytes, usize::from(first / 2) + 1);
    }
});

fn file(bytes: &[u8]) {
    assert!(SavedState::decode(bytes).is_err() || bytes.len() > CHECKSUM.end);
    let mut whole = bytes.to_vec();
    if let Some(behind) = whole.get(CHECKSUM.end..) {
        let checksum = CRC.checksum(behind).to_le_bytes();
        whole[CHECKSUM].copy_from_slice(&checksum);
    }
    match SavedState::decode(&whole) {
        Ok(state) => assert_eq!(state.encode(), whole, "one file for one state"),
        Err(why) => assert!(!why.is_empty()),
    }
}

/// Loads records in slices of at most `most` records.
fn load(bytes: &[u8], most: usize) {
    let (mut plain, mut rest) = (BTreeMap::new(), bytes);
    let mut loaded = fresh();
    let mut removed = false;
    while !rest.is_empty() {
        let before = rest;
        let good = (0..most).all(|_| rest.is_empty() || take(&mut rest, &mut plain, &mut removed));
        let slice = if good { &before[..before.len() - rest.len()] } else { before };
        let result = loaded.load_state(1, slice);
        assert_eq!(result.is_ok(), good, "{result:?}");
        if !good {
            return;
        }
    }
    if cfg!(feature = "planted") {
        assert!(!(removed && plain.len() > 2), "planted: three keys, and one that is gone");
    }
    let saved = loaded.save_state(1).expect("what was loaded can be saved");
    let in_order: Vec<u8> = plain.iter().flat_map(|(key, value)| record(key, value)).collect();
    assert_eq!(saved, in_order);
}

fn fresh() -> Loaded<Kv> {
    TestHost::new().load().expect("kv starts without configuration")
}

/// Takes a record as the kv plugin's page says it: length of key and value, key, value; the length
/// 255 says that the key is gone.
fn take<'a>(
    rest: &mut &'a [u8],
    plain: &mut BTreeMap<&'a [u8], &'a [u8]>,
    removed: &mut bool,
) -> bool {
    let [key_len @ 1..=u8::MAX, value_len, body @ ..] = *rest else { return false };
    let value_len = (*value_len != u8::MAX).then_some(usize::from(*value_len));
    let Some((key, body)) = body.split_at_checked(usize::from(*key_len)) else { return false };
    let Some((value, body)) = body.split_at_checked(value_len.unwrap_or(0)) else { return false };
    match value_len {
        Some(_) => drop(plain.insert(key, value)),
        None => *removed |= plain.remove(key).is_some(),
    }
    *rest = body;
    true
}

fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let len = |field: &[u8]| u8::try_from(field.len()).expect("it was read from a byte");
    [&[len(key), len(value)][..], key, value].concat()
}
