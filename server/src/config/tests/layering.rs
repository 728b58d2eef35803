//! What lies over what, whose folder a path is relative to, and what changed.

use std::path::Path;
use std::time::Duration;

use super::{folder, load_text, settings_of, sources};
use crate::config::known::{KEYS, Taken};
use crate::config::{Loaded, Sources, load};

fn with_env(cwd: &Path, variables: &[(&str, &str)]) -> Sources {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sources { env: variables.iter().map(own).collect(), ..sources(cwd) }
}

fn good(loaded: Loaded) -> crate::config::Settings {
    loaded.settings.unwrap_or_else(|| panic!("{:?}", loaded.problems))
}

#[test]
fn profile_environment_and_options_lie_over_the_file_in_this_order() {
    let text = "[limits]\nmax_connections = 1\nmax_in_flight = 1\nmax_sync_errors = 1\n\
                frame_timeout = \"1s\"\n";
    let folder = folder(text.as_bytes(), None);
    let profiles = folder.path().join("config/profiles");
    std::fs::create_dir(&profiles).unwrap();
    let profile = "[limits]\nmax_in_flight = 2\nmax_sync_errors = 2\nframe_timeout = \"2s\"\n";
    std::fs::write(profiles.join("night.toml"), profile).unwrap();
    let mut sources = with_env(
        folder.path(),
        &[
            ("HOTFRAME_PROFILE", "night"),
            ("HOTFRAME__LIMITS__MAX_SYNC_ERRORS", "3"),
            ("HOTFRAME__LIMITS__FRAME_TIMEOUT", "3s"),
            ("HOTFRAME_OTHER", "is none of ours"),
        ],
    );
    sources.sets =
        vec!["limits.frame_timeout=4s".to_owned(), "limits.frame_timeout = \"5s\"".to_owned()];
    let limits = good(load(&sources)).limits;
    assert_eq!(limits.max_connections, 1);
    assert_eq!(limits.max_in_flight, 2);
    assert_eq!(limits.max_sync_errors, 3);
    assert_eq!(limits.frame_timeout, Duration::from_secs(5));
    sources.profile = Some("nowhere".to_owned());
    assert!(load(&sources).settings.is_none());
}

#[test]
fn listen_options_replace_the_key() {
    let folder = folder(b"listen = [\"tcp://1.2.3.4:5\"]", None);
    let mut sources = with_env(folder.path(), &[("HOTFRAME__LISTEN", "tcp://1.1.1.1:1")]);
    let urls = |sources: &Sources| {
        let listen = good(load(sources)).listen;
        let urls = listen.iter().map(|listener| listener.endpoint.to_string());
        urls.collect::<Vec<_>>()
    };
    assert_eq!(urls(&sources), ["tcp://1.1.1.1:1"]);
    sources.listens = vec!["tcp://127.0.0.1:0".to_owned(), "unix://x.sock".to_owned()];
    let socket = format!("unix://{}/x.sock", folder.path().display());
    assert_eq!(urls(&sources), ["tcp://127.0.0.1:0".to_owned(), socket]);
}

#[test]
fn a_path_is_relative_to_whoever_names_it() {
    let folder = folder(b"server.state_dir = \"../state\"\n", None);
    let cwd = folder.path();
    let profiles = cwd.join("config/profiles");
    std::fs::create_dir(&profiles).unwrap();
    std::fs::write(profiles.join("p.toml"), "plugins.dirs = [\"mine\"]\n").unwrap();
    let mut sources = with_env(cwd, &[]);
    sources.profile = Some("p".to_owned());
    sources.sets = vec!["control.socket=c.sock".to_owned()];
    let settings = good(load(&sources));
    assert_eq!(settings.server.state_dir, cwd.join("state"));
    assert_eq!(settings.plugins.dirs[0].path, profiles.join("mine"));
    assert_eq!(settings.control.socket, cwd.join("c.sock"));
}

#[test]
fn a_profile_may_exchange_a_secret_for_another() {
    let folder = folder(b"[plugins.config.db]\npassword = { file = \"no-such-file\" }\n", None);
    let mut sources = with_env(folder.path(), &[("DB_PASSWORD", "hunter2")]);
    assert!(load(&sources).settings.is_none());
    sources.sets = vec!["plugins.config.db.password={env=\"DB_PASSWORD\"}".to_owned()];
    let config = &good(load(&sources)).plugins.config["db"];
    assert_eq!(config.reveal_json(), r#"{"password":"hunter2"}"#);
}

#[test]
fn a_secret_is_never_shown_and_its_file_is_watched() {
    let text = b"[plugins.config.db]\nuser = \"me\"\nlist = [{ file = \"password\" }]\n";
    let folder = folder(text, None);
    let file = folder.path().join("config/password");
    std::fs::write(&file, "hunter2\n").unwrap();
    let sources = with_env(folder.path(), &[]);
    let loaded = load(&sources);
    let debug = format!("{loaded:?}");
    assert!(!debug.contains("hunter2") && debug.contains("***"), "{debug}");
    assert!(loaded.files.contains(&file), "{:?}", loaded.files);
    let old = good(loaded);
    assert!(old.plugins.config["db"].reveal_json().contains("hunter2"));
    std::fs::write(&file, "changed").unwrap();
    let changes = good(load(&sources)).difference(&old);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].key, "plugins.config.db");
}

#[test]
fn a_misspelt_variable_does_not_give_its_value_away() {
    let folder = folder(b"", None);
    let name = "HOTFRAME__PLUGIN__CONFIG__DB__PASSWORD";
    let loaded = load(&with_env(folder.path(), &[(name, "hunter2")]));
    assert!(loaded.settings.is_none());
    assert!(!format!("{:?}", loaded.problems).contains("hunter2"));
}

/// Another value than the default for every key.
const OTHERS: &[(&str, &str)] = &[
    ("listen", "tcp://127.0.0.1:1"),
    ("commands", "other.toml"),
    ("server.state_dir", "other"),
    ("server.shutdown_grace", "1s"),
    ("server.watchdog_soft", "1s"),
    ("server.watchdog_hard", "1s"),
    ("limits.max_connections", "1"),
    ("limits.max_in_flight", "1"),
    ("limits.max_questions", "1"),
    ("limits.outbound_high_water", "1KiB"),
    ("limits.max_buffered", "1GiB"),
    ("limits.frame_timeout", "1s"),
    ("limits.write_timeout", "1s"),
    ("limits.max_sync_errors", "1"),
    ("limits.max_garbage", "1MiB"),
    ("limits.accept_rate", "1/s"),
    ("limits.request_rate", "1/s"),
    ("limits.overload", "1s"),
    ("limits.max_per_source", "5"),
    ("heartbeat.idle_after", "1s"),
    ("heartbeat.probe_timeout", "1s"),
    ("heartbeat.session_timeout", "1s"),
    ("heartbeat.takeover", "false"),
    ("auth.file", "clients.toml"),
    ("auth.plugin", "doorman"),
    ("auth.timeout", "1s"),
    ("auth.required", "false"),
    ("auth.allow", "[2]"),
    ("auth.failure_rate", "1/h"),
    ("plugins.dirs", "[\"other\"]"),
    ("plugins.settle", "1s"),
    ("plugins.drain_timeout", "1s"),
    ("plugins.on_remove", "unload"),
    ("plugins.normalize", "false"),
    ("plugins.probe", "false"),
    ("plugins.probation", "1m"),
    ("plugins.probation_errors", "3"),
    ("plugins.probation_share", "0.5"),
    ("plugins.max_state", "1MiB"),
    ("plugins.policy", "{ echo = { tokens = \"fail\" } }"),
    ("plugins.config", "{ echo = { x = 1 } }"),
    ("control.socket", "other.sock"),
    ("control.mode", "0666"),
    ("http.listen", "127.0.0.1:1"),
    ("log.level", "warn"),
    ("log.format", "json"),
    ("log.access", "0.5"),
    ("log.redact", "[1]"),
];

#[test]
fn every_key_is_read_and_its_change_is_named() {
    let listed: Vec<_> = KEYS.iter().map(|key| key.name).collect();
    let tried: Vec<_> = OTHERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(tried, listed);
    let folder = folder(b"", None);
    std::fs::write(folder.path().join("other.toml"), "[commands]\n").unwrap();
    std::fs::write(folder.path().join("clients.toml"), "").unwrap();
    let old = good(load(&sources(folder.path())));
    for ((name, value), key) in OTHERS.iter().zip(KEYS) {
        let mut sources = sources(folder.path());
        sources.sets = vec![format!("{name}={value}")];
        let loaded = load(&sources);
        let errors = loaded.problems.iter().filter(|problem| problem.is_error()).count();
        assert_eq!(errors, 0, "{name}: {:?}", loaded.problems);
        let changes = good(loaded).difference(&old);
        let needs_restart = key.taken == Taken::Restart;
        let change = |key: &str| (key.to_owned(), needs_restart);
        let expected = match *name {
            // The default control socket lies in the state folder.
            "server.state_dir" => vec![change(name), change("control.socket")],
            "plugins.config" => vec![change("plugins.config.echo")],
            _ => vec![change(name)],
        };
        assert!(changes.iter().all(|change| change.old != change.new), "{changes:?}");
        let changes: Vec<_> = changes.into_iter().map(|it| (it.key, it.needs_restart)).collect();
        assert_eq!(changes, expected, "{name}");
    }
}

#[test]
fn equal_settings_do_not_differ() {
    let settings = settings_of("[plugins.config.x]\ny = 1\n");
    assert_eq!(settings.difference(&settings.clone()), []);
    assert!(load_text("").settings.is_some());
}
