//! Owns the private copies that are mapped in place of the user's files.
//!
//! The dynamic loader takes two files of one name, or one file under two names, for the same
//! library, and a file that is overwritten while it is mapped kills the process. So each
//! generation is a new file in a folder that nobody else may enter, under a name that is never
//! used twice, and stays there until the generation is gone: debuggers and profilers read it.
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::defect::{Defect, Fault};
use super::mapping;

/// Numbers generations, one row for the whole process, and so names are never repeated.
static GENERATIONS: AtomicU64 = AtomicU64::new(1);

/// The file whose lock says that the process of a folder still lives.
const LOCK: &str = ".lock";

/// This process's folder of copies. Removed when the last copy and the folder are dropped.
#[derive(Debug, Clone)]
pub struct ShadowFolder(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    lock: Mutex<File>,
}

/// One copy. Removed when dropped, if this process made it.
#[derive(Debug)]
pub struct ShadowFile {
    path: PathBuf,
    generation: u64,
    /// None for the copy of another process, which is not ours to remove.
    folder: Option<ShadowFolder>,
}

impl ShadowFolder {
    /// Makes the folder under `state_dir`; if code may not be mapped from there, under `/dev/shm`
    /// or the folder of temporary files. What dead processes left there is removed.
    ///
    /// # Errors
    /// [`Defect::NoShadow`] with what was wrong with each place.
    pub fn open(state_dir: &Path) -> Result<Self, Fault> {
        let own = format!("hotframe-{}", rustix::process::geteuid().as_raw());
        let places = [
            state_dir.to_owned(),
            Path::new("/dev/shm").join(&own),
            std::env::temp_dir().join(&own),
        ];
        let mut reasons = Vec::new();
        for place in places {
            match Self::open_in(&place) {
                Ok(folder) => return Ok(folder),
                Err(error) => reasons.push(format!("{}: {error}", place.display())),
            }
        }
        Err(Defect::NoShadow.because(format!("no place for copies ({})", reasons.join("; "))))
    }

    /// Where the copies lie.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Writes a copy of a plugin's file.
    ///
    /// # Errors
    /// [`Defect::NoShadow`] if it cannot be written; nothing of it is left behind then.
    pub fn write(&self, plugin: &str, sha256: &str, bytes: &[u8]) -> Result<ShadowFile, Fault> {
        let generation = GENERATIONS.fetch_add(1, Ordering::Relaxed);
        let hash = sha256.get(..16).unwrap_or(sha256);
        let path = self.0.path.join(format!("{plugin}-gen-{generation}-{hash}.so"));
        let copy = ShadowFile { path, generation, folder: Some(self.clone()) };
        let open = || OpenOptions::new().write(true).create_new(true).mode(0o500).open(&copy.path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.0.make_again().and_then(|()| open())
            }
            file => file,
        };
        file.and_then(|mut file| file.write_all(bytes)).map_err(|error| {
            Defect::NoShadow.because(format!("no copy in {}: {error}", self.0.path.display()))
        })?;
        Ok(copy)
    }

    fn open_in(place: &Path) -> io::Result<Self> {
        let shadow = place.join("shadow");
        DirBuilder::new().recursive(true).mode(0o700).create(&shadow)?;
        make_private(&shadow)?;
        // Held while folders come and go, so that none is taken for dead before it is locked.
        let gate = File::open(&shadow)?;
        gate.lock()?;
        remove_leftovers(&shadow);
        let (path, lock) = own_folder(&shadow)?;
        gate.unlock()?;
        let folder = Folder { path, lock: Mutex::new(lock) };
        let probe = folder.path.join("probe");
        let mapped = mapping::check_executable(&probe);
        let removed = fs::remove_file(&probe);
        mapped?;
        removed?;
        Ok(Self(Arc::new(folder)))
    }
}

impl ShadowFile {
    /// The copy that another process has made.
    pub(super) fn of_another(path: &Path) -> Self {
        let generation = GENERATIONS.fetch_add(1, Ordering::Relaxed);
        Self { path: path.to_owned(), generation, folder: None }
    }

    /// The copy's path: what the dynamic loader and `/proc/self/maps` call it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the generation, never given twice in a process.
    pub const fn generation(&self) -> u64 {
        self.generation
    }
}

impl Drop for ShadowFile {
    fn drop(&mut self) {
        if self.folder.is_some() {
            remove(&self.path, fs::remove_file(&self.path));
        }
    }
}

impl Folder {
    /// Makes the folder anew after something that tidies up has removed it.
    fn make_again(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        self.path.parent().map_or(Ok(()), make_private)?;
        make_private(&self.path)?;
        let lock = OpenOptions::new().write(true).create_new(true).open(self.path.join(LOCK))?;
        lock.try_lock().map_err(io::Error::from)?;
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = lock;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.path, fs::remove_dir_all(&self.path));
    }
}

fn remove(path: &Path, result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::NotFound
    {
        log::warn!("cannot remove {}: {error}", path.display());
    }
}

/// A folder is only ours if nobody else could have put it there or can look into it.
fn make_private(folder: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it is no folder of this user"));
    }
    if metadata.mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes and locks this process's folder. Its name is taken if the number of a process was used
/// before, or in another container that shares the place: then a suffix makes it free.
fn own_folder(shadow: &Path) -> io::Result<(PathBuf, File)> {
    let pid = std::process::id();
    for suffix in 0..1000 {
        let name = if suffix == 0 { pid.to_string() } else { format!("{pid}-{suffix}") };
        let path = shadow.join(name);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        }
        let lock = OpenOptions::new().write(true).create_new(true).open(path.join(LOCK))?;
        lock.try_lock().map_err(io::Error::from)?;
        return Ok((path, lock));
    }
    Err(io::Error::other("too many folders of this process's number"))
}

/// Removes the folders whose processes are dead: those that nobody holds the lock of.
fn remove_leftovers(shadow: &Path) {
    let Ok(entries) = fs::read_dir(shadow) else {
        return;
    };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let lock = File::open(folder.join(LOCK));
        if lock.is_ok_and(|lock| lock.try_lock().is_err()) {
            continue;
        }
        remove(&folder, fs::remove_dir_all(&folder));
    }
}
