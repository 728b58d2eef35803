//! What the documents tell a reader to type does what they say.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use hotframe_tests::{Block, Folder, Process, blocks, built, repository, wait_until};
use snapbox::{Assert, IntoData};

/// A tree that looks like a fresh clone, where `cargo run` starts the binary that is built
/// already, on ports of its own, and the client commands find it there.
struct Clone {
    folder: Folder,
    server: Option<Process>,
    /// Where it serves HTTP, in the place of the default that the documents name.
    http: String,
}

/// `target/release/hotframe` of the clone: the real one, told where the server of the clone is.
const CLIENT: &str = r#"#!/bin/sh
case "$1" in
    send) shift; exec "$REAL" send --to "$(cat "$CLONE/run/url")" "$@" ;;
    *) exec "$REAL" "$@" ;;
esac
"#;

impl Clone {
    fn new() -> Self {
        let folder = Folder::default();
        let release = folder.join("target/release");
        fs::create_dir_all(&release).unwrap();
        let client = release.join("hotframe");
        fs::write(&client, CLIENT).unwrap();
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
        fs::remove_dir(folder.join("config")).unwrap();
        copy(&repository().join("config"), &folder.join("config"));
        for name in ["plugin-api", "docs"] {
            symlink(repository().join(name), folder.join(name)).unwrap();
        }
        Self { folder, server: None, http: String::new() }
    }

    /// Does what a reader's `cargo run --release` does, and leaves it running.
    fn serve(&mut self) {
        let program = built().join("hotframe");
        let args = ["--listen", "tcp://127.0.0.1:0", "--set", "http.listen=\"127.0.0.1:0\""];
        let process = Process::start(&program, &args, self.folder.path());
        let is_ready = |line: &hotframe_tests::Record| line.message().starts_with("ready");
        let ready = process.log().wait_for(0, "the server to be ready", is_ready);
        let url = ready.field("listen")[0].as_str().unwrap();
        fs::write(self.folder.join("run/url"), url).unwrap();
        self.http = ready.field("http").as_str().unwrap().to_owned();
        self.server = Some(process);
    }

    /// Types one command, and again while it does not print what the document says: a change of
    /// a file takes its moment to go live.
    fn check(&self, document: &Path, block: &Block) {
        let mut last = String::new();
        let place = format!("{}:{}", document.display(), block.line);
        wait_until(&format!("`{}` at {place} to print what is said", block.typed), || {
            let printed = self.shell(&block.typed);
            let wanted = block.printed.clone().into_data();
            let same = Assert::new().try_eq(None, printed.clone().into_data(), wanted);
            if let Some(error) = same.as_ref().err().filter(|_| last != printed) {
                println!("{place}: {}\n{error}", block.typed);
                last = printed;
            }
            same.ok()
        });
    }

    fn shell(&self, typed: &str) -> String {
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(typed.replace("http://127.0.0.1:7401", &self.http))
            .current_dir(self.folder.path());
        shell.env("REAL", built().join("hotframe")).env("CLONE", self.folder.path());
        shell.env("NO_COLOR", "1");
        let output = shell.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Types a whole document into a clone of its own; how many commands were checked.
fn type_out(path: &Path) -> usize {
    let mut clone = Clone::new();
    let mut checked = 0;
    for block in &blocks(&fs::read_to_string(path).unwrap()) {
        match block.typed.as_str() {
            // What the reader runs to get here, and what runs this very test.
            typed if typed.starts_with("git clone") || typed.starts_with("cargo test") => {}
            "cargo run --release" => clone.serve(),
            _ => {
                // A page that does not say how to start speaks of a server that runs.
                if clone.server.is_none() {
                    clone.serve();
                }
                clone.check(path, block);
                checked += 1;
            }
        }
    }
    checked
}

#[test]
fn every_document_can_be_typed() {
    let documents = fs::read_dir(repository().join("docs")).unwrap();
    let documents = documents.map(|entry| entry.unwrap().path());
    let documents = documents.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let in_docs: usize = documents.map(|path| type_out(&path)).sum();
    let in_readme = type_out(&repository().join("README.md"));
    println!("{in_readme} commands of the README, {in_docs} of the other documents");
    assert!(in_readme >= 10, "the tour has its commands, not {in_readme}");
}
