//! Any bytes in any two pieces: the decoder says what the plain one says.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../protocol/tests/decode/reference.rs"]
#[allow(dead_code)]
mod reference;

use reference::{Fed, Item};

fuzz_target!(|input: &[u8]| {
    let Some((cut, stream)) = input.split_first() else { return };
    let cut = usize::from(*cut).min(stream.len());
    let mut fed = Fed::default();
    fed.feed(&stream[..cut], false);
    assert_eq!(fed.outcome, reference::decode(&stream[..cut], false));
    fed.feed(&stream[cut..], false);
    assert_eq!(fed.outcome, reference::decode(stream, false));
    if cfg!(feature = "planted") {
        let items = &fed.outcome.items;
        let framed = items.iter().filter(|item| matches!(item, Item::Frame { .. })).count();
        let lost = items.iter().filter(|item| matches!(item, Item::Lost { .. })).count();
        assert!(framed < 2 || lost < 2, "planted: two frames and two losses of synchronisation");
    }
});
