//! The C and C++ compilers of this machine, with every warning an error.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "no test file uses all of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A C compiler: `$CC`, else `cc`; `None`, with a word, where there is none.
pub fn c() -> Option<Command> {
    compiler("CC", "cc")
}

/// A C++ compiler: `$CXX`, else `c++`; `None`, with a word, where there is none.
pub fn cxx() -> Option<Command> {
    compiler("CXX", "c++")
}

fn compiler(variable: &str, name: &str) -> Option<Command> {
    let program = std::env::var_os(variable).unwrap_or_else(|| name.into());
    let probe = Command::new(&program).arg("--version").stdout(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        // Not by `eprintln!`, which a test that passes is silent about: CI lists these lines.
        let line = format!("SKIPPED: the header, by {name}; to have it tested: install it\n");
        let _untold = std::io::stderr().write_all(line.as_bytes());
        return None;
    }
    let mut command = Command::new(program);
    command.args(["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]);
    command.arg("-I").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("include"));
    Some(command)
}

/// A file of `tests/c`.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
}

/// Runs a compiler that must be content.
pub fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
