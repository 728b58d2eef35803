//! Lets plugins find the functions of the server's ledger (`src/plugins/ledger/`): the dynamic
//! loader looks in the executable first, but only at what the executable exports.

/// What the ledger stands in front of the C library with.
const EXPORTED: [&str; 4] =
    ["__cxa_thread_atexit_impl", "pthread_create", "pthread_key_create", "pthread_key_delete"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Nothing else is exported: a plugin's own functions must not be replaced by the server's.
    // For every target, because the tests load plugins, too.
    for name in EXPORTED {
        println!("cargo:rustc-link-arg=-Wl,--export-dynamic-symbol={name}");
    }
}
