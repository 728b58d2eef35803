//! The plugin's own build: owns how it is run, and where the library lies afterwards.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::failure::Failure;
use crate::diagnostics::codes::authors;

/// A folder that builds a plugin.
#[derive(Debug)]
pub struct Project {
    folder: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cargo,
    Make,
}

impl Project {
    /// The project in that folder.
    ///
    /// # Errors
    /// There is none that is known.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let has = |name: &str| folder.join(name).is_file();
        let kind = match (has("Cargo.toml"), has("Makefile")) {
            (true, _) => Kind::Cargo,
            (false, true) => Kind::Make,
            (false, false) => {
                let message = format!("`{}` has no Cargo.toml and no Makefile", folder.display());
                return Err(Failure::of(authors::NOTHING_TO_BUILD, message));
            }
        };
        Ok(Self { folder: folder.to_owned(), kind })
    }

    /// Builds it; what the tools print is shown. Returns the library.
    ///
    /// # Errors
    /// The build failed, or left no library.
    pub fn build(&self) -> Result<PathBuf, Failure> {
        match self.kind {
            Kind::Cargo => self.cargo(),
            Kind::Make => self.make(),
        }
    }

    fn cargo(&self) -> Result<PathBuf, Failure> {
        let args = ["build", "--release", "--message-format=json-render-diagnostics"];
        let mut command = Command::new(named("CARGO", "cargo"));
        command.args(args).current_dir(&self.folder).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| unstarted("cargo", &error))?;
        let said = child.stdout.take().map(BufReader::new);
        let lines = said.into_iter().flat_map(BufRead::lines).map_while(Result::ok);
        let manifest = fs::canonicalize(self.folder.join("Cargo.toml")).unwrap_or_default();
        let library = lines.filter_map(|line| library_of(&line, &manifest)).last();
        let ended = child.wait().map_err(|error| unstarted("cargo", &error))?;
        match (ended.success(), library) {
            (false, _) => Err(Failure::of(authors::BUILD_FAILED, "`cargo build` failed")),
            (true, Some(library)) => Ok(library),
            (true, None) => {
                let message = "`cargo build` made no `cdylib` of this package";
                Err(Failure::of(authors::NO_LIBRARY, message))
            }
        }
    }

    fn make(&self) -> Result<PathBuf, Failure> {
        let mut command = Command::new(named("MAKE", "make"));
        let ended = command.current_dir(&self.folder).status();
        match ended.map_err(|error| unstarted("make", &error))?.success() {
            true => self.made(),
            false => Err(Failure::of(authors::BUILD_FAILED, "`make` failed")),
        }
    }

    /// The one library in `build/`, or in the folder itself.
    fn made(&self) -> Result<PathBuf, Failure> {
        let places = [self.folder.join("build"), self.folder.clone()];
        let found = places.iter().map(|place| libraries(place)).find(|found| !found.is_empty());
        match found.unwrap_or_default().as_slice() {
            [library] => Ok(library.clone()),
            [] => {
                let message = format!("`make` left no library in `{}`", places[0].display());
                Err(Failure::of(authors::NO_LIBRARY, message))
            }
            [first, second, ..] => {
                let (first, second) = (first.display(), second.display());
                let message = format!("which one is the plugin, `{first}` or `{second}`?");
                Err(Failure::of(authors::NO_LIBRARY, message))
            }
        }
    }
}

/// A tool as the environment names it.
fn named(variable: &str, usual: &str) -> OsString {
    std::env::var_os(variable).filter(|it| !it.is_empty()).unwrap_or_else(|| usual.into())
}

fn unstarted(tool: &str, error: &std::io::Error) -> Failure {
    Failure::of(authors::BUILD_FAILED, format!("`{tool}` does not run: {error}"))
}

/// The plugin's library, if that line of cargo's says that it was made.
fn library_of(line: &str, manifest: &Path) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_ours = message["reason"] == "compiler-artifact"
        && message["manifest_path"].as_str().map(Path::new) == Some(manifest)
        && message["target"]["crate_types"].as_array()?.iter().any(|kind| kind == "cdylib");
    let files = message["filenames"].as_array().filter(|_| is_ours)?;
    let mut files = files.iter().filter_map(Value::as_str).map(PathBuf::from);
    files.find(|file| file.extension().is_some_and(|extension| extension == "so"))
}

/// The libraries in a folder, by name.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_library = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "so");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_library).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_which_library_is_the_packages_own() {
        let line = |manifest: &str, kind: &str| {
            serde_json::json!({
                "reason": "compiler-artifact",
                "manifest_path": manifest,
                "target": { "crate_types": [kind] },
                "filenames": ["/t/libgreeter.d", "/t/libgreeter.so"],
            })
            .to_string()
        };
        let own = Path::new("/p/Cargo.toml");
        let library = library_of(&line("/p/Cargo.toml", "cdylib"), own);
        assert_eq!(library, Some("/t/libgreeter.so".into()));
        assert_eq!(library_of(&line("/p/sdk/Cargo.toml", "cdylib"), own), None);
        assert_eq!(library_of(&line("/p/Cargo.toml", "rlib"), own), None);
        assert_eq!(library_of("warning: no JSON", own), None);
    }

    #[test]
    fn a_folder_that_builds_nothing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let told = |failure: Failure| failure.to_string();
        assert!(told(Project::of(folder.path()).unwrap_err()).contains("HF0608"));
        fs::write(folder.path().join("Makefile"), "all:\n").unwrap();
        let project = Project::of(folder.path()).unwrap();
        assert_eq!(project.kind, Kind::Make);
        assert!(told(project.made().unwrap_err()).contains("HF0610"));
        for name in ["a.so", "b.so"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert!(told(project.made().unwrap_err()).contains("a.so` or `"));
        fs::create_dir(folder.path().join("build")).unwrap();
        fs::write(folder.path().join("build/c.so"), "").unwrap();
        assert_eq!(project.made().unwrap(), folder.path().join("build/c.so"));
    }
}
