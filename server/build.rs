//! Takes the plugin SDK into the binary, for `hotframe plugin new`, and lets plugins find the
//! functions of the server's ledger (`src/plugins/ledger/`): the dynamic loader looks in the
//! executable first, but only at what the executable exports.

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What the ledger stands in front of the C library with.
const EXPORTED: [&str; 6] = [
    "__cxa_atexit",
    "__cxa_finalize",
    "__cxa_thread_atexit_impl",
    "pthread_create",
    "pthread_key_create",
    "pthread_key_delete",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    // Nothing else is exported: a plugin's own functions must not be replaced by the server's.
    // For every target, because the tests load plugins, too.
    for name in EXPORTED {
        println!("cargo:rustc-link-arg=-Wl,--export-dynamic-symbol={name}");
    }
    // Under AddressSanitizer (`cargo xtask sanitize`) plugins need what its runtime has, which is
    // in the executable.
    println!("cargo:rustc-check-cfg=cfg(hotframe_asan)");
    if env::var_os("CARGO_CFG_HOTFRAME_ASAN").is_some() {
        println!("cargo:rustc-link-arg=-Wl,--export-dynamic");
    }
    take_in_sdk()
}

/// Writes the list of the SDK's files, with what they hold.
fn take_in_sdk() -> Result<(), Box<dyn Error>> {
    let sdk =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../plugin-api").canonicalize()?;
    let mut rust = vec![sdk.join("build.rs")];
    collect(&sdk.join("src"), &mut rust)?;
    let mut headers = Vec::new();
    collect(&sdk.join("include"), &mut headers)?;
    let mut text = String::new();
    list(&mut text, "RUST", "The crate's, by their paths in it.", &sdk, &rust)?;
    list(&mut text, "HEADERS", "The headers, by their names.", &sdk.join("include"), &headers)?;
    let manifest = sdk.join("Cargo.toml");
    let features = section(&fs::read_to_string(&manifest)?, "[features]");
    writeln!(text, "/// Its features, as its manifest has them.")?;
    writeln!(text, "pub const FEATURES: &str = {features:?};")?;
    println!("cargo:rerun-if-changed={}", manifest.display());
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("sdk.rs"), text)?;
    println!("cargo:rerun-if-changed={}", rust[0].display());
    Ok(())
}

/// A section of a manifest with its heading; nothing if there is none such.
fn section(manifest: &str, heading: &str) -> String {
    let from_heading = manifest.lines().skip_while(|line| *line != heading);
    let within = |(at, line): &(usize, &str)| *at == 0 || !line.starts_with('[');
    let lines = from_heading.enumerate().take_while(within).map(|(_, line)| line);
    lines.collect::<Vec<_>>().join("\n")
}

/// Every file below a folder, in order.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, Box<dyn Error>>>()?;
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

fn list(
    text: &mut String,
    name: &str,
    meaning: &str,
    base: &Path,
    files: &[PathBuf],
) -> Result<(), Box<dyn Error>> {
    writeln!(text, "/// {meaning}\npub const {name}: &[(&str, &str)] = &[")?;
    for file in files {
        let path = file.strip_prefix(base)?.display().to_string();
        let file = file.display().to_string();
        writeln!(text, "    ({path:?}, include_str!({file:?})),")?;
    }
    writeln!(text, "];")?;
    Ok(())
}
