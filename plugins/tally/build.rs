//! Makes `libtally.so` from `tally.c`, next to the server and the plugins in Rust.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the library is made from, relative to this package.
const INPUTS: [&str; 12] = [
    "tally.c",
    "../../plugin-api/include/hotframe_plugin.h",
    "../../plugin-api/include/hotframe_plugin_auth.h",
    "../../plugin-api/include/hotframe_plugin_host.h",
    "../../plugin-api/include/hotframe_plugin_layout.h",
    "../../plugin-api/include/hotframe_plugin_lifecycle.h",
    "../../plugin-api/include/hotframe_plugin_peers.h",
    "../../plugin-api/include/hotframe_plugin_push.h",
    "../../plugin-api/include/hotframe_plugin_state.h",
    "../../plugin-api/include/hotframe_plugin_tools.h",
    "../../plugin-api/include/hotframe_plugin_memory.h",
    "../../plugin-api/include/hotframe_plugin_trace.h",
];

fn main() -> Result<(), Box<dyn Error>> {
    let library = profile_folder()?.join("libtally.so");
    for input in INPUTS {
        println!("cargo:rerun-if-changed={input}");
    }
    println!("cargo:rerun-if-changed={}", library.display());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    match compile(&library)? {
        Made::Library => Ok(()),
        Made::Nothing(why) => {
            println!("cargo:warning=the plugin tally is left out: {why}");
            Ok(())
        }
    }
}

enum Made {
    Library,
    Nothing(String),
}

/// Compiles into a file with another name and renames that: a running server that watches the
/// folder never sees half a library.
fn compile(library: &Path) -> Result<Made, Box<dyn Error>> {
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return Ok(Made::Nothing("it is built for Linux only".to_owned()));
    }
    let mut build = cc::Build::new();
    build.cargo_metadata(false).cargo_warnings(false);
    build.opt_level(2).debug(false).pic(true).warnings(true).extra_warnings(true);
    build.include("../../plugin-api/include").flag("-std=c11").flag("-fvisibility=hidden");
    let compiler = match build.try_get_compiler() {
        Ok(compiler) => compiler,
        Err(error) => return Ok(Made::Nothing(error.to_string())),
    };
    let part = library.with_extension("so.part");
    let mut command = compiler.to_command();
    command.args(["-shared", "-Wl,-z,defs", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]);
    match command.arg("-o").arg(&part).arg(INPUTS[0]).status() {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("{command:?}: {status}").into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let name = compiler.path().display();
            return Ok(Made::Nothing(format!("there is no C compiler ({name} not found)")));
        }
        Err(error) => return Err(error.into()),
    }
    // As old as what it is made from: cargo would take anything newer than the start of this
    // script for a change, and run it again and again.
    File::options().write(true).open(&part)?.set_modified(newest_input()?)?;
    fs::rename(&part, library)?;
    Ok(Made::Library)
}

fn newest_input() -> Result<SystemTime, Box<dyn Error>> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for input in INPUTS {
        newest = newest.max(fs::metadata(input)?.modified()?);
    }
    Ok(newest)
}

/// The folder where cargo leaves the libraries of this profile: the one that has `build` in it.
fn profile_folder() -> Result<PathBuf, Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let build = out.ancestors().find(|folder| folder.ends_with("build"));
    let profile = build.and_then(Path::parent).ok_or("OUT_DIR is not below `build`")?;
    Ok(profile.to_owned())
}
