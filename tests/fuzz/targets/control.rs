//! Any line at the control socket: a verb, or a refusal with its code; and a verb comes back from
//! its own line.
#![no_main]

use hotframe_server::control::Verb;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    match Verb::from_line(input) {
        Ok(verb) => {
            if cfg!(feature = "planted") {
                assert!(!matches!(verb, Verb::Kick { .. }), "planted: a verb with its key");
            }
            let again = Verb::from_line(verb.to_line().as_bytes());
            assert_eq!(again.as_ref(), Ok(&verb));
        }
        Err(error) => assert!(error.code.starts_with("HF"), "{error:?}"),
    }
});
