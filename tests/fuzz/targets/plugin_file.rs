//! Any bytes as a plugin's file: the look at it before anything is mapped answers and never panics.
#![no_main]

use hotframe_server::plugins::Preflight;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    match Preflight::read(input) {
        Ok(preflight) => {
            assert!(!preflight.note.name.is_empty());
            if cfg!(feature = "planted") {
                assert!(!preflight.no_delete, "planted: a flag of the dynamic section");
            }
        }
        Err(fault) => assert!(!fault.message.is_empty()),
    }
});
