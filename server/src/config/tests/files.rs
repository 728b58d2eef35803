//! Files that are not there, are no files, or are too much; and what a bad one holds back.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::{folder, sources};
use crate::config::{Loaded, Routes, Sources, load};
use crate::diagnostics::codes::{config as codes, runtime};
use crate::diagnostics::{Code, Diagnostic};

fn load_named(cwd: &Path, config: &str) -> Loaded {
    load(&Sources { config: Some(config.into()), ..sources(cwd) })
}

fn codes_of(loaded: &Loaded) -> Vec<Code> {
    loaded.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn an_empty_folder_is_served_from_the_built_in_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = load(&sources(folder.path()));
    assert!(loaded.settings.is_some());
    assert_eq!(loaded.routes, Some(Routes::built_in()));
    assert_eq!(loaded.files, [folder.path().join("config/hotframe.toml")]);
}

#[test]
fn what_is_no_readable_file_is_refused_with_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let cwd = folder.path();
    std::fs::create_dir(cwd.join("folder")).unwrap();
    symlink("nowhere", cwd.join("dangling")).unwrap();
    symlink("loop", cwd.join("loop")).unwrap();
    std::fs::write(cwd.join("file"), "").unwrap();
    let pipe = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, cwd.join("pipe"), pipe, 0o600.into(), 0).unwrap();
    for (name, code, words) in [
        ("missing", codes::NOT_FOUND, "is not there: correct the path"),
        ("fil", codes::NOT_FOUND, "is not there: did you mean `file`"),
        ("nowhere/at.toml", codes::NOT_FOUND, "is not there: there is no folder"),
        ("file/inside", codes::NOT_FOUND, "is not there: there is no folder"),
        ("dangling", codes::NOT_FOUND, "leads nowhere"),
        ("folder", codes::UNREADABLE, "is a folder"),
        ("loop", codes::UNREADABLE, "cannot be read"),
        ("pipe", codes::UNREADABLE, "not a regular file"),
        ("/dev/zero", codes::UNREADABLE, "not a regular file"),
    ] {
        let loaded = load_named(cwd, name);
        assert_eq!(codes_of(&loaded), [code], "{name}");
        let told = &loaded.problems[0];
        let said = format!("{}: {}", told.message, told.help.as_deref().unwrap_or_default());
        assert!(said.contains(words), "{words}: {said}");
        assert!(loaded.settings.is_none() && loaded.routes.is_none(), "{name}");
        assert_eq!(loaded.files[0], cwd.join(name), "a file that may come is watched");
    }
}

#[test]
fn a_file_without_permission_is_refused() {
    let folder = folder(b"", None);
    let file = folder.path().join("config/hotframe.toml");
    std::fs::set_permissions(&file, Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything.
    if std::fs::read(&file).is_err() {
        assert_eq!(codes_of(&load(&sources(folder.path()))), [codes::UNREADABLE]);
    }
}

#[test]
fn a_huge_file_is_refused_before_it_fills_the_memory() {
    let folder = folder(b"", None);
    let file = folder.path().join("config/hotframe.toml");
    std::fs::File::create(&file).and_then(|file| file.set_len(100 << 20)).unwrap();
    assert_eq!(codes_of(&load(&sources(folder.path()))), [codes::TOO_LARGE]);
}

#[test]
fn a_bad_file_holds_back_only_itself() {
    let good_routes = b"[commands]\n0x0100 = \"echo.echo\"\n";
    for bad in [
        "commands = \"commands.toml\"\nlisten = [\n",
        "commands = \"commands.toml\"\n[limits]\nmax_connections = 0\n",
        "nonsense = 1\n",
    ] {
        let folder = folder(bad.as_bytes(), Some(good_routes));
        let loaded = load(&sources(folder.path()));
        assert!(loaded.settings.is_none(), "{bad}");
        assert_eq!(loaded.routes.map(|routes| routes.entries.len()), Some(1), "{bad}");
    }
    let folder = folder(b"", Some(b"[commands]\n0x0100 = \"echo\"\n"));
    let loaded = load(&sources(folder.path()));
    assert!(loaded.settings.is_some() && loaded.routes.is_none());
}

#[test]
fn the_commands_file_of_a_broken_file_is_not_guessed() {
    let folder = folder(b"commands = oops\n", Some(b"[commands]\n0x0100 = \"echo\"\n"));
    let loaded = load(&sources(folder.path()));
    assert!(loaded.settings.is_none() && loaded.routes.is_none());
    // The file beside it is looked through all the same.
    assert_eq!(codes_of(&loaded), [codes::SYNTAX, codes::BAD_HANDLER]);
}

#[test]
fn every_file_that_matters_is_watched() {
    let folder = folder(b"commands = \"routes.toml\"\n", None);
    let mut sources = sources(folder.path());
    sources.profile = Some("p".to_owned());
    let config = folder.path().join("config");
    let files = ["hotframe.toml", "profiles/p.toml", "routes.toml"].map(|file| config.join(file));
    assert_eq!(load(&sources).files, files);
}

#[test]
fn a_file_of_millions_of_mistakes_is_told_in_bounded_time() {
    for junk in ["a\n", "\r", "[", "x=[", "\"", "a.", "=", "[a.", "{a=", "a=1\n", "'''\n"] {
        let text = junk.repeat((1 << 20) / junk.len());
        let folder = folder(text.as_bytes(), None);
        let loaded = load(&sources(folder.path()));
        assert!(loaded.settings.is_none(), "{junk:?}");
        assert!((1..=500).contains(&loaded.problems.len()), "{junk:?}");
        assert!(loaded.problems.iter().any(Diagnostic::is_error), "{junk:?}");
    }
}

#[test]
fn a_file_that_served_before_and_is_gone_does_not_bring_the_built_in_default_back() {
    let folder = folder(b"", Some(b"[commands]\n0x0100 = \"echo.echo\"\n"));
    let cwd = folder.path();
    let config = cwd.join("config/hotframe.toml");
    let commands = cwd.join("config/commands.toml");
    let served = vec![config.clone(), commands.clone()];
    let again = Sources { served, ..sources(cwd) };
    assert!(load(&again).problems.is_empty());

    std::fs::remove_file(&commands).unwrap();
    let without_commands = load(&again);
    assert_eq!(codes_of(&without_commands), [codes::NOT_FOUND]);
    assert!(
        without_commands.problems[0].help.as_deref().is_some_and(|h| h.contains("put it back"))
    );
    assert!(without_commands.settings.is_some() && without_commands.routes.is_none());

    std::fs::remove_file(&config).unwrap();
    let without_any = load(&again);
    assert_eq!(codes_of(&without_any), [codes::NOT_FOUND]);
    assert!(without_any.settings.is_none() && without_any.routes.is_none());
    assert!(without_any.files.contains(&config), "it is watched until it comes back");
}

#[test]
fn settings_that_say_nothing_of_credentials_do_not_let_everybody_in() {
    let auth = |text: &str| {
        let folder = folder(text.as_bytes(), None);
        std::fs::write(folder.path().join("config/clients.toml"), "").unwrap();
        let loaded = |is_guarded| load(&Sources { is_guarded, ..sources(folder.path()) });
        assert!(codes_of(&loaded(false)).is_empty(), "a server may be started with {text:?}");
        let loaded = loaded(true);
        (loaded.settings.is_some(), codes_of(&loaded))
    };
    for text in ["", "[limits]\nmax_in_flight = 9\n", "[auth]\nallow = [2]\n"] {
        assert_eq!(auth(text), (false, vec![runtime::UNGUARDED]), "{text:?}");
    }
    for text in ["[auth]\nrequired = false\n", "[auth]\nplugin = \"doorman\"\n"] {
        assert_eq!(auth(text), (true, vec![]), "{text:?}");
    }
    assert_eq!(auth("[auth]\nfile = \"clients.toml\"\n"), (true, vec![]));
}

#[test]
fn a_bad_settings_file_holds_back_neither_routes_nor_clients() {
    let folder = folder(b"commands = \"elsewhere.toml\"\n[auth]\nfile = \"clients.toml\"\n", None);
    let place = |name: &str| folder.path().join("config").join(name);
    std::fs::write(place("elsewhere.toml"), "[commands]\n0x0100 = \"a.b\"\n").unwrap();
    std::fs::write(place("clients.toml"), "").unwrap();
    let good = load(&sources(folder.path()));
    let settings = good.settings.unwrap();
    let file = good.files[0].clone();
    let served = Sources {
        served: good.files,
        commands: settings.commands,
        clients: settings.auth.file,
        ..sources(folder.path())
    };
    let bad = |sources: &Sources| {
        let loaded = load(sources);
        (loaded.settings.is_some(), loaded.routes.is_some(), loaded.clients.is_some())
    };
    for text in [&b"commands = 7\n"[..], b"commands = \n", b"\xff", b"x = 1\n"] {
        std::fs::write(&file, text).unwrap();
        assert_eq!(bad(&served), (false, true, true), "{text:?}");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(bad(&served), (false, true, true), "it is gone");
}
