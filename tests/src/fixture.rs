//! Plugins made for tests: compiled from C, with the header that plugin authors get.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::build::{built, repository};

/// A compiled plugin, as bytes that a test puts where it wants.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The shared object.
    pub bytes: Vec<u8>,
}

/// What a reply of `stamp.c` says about who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// The number that the plugin was compiled with.
    pub version: u16,
    /// Drawn when the instance was created; equal for no two instances.
    pub instance: u64,
}

impl Fixture {
    /// Compiles `tests/fixtures/plugins/SOURCE` with these macros defined.
    #[must_use]
    pub fn compile(source: &str, defines: &[(&str, &str)]) -> Self {
        let defines: Vec<_> =
            defines.iter().map(|(name, value)| format!("-D{name}={value}")).collect();
        Self::compile_with(source, &defines.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Compiles a source in C++; `None` where there is no compiler for it.
    #[must_use]
    pub fn compile_cxx(source: &str) -> Option<Self> {
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
        Command::new(&compiler).arg("--version").output().ok()?;
        Some(Self::built(&compiler, source, &["-std=c++17"]))
    }

    /// Compiles a source in C with these options for compiler and linker.
    #[must_use]
    pub fn compile_with(source: &str, options: &[&str]) -> Self {
        Self::built(&compiler(), source, &[&["-std=c11"], options].concat())
    }

    fn built(compiler: &str, source: &str, options: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let output = folder.path().join("plugin.so");
        let mut command = Command::new(compiler);
        command.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]);
        command.args(["-fvisibility=hidden", "-I"]).arg(repository().join("plugin-api/include"));
        command.args(options).arg("-o").arg(&output).arg(Self::source(source));
        let ended = command.output().expect("a compiler, to make the plugins of the tests");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{source} does not compile:\n{said}");
        Self { bytes: std::fs::read(&output).unwrap() }
    }

    /// The plugin of `leaver/`, in Rust: built once in a test process.
    #[must_use]
    pub fn leaver() -> Self {
        static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
        let build = || {
            let target = built().join("fixtures/leaver");
            let output = Command::new(env!("CARGO"))
                .args(["build", "--offline", "--release", "--target-dir"])
                .arg(&target)
                .current_dir(repository().join("tests/fixtures/plugins/leaver"))
                .output()
                .expect("cargo starts");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "leaver does not build:\n{said}");
            std::fs::read(target.join("release/libleaver.so")).unwrap()
        };
        Self { bytes: BUILT.get_or_init(build).clone() }
    }

    /// `stamp.c`, the plugin whose every reply says who made it.
    #[must_use]
    pub fn stamp(version: u16) -> Self {
        Self::compile("stamp.c", &[("VERSION", &version.to_string())])
    }

    fn source(name: &str) -> PathBuf {
        repository().join("tests/fixtures/plugins").join(name)
    }
}

impl Stamp {
    /// How many bytes of a reply it takes.
    pub const LEN: usize = 10;

    /// Takes the stamp off a reply's data; what remains is the request's data.
    #[must_use]
    pub fn split(data: &[u8]) -> Option<(Self, &[u8])> {
        let (version, rest) = data.split_first_chunk()?;
        let (instance, rest) = rest.split_first_chunk()?;
        let version = u16::from_be_bytes(*version);
        Some((Self { version, instance: u64::from_be_bytes(*instance) }, rest))
    }
}

fn compiler() -> String {
    std::env::var("CC").unwrap_or_else(|_| "cc".to_owned())
}
