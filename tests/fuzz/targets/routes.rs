//! Any text for `commands.toml`: what is wrong is said with its place, and never with a panic.
#![no_main]

use std::cell::RefCell;

use hotframe_server::config::{Sources, load};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use tempfile::TempDir;

mod lines;

/// What is changed is changed to what stands in this file, among others.
const SHIPPED: &str = include_str!("../../../config/commands.toml");

thread_local! {
    /// One folder for all inputs: where the file lies is no part of what is read.
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir_in("/dev/shm").unwrap());
}

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    lines::mutate(data, size, most, seed, SHIPPED)
});

fuzz_target!(|input: &[u8]| {
    FOLDER.with_borrow(|folder| {
        let file = folder.path().join("commands.toml");
        std::fs::write(&file, input).unwrap();
        let sources = Sources {
            cwd: folder.path().to_owned(),
            sets: vec![format!("commands={}", file.display())],
            ..Sources::default()
        };
        let loaded = load(&sources);
        for problem in &loaded.problems {
            assert!(!problem.message.is_empty());
            let _text = hotframe_server::diagnostics::render(
                std::slice::from_ref(problem),
                hotframe_server::diagnostics::Format::Text,
                false,
            );
        }
        let is_bad = loaded.problems.iter().any(|problem| problem.is_error());
        assert!(loaded.routes.is_some() || is_bad, "what is refused has its reason");
        if cfg!(feature = "planted")
            && let Some(routes) = loaded.routes
        {
            let bound = routes.iter().any(|route| route.timeout.is_some() && !route.enabled);
            assert!(!bound, "planted: a route with two options");
        }
    });
});
