//! Names the SDK and the compiler, for the note of every plugin: `rust 0.1.0 / rustc 1.95.0`.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let sdk = format!("rust {}", env!("CARGO_PKG_VERSION"));
    let sdk = match compiler_version() {
        Some(version) => format!("{sdk} / rustc {version}"),
        None => sdk,
    };
    println!("cargo:rustc-env=HOTFRAME_SDK={sdk}");
}

/// The second word of `rustc --version`.
fn compiler_version() -> Option<String> {
    let rustc = std::env::var_os("RUSTC")?;
    let output = Command::new(rustc).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}
