//! Runs the tests of `tally.c`, which are in C, with the sanitizers where the compiler has them.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// The exit code and the output of the tests, compiled with `flags`; `None` if that is impossible.
fn run(flags: &[&str]) -> Option<(bool, String)> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("tally_test");
    let compiled = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
        .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(package.join("../../plugin-api/include"))
        .args(flags)
        .arg(package.join("tests/tally_test.c"))
        .arg("-o")
        .arg(&program)
        .output()
        .ok()?;
    if !compiled.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&compiled.stderr));
        return None;
    }
    let ran = Command::new(&program).output().unwrap();
    let output = [ran.stdout, ran.stderr].concat();
    Some((ran.status.success(), String::from_utf8_lossy(&output).into_owned()))
}

#[test]
fn the_tests_in_c_pass() {
    if Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into())).output().is_err() {
        // Not by `eprintln!`, which a test that passes is silent about: CI lists these lines.
        let line = b"SKIPPED: libtally.so; to have it tested: apt-get install gcc libc6-dev\n";
        let _untold = std::io::stderr().write_all(line);
        return;
    }
    let plain = run(&[]).expect("the tests compile");
    assert_eq!(plain, (true, String::new()));
    if let Some(sanitized) = run(&["-g", "-fsanitize=address,undefined"]) {
        assert_eq!(sanitized, (true, String::new()));
    }
}
