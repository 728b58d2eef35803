//! `cargo xtask bench --instructions`: how many instructions the path of a frame takes, by stages.
//!
//! Counted by valgrind's callgrind, so that neither another program nor the weather of the machine
//! changes a figure. Every stage runs twice, with turns and with twice as many: the difference is
//! what so many frames cost, whatever the start of the program took. Valgrind knows no AVX-512:
//! checksums go 16 bytes a step here, for us and for the peer.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::Places;
use super::build;
use super::figures::real;
use super::table;

/// What one turn of every program takes.
const FRAMES: u64 = 64;

/// The turns of the shorter run.
const TURNS: u64 = 100;

/// Bytes of data.
const SIZES: [u8; 3] = [0, 16, 255];

/// The stages of the example `path_cost`, and what each is.
const STAGES: [(&str, &str); 4] = [
    ("decode", "decoded"),
    ("engine", "and answered by the engine, with a handler of its own"),
    ("plugin", "the same with the shipped plugin `echo`, through the host"),
    ("turn", "the same with the shell's turn: read from a socket, written to it"),
];

/// For a processor that valgrind can play.
const C_FLAGS: &[&str] =
    &["-std=gnu11", "-O3", "-march=x86-64-v3", "-mpclmul", "-fno-plt", "-Wall", "-Werror"];

/// Builds, counts, prints the table and keeps it.
pub fn count(places: &Places) -> io::Result<()> {
    let (peer, plugin) = build_peer(places)?;
    build::run(build::cargo(places).args(["build", "--release", "-p", "hotframe-plugin-echo"]))?;
    let example = ["build", "--release", "-p", "hotframe-server", "--example", "path_cost"];
    build::run(build::cargo(places).args(example))?;
    let built = places.hotframe.parent().unwrap_or(Path::new("."));
    let (path_cost, echo) = (built.join("examples/path_cost"), built.join("libecho.so"));
    let mut rows = vec![counted("hand-written C, without its sockets", |size, turns| {
        let mut command = Command::new(&peer);
        command.arg(&plugin).args([size, turns].map(|count| count.to_string()));
        command
    })?];
    for (stage, what) in STAGES {
        rows.push(counted(&format!("{stage}: {what}"), |size, turns| {
            let mut command = Command::new(&path_cost);
            command.arg(stage).args([size, turns].map(|count| count.to_string())).arg(&echo);
            command
        })?);
    }
    println!("instructions a frame\n\n{}", draw(&rows));
    let file = places.bench.join("instructions.json");
    let kept = rows.iter().map(|(name, figures)| json!({ "what": name, "frames": figures }));
    fs::write(file, serde_json::Value::from_iter(kept).to_string())
}

fn build_peer(places: &Places) -> io::Result<(PathBuf, PathBuf)> {
    let sources = places.top.join(build::PEERS).join("c");
    let (program, plugin) = (places.bench.join("path"), places.bench.join("path-plugin.so"));
    let compile = |source: &str, to: &Path, flags: &[&str]| {
        let mut cc = Command::new("cc");
        build::run(cc.args(C_FLAGS).arg(sources.join(source)).arg("-o").arg(to).args(flags))
    };
    compile("path.c", &program, &["-ldl"])?;
    compile("plugin.c", &plugin, &["-shared", "-fPIC"])?;
    Ok((program, plugin))
}

/// The instructions a frame of a program, for every size.
fn counted(name: &str, program: impl Fn(u64, u64) -> Command) -> io::Result<(String, Vec<f64>)> {
    let mut figures = Vec::new();
    for size in SIZES.map(u64::from) {
        let shorter = instructions(&program(size, TURNS))?;
        let longer = instructions(&program(size, 2 * TURNS))?;
        figures.push(real(longer.saturating_sub(shorter)) / real(TURNS * FRAMES));
    }
    Ok((name.to_owned(), figures))
}

/// What callgrind counts while a program runs.
fn instructions(program: &Command) -> io::Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(program.get_program()).args(program.get_args());
    let output = valgrind.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::other("valgrind is not there: install it to count"),
        _ => error,
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = collected(&said).filter(|_| output.status.success());
    count.ok_or_else(|| io::Error::other(format!("valgrind counted nothing:\n{said}")))
}

/// The figure in callgrind's line `==12== Collected : 345`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}

fn draw(rows: &[(String, Vec<f64>)]) -> String {
    let head: Vec<String> = SIZES.iter().map(|size| format!("{size} bytes")).collect();
    let head: Vec<&str> = std::iter::once("stage").chain(head.iter().map(String::as_str)).collect();
    let row = |(name, figures): &(String, Vec<f64>)| {
        let mut row = vec![name.clone()];
        row.extend(figures.iter().map(|figure| format!("{figure:.0}")));
        row
    };
    let mut text = table::block(&head, rows.iter().map(row).collect());
    // Writing to a string cannot fail.
    let _never = writeln!(text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_among_what_callgrind_says() {
        let said = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n";
        assert_eq!(collected(said), Some(1_234_567));
        assert_eq!(collected("==7== nothing"), None);
    }
}
