//! Compiles the plugins of `tests/fixtures/plugins`, as an author would with `cc`.
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder that goes away with the test.
pub struct Workshop(TempDir);

impl Workshop {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The sound plugin in that version, as a finished file beside the watched folder.
    pub fn demo(&self, version: &str) -> PathBuf {
        self.named_demo("demo", version)
    }

    pub fn named_demo(&self, name: &str, version: &str) -> PathBuf {
        let out = self.path(&format!("{name}-{version}.so"));
        let name = format!("-DNAME=\"{name}\"");
        let version = format!("-DVERSION=\"{version}\"");
        compile("demo.c", &[&name, &version], &out);
        out
    }

    /// The plugin that answers later, in that version.
    pub fn later(&self, version: &str) -> PathBuf {
        let out = self.path(&format!("later-{version}.so"));
        compile("later.c", &[&format!("-DVERSION=\"{version}\"")], &out);
        out
    }

    /// The plugin with that defect; none for `""`.
    pub fn defect(&self, defect: &str) -> PathBuf {
        let out = self.path(&format!("defect-{defect}.so"));
        compile("defect.c", &[&format!("-DDEFECT_{defect}")], &out);
        out
    }

    /// A fresh folder of that name.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        path
    }
}

/// Compiles a source of the fixtures into a shared library.
pub fn compile(source: &str, flags: &[&str], out: &Path) {
    let status = shared(Command::new("cc"), source, flags, out).status().unwrap();
    assert!(status.success(), "cc {flags:?} {source}");
}

/// The same for C++; false, with a word, where there is no compiler for it.
pub fn compile_cxx(source: &str, flags: &[&str], out: &Path) -> bool {
    let Ok(status) = shared(Command::new("c++"), source, flags, out).arg("-std=c++17").status()
    else {
        // Not by `eprintln!`, which a test that passes is silent about: CI lists these lines.
        let line = b"SKIPPED: plugins in C++; to have them tested: apt-get install g++\n";
        let _untold = std::io::stderr().write_all(line);
        return false;
    };
    assert!(status.success(), "c++ {flags:?} {source}");
    true
}

fn shared(mut compiler: Command, source: &str, flags: &[&str], out: &Path) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    compiler
        .args(["-shared", "-fPIC", "-O1", "-g", "-fvisibility=hidden", "-Wall", "-Werror"])
        .args(flags)
        .arg("-I")
        .arg(root.join("plugin-api/include"))
        .arg(root.join("tests/fixtures/plugins").join(source))
        .arg("-o")
        .arg(out);
    compiler
}

/// Lines of the memory map that belong to copies in `folder`.
pub fn mappings(folder: &Path) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let name = folder.to_str().unwrap();
    maps.lines().filter(|line| line.contains(name)).count()
}

/// Puts a copy of `from` at `to` by rename, as a careful deployment does.
pub fn rename_into(from: &Path, to: &Path) {
    let beside = to.with_extension("so.tmp");
    fs::copy(from, &beside).unwrap();
    fs::rename(&beside, to).unwrap();
}
