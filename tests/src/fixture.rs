//! Plugins made for tests: compiled from C, with the header that plugin authors get.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::build::repository;

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
        let folder = TempDir::new().expect("a temporary folder");
        let output = folder.path().join("plugin.so");
        let mut command = Command::new(compiler());
        command.args(["-shared", "-fPIC", "-O2", "-std=c11", "-Wall", "-Wextra", "-Werror"]);
        command.args(["-fvisibility=hidden", "-I"]).arg(repository().join("plugin-api/include"));
        command.args(defines.iter().map(|(name, value)| format!("-D{name}={value}")));
        command.arg("-o").arg(&output).arg(Self::source(source));
        let ended = command.output().expect("a C compiler, to make the plugins of the tests");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{source} does not compile:\n{said}");
        Self { bytes: std::fs::read(&output).unwrap() }
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
