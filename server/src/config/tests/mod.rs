//! Tests of the configuration room as a whole.

mod documentation;
mod files;
mod hostile;
mod layering;
mod lines;
mod mistakes;
mod schema;
mod values;

use std::path::{Path, PathBuf};

use super::{Loaded, Settings, Sources, load};

/// The top of the repository.
fn repository() -> PathBuf {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    server.parent().unwrap_or(server).to_owned()
}

/// A working folder with `config/hotframe.toml` and, if given, `config/commands.toml`.
fn folder(settings: &[u8], commands: Option<&[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir(&config).unwrap();
    std::fs::write(config.join("hotframe.toml"), settings).unwrap();
    if let Some(commands) = commands {
        std::fs::write(config.join("commands.toml"), commands).unwrap();
    }
    folder
}

fn sources(cwd: &Path) -> Sources {
    Sources { cwd: cwd.to_owned(), ..Sources::default() }
}

/// What comes of a configuration file alone.
fn load_text(settings: &str) -> Loaded {
    let folder = folder(settings.as_bytes(), None);
    load(&sources(folder.path()))
}

/// The settings of a configuration file that must be good.
fn settings_of(text: &str) -> Settings {
    let loaded = load_text(text);
    loaded.settings.unwrap_or_else(|| panic!("{text}: {:?}", loaded.problems))
}
