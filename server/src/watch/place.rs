//! Owns what can be watched, and which files of a folder count.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Something to be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One file, there or not.
    File(PathBuf),
    /// The files of a folder whose names end so; the folder itself may come and go.
    Folder {
        /// The folder.
        path: PathBuf,
        /// The end of the names, without the dot.
        extension: &'static str,
    },
}

impl Place {
    /// The files that the place consists of now. A folder's are listed.
    ///
    /// # Errors
    /// Why a folder cannot be listed.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        match self {
            Self::File(path) => Ok(vec![path.clone()]),
            Self::Folder { path, extension } => {
                let names = fs::read_dir(path)?.flatten().map(|entry| entry.path());
                let mut files: Vec<_> = names.filter(|file| counts(file, extension)).collect();
                files.sort();
                Ok(files)
            }
        }
    }

    /// Whether a file that has this path would be among its files.
    pub fn holds(&self, path: &Path) -> bool {
        match self {
            Self::File(file) => file == path,
            Self::Folder { path: folder, .. } => path.parent() == Some(folder),
        }
    }

    /// A path whose parents are all that the place depends on.
    pub fn probe(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Folder { path, extension } => path.join(format!("any.{extension}")),
        }
    }
}

/// Whether a name is a finished file of the kind: no dotfile, no backup, no part of a download.
fn counts(file: &Path, extension: &str) -> bool {
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let is_unfinished = [".tmp", ".part", "~"].iter().any(|end| name.ends_with(end));
    let ends_so = file.extension().is_some_and(|found| found == extension);
    ends_so && !is_unfinished && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_files_of_the_kind_count() {
        let count = |name: &str| counts(Path::new(name), "so");
        assert!(count("/p/echo.so"));
        for name in [".echo.so", "echo.so.tmp", "echo.so~", "echo.so.part", "echo.rlib", "so"] {
            assert!(!count(name), "{name}");
        }
    }
}
