//! Owns `Identity`: the cheap answer to "is this still the file I looked at last?".
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The clock of a file server is not further ahead of this machine's.
const AHEAD: Duration = Duration::from_secs(60);

/// What tells one state of a file from another without reading it.
///
/// The time of the last change of the inode is part of it, so that a `chmod` which mends a refused
/// file is noticed. Two states that it cannot tell apart are told apart by a hash of the contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Device of the file.
    pub dev: u64,
    /// Inode on that device.
    pub ino: u64,
    /// Size in bytes.
    pub size: u64,
    /// Last change of the contents, in nanoseconds since 1970.
    pub mtime_ns: i128,
    /// Last change of contents or inode, in nanoseconds since 1970.
    pub ctime_ns: i128,
}

impl Identity {
    /// The identity of what `path` leads to, links followed; of the link if that leads nowhere.
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).or_else(|_| fs::symlink_metadata(path)).ok().as_ref().map(Self::from)
    }

    /// How long ago the file was changed last, as seen at the wall-clock time `now`.
    ///
    /// Zero for a time in the future, as the clock of a file server may have it; but what lies
    /// further ahead than such a clock was changed before this machine's clock was set back, or is
    /// dated by hand, and has rested for as long as can be.
    pub fn age(&self, now: SystemTime) -> Duration {
        let changed = u64::try_from(self.ctime_ns.max(self.mtime_ns)).unwrap_or(0);
        let changed = UNIX_EPOCH + Duration::from_nanos(changed);
        match now.duration_since(changed) {
            Ok(age) => age,
            Err(ahead) if ahead.duration() > AHEAD => Duration::MAX,
            Err(_) => Duration::ZERO,
        }
    }
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        let nanos =
            |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size: metadata.size(),
            mtime_ns: nanos(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}
