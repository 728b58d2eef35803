//! The builds: everyone with the best flags that their authors would use.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::Places;

/// Where the sources of the peers lie.
pub const PEERS: &str = "tests/benches/peers";

/// For the machine that it runs on, which hotframe is not: it chooses at run time.
const C_FLAGS: &[&str] =
    &["-std=gnu11", "-O3", "-march=native", "-fno-plt", "-Wall", "-Wextra", "-Werror"];

/// Builds hotframe with its plugins, and all peers.
pub fn all(places: &Places) -> io::Result<()> {
    let peers = places.top.join(PEERS);
    let c = |source: &str| peers.join("c").join(source);
    let to = |name: &str| places.bench.join(name);
    compile(&c("echo.c"), &to("echo"), &[])?;
    compile(&c("handwritten.c"), &to("handwritten"), &["-ldl"])?;
    compile(&c("plugin.c"), &to("plugin.so"), &["-shared", "-fPIC"])?;
    let manifest = peers.join("tokio/Cargo.toml");
    let tokio = places.bench.join("tokio");
    run(cargo(places)
        .args(["build", "--release", "--quiet", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&tokio))?;
    fs::copy(tokio.join("release/peer-tokio"), to("peer-tokio"))?;
    release(places)
}

/// Builds hotframe with its plugins.
pub fn release(places: &Places) -> io::Result<()> {
    run(cargo(places).args(["build", "--release"]))
}

/// Builds a plugin of that name, once, and puts a copy into `folder`.
pub fn plugin(places: &Places, name: &str, folder: &Path) -> io::Result<()> {
    let file = format!("lib{name}.so");
    let built = places.bench.join(&file);
    if !built.exists() {
        let (source, header) = ("tests/fixtures/plugins/stamp.c", "plugin-api/include");
        let mut cc = Command::new("cc");
        cc.args(["-std=c11", "-O2", "-shared", "-fPIC", "-DVERSION=1", "-I"]);
        cc.arg(places.top.join(header)).arg(format!("-DNAME=\"{name}\""));
        run(cc.arg(places.top.join(source)).arg("-o").arg(&built))?;
    }
    fs::copy(built, folder.join(file)).map(drop)
}

fn compile(source: &Path, target: &Path, flags: &[&str]) -> io::Result<()> {
    run(Command::new("cc").args(C_FLAGS).arg(source).arg("-o").arg(target).args(flags))
}

/// Cargo in the repository.
pub fn cargo(places: &Places) -> Command {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.current_dir(&places.top);
    cargo
}

/// Runs a command; its failure is an error.
pub fn run(command: &mut Command) -> io::Result<()> {
    let status = command.status()?;
    if status.success() {
        return Ok(());
    }
    let program = command.get_program().display();
    Err(io::Error::other(format!("{program} failed: {status}")))
}
