//! `hotframe plugin new`: the folder of a plugin that builds, passes its tests and answers as it
//! is, without a network.

mod files;
mod name;
mod sdk;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use self::files::File;
use crate::cli::Exit;
use crate::cli::check::print;
use crate::cli::failure::Failure;
use crate::diagnostics::codes::authors;

/// Arguments of `hotframe plugin new`.
#[derive(Clone, Debug, Args)]
pub struct NewArgs {
    /// What the plugin is called in routes: a-z, 0-9, _ and -, with a letter first
    #[arg(value_name = "NAME")]
    name: String,
    /// The language that it is written in
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// The folder to make [default: NAME]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A language that plugins are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Rust, with the safe SDK
    #[default]
    Rust,
    /// C11, with the header
    C,
    /// C++17, with the header
    #[value(alias = "c++")]
    Cpp,
}

impl Language {
    /// Its name, for people.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::C => "C",
            Self::Cpp => "C++",
        }
    }
}

impl Language {
    /// The command that its template suggests: no two guides use the same.
    const fn command(self) -> &'static str {
        match self {
            Self::Rust => "0x0200",
            Self::C => "0x0210",
            Self::Cpp => "0x0230",
        }
    }
}

/// Runs `hotframe plugin new`.
#[must_use]
pub fn run(args: &NewArgs) -> Exit {
    let folder = args.dir.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    match make(&args.name, args.lang, &folder) {
        Ok(files) if args.json => {
            let files: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
            let folder = folder.display().to_string();
            print(&format!("{}\n", json!({ "name": args.name, "path": folder, "files": files })));
            Exit::Good
        }
        Ok(files) => {
            print(&said(args, &folder, &files));
            Exit::Good
        }
        Err(failure) => failure.report(args.json),
    }
}

/// Makes the folder, whole or not at all.
fn make(name: &str, language: Language, folder: &Path) -> Result<Vec<File>, Failure> {
    name::check(name, language).map_err(|why| Failure::of(authors::NAME_IMPOSSIBLE, why))?;
    let shown = folder.display();
    let in_use = || Failure::of(authors::FOLDER_IN_USE, format!("`{shown}` is there already"));
    let is_there = folder.symlink_metadata().is_ok();
    let is_empty = || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if is_there && !is_empty() {
        return Err(in_use());
    }
    let files = files::files(name, language);
    // An empty folder may be the one that somebody stands in: it is filled, not replaced.
    let made = match is_there {
        true => write(folder, &files).inspect_err(|_| empty(folder)),
        false => {
            let part = beside(folder);
            let made = write(&part, &files).and_then(|()| fs::rename(&part, folder));
            made.inspect_err(|_| drop(fs::remove_dir_all(&part)))
        }
    };
    made.map(|()| files).map_err(|error| unwritten(folder, &error))
}

/// Removes whatever could be written, which is of no use.
fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        drop(if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) });
    }
}

/// Where the folder is made before it gets its name.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn write(folder: &Path, files: &[File]) -> io::Result<()> {
    for File { path, content } in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, content)?;
    }
    Ok(())
}

fn unwritten(folder: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot make `{}`: {error}", folder.display());
    Failure::of(authors::NOT_WRITTEN, message)
}

/// What was made, and what to do with it.
fn said(args: &NewArgs, folder: &Path, files: &[File]) -> String {
    let (name, folder) = (&args.name, folder.display());
    let test = match args.lang {
        Language::Rust => "cargo test",
        Language::C | Language::Cpp => "make test",
    };
    let own = files.iter().filter(|file| !file.path.starts_with("sdk/"));
    let own: Vec<&str> = own.map(|file| file.path.as_str()).collect();
    format!(
        "made {folder}/: a plugin in {}\n  {}, and the SDK in sdk/\n\nnext:\n  cd {folder}\n  \
         {test:<35}try its handler out\n  {:<35}build, test and bring it live at every save\n\n\
         PLUGINS is a folder in which the server looks for plugins; its control socket is\n\
         run/hotframe.sock beside that, or named with --control. Then route a command to\n\
         {name}.greet, as README.md says.\n",
        args.lang.shown(),
        own.join(", "),
        "hotframe plugin dev . --to PLUGINS",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_whole_and_never_over_another() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("greeter");
        let files = make("greeter", Language::C, &folder).unwrap();
        assert!(files.iter().all(|file| folder.join(&file.path).is_file()));
        let failure = make("greeter", Language::C, &folder).unwrap_err();
        assert!(failure.to_string().starts_with("error[HF0602]: `"), "{failure}");
        let empty = root.path().join("empty");
        fs::create_dir(&empty).unwrap();
        make("greeter", Language::Rust, &empty).unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        let failure = make("greeter", Language::Rust, &root.path().join("file")).unwrap_err();
        assert!(failure.to_string().contains("HF0602"), "{failure}");
        let failure = make("greeter", Language::Rust, &root.path().join("file/b")).unwrap_err();
        assert!(failure.to_string().contains("HF0603"), "{failure}");
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }

    #[test]
    fn no_placeholder_is_left_in_any_language() {
        for language in Language::value_variants() {
            for file in files::files("my-plugin", *language) {
                assert!(!file.content.contains("{{"), "{}: {}", file.path, file.content);
            }
        }
    }
}
