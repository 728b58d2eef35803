//! Owns the question which folders must be watched so that no change of a path goes unseen.
//!
//! A path may lead through symbolic links, and swapping any of them changes what it leads to
//! (Kubernetes swaps `..data` beside the file). So the folder of every link on the way is
//! watched, and the folder that holds the file at the end.
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows.
const MAX_LINKS: usize = 40;

/// The folders on whose entries `path` depends. Where the path ends in nothing, the folder in
/// which its next part is missing is the last of them.
pub fn folders_behind(path: &Path) -> BTreeSet<PathBuf> {
    folders_behind_with(path, |link| fs::read_link(link).ok(), Path::exists)
}

/// [`folders_behind`] over any file system: `read_link` answers for links only.
fn folders_behind_with(
    path: &Path,
    read_link: impl Fn(&Path) -> Option<PathBuf>,
    exists: impl Fn(&Path) -> bool,
) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    let mut walked = if path.is_absolute() { PathBuf::from("/") } else { PathBuf::from(".") };
    let mut ahead = parts(path);
    let mut links = 0;
    while let Some(part) = ahead.pop_front() {
        if part == ".." {
            walked.pop();
            continue;
        }
        let here = walked.join(&part);
        if let Some(target) = read_link(&here) {
            folders.insert(walked.clone());
            links += 1;
            if links > MAX_LINKS {
                return folders;
            }
            if target.is_absolute() {
                walked = PathBuf::from("/");
            }
            for part in parts(&target).into_iter().rev() {
                ahead.push_front(part);
            }
        } else if ahead.is_empty() || !exists(&here) {
            folders.insert(walked);
            return folders;
        } else {
            walked = here;
        }
    }
    folders
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let is_step =
        |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
    path.components().filter(is_step).map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(path: &str, links: &[(&str, &str)], files: &[&str]) -> Vec<String> {
        let read = |path: &Path| {
            let found = links.iter().find(|(link, _)| Path::new(link) == path);
            found.map(|(_, target)| PathBuf::from(target))
        };
        let names = || files.iter().copied().chain(links.iter().map(|(link, _)| *link));
        let exists = |path: &Path| names().any(|name| Path::new(name).starts_with(path));
        let folders = folders_behind_with(Path::new(path), read, exists);
        folders.iter().map(|folder| folder.display().to_string()).collect()
    }

    #[test]
    fn a_plain_file_depends_on_its_folder() {
        assert_eq!(behind("/etc/hf/a.toml", &[], &["/etc/hf/a.toml"]), ["/etc/hf"]);
    }

    #[test]
    fn every_link_of_a_config_map_is_covered() {
        let links = [("/c/a.toml", "..data/a.toml"), ("/c/..data", "..2026")];
        assert_eq!(behind("/c/a.toml", &links, &["/c/..2026/a.toml"]), ["/c", "/c/..2026"]);
    }

    #[test]
    fn an_absolute_link_and_a_step_up_are_followed() {
        let links = [("/a/x.so", "/b/c/../x.so")];
        assert_eq!(behind("/a/x.so", &links, &["/b/c/y", "/b/x.so"]), ["/a", "/b"]);
    }

    #[test]
    fn what_is_missing_depends_on_the_nearest_folder_that_is_there() {
        assert_eq!(behind("/a/b/c/x.so", &[], &["/a/z"]), ["/a"]);
    }

    #[test]
    fn a_circle_of_links_ends() {
        let links = [("/a/x", "y"), ("/a/y", "x")];
        assert_eq!(behind("/a/x", &links, &[]), ["/a"]);
    }
}
