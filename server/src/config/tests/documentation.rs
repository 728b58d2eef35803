//! Holds `docs/configuration.md` and the shipped files to the code.

use super::{folder, repository, settings_of, sources};
use crate::config::known::{KEYS, Taken};
use crate::config::{Settings, Sources, commands, listen, load, plugin_policy};

/// The rows of the tables below the heading `heading`, up to the next one, cell by cell.
pub(super) fn rows(heading: &str) -> Vec<Vec<String>> {
    rows_of("docs/configuration.md", heading)
}

fn rows_of(page: &str, heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(repository().join(page)).unwrap();
    let (_, below) = page.split_once(&format!("\n{heading}\n")).unwrap();
    let section = below.split("\n#").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

pub(super) fn unquoted(cell: &str) -> String {
    cell.trim_matches('`').to_owned()
}

#[test]
fn the_reference_lists_every_key_and_when_it_is_taken() {
    let documented: Vec<_> =
        rows("## hotframe.toml").iter().map(|row| (unquoted(&row[0]), row[3].clone())).collect();
    let known = KEYS.iter().map(|key| {
        let taken = match key.taken {
            Taken::Live => "live",
            Taken::Restart => "restart",
        };
        (key.name.to_owned(), taken.to_owned())
    });
    assert_eq!(documented, known.collect::<Vec<_>>());
}

#[test]
fn the_defaults_of_the_reference_are_the_defaults() {
    let folder = folder(b"", None);
    let built_in = Settings::built_in(&sources(folder.path()));
    let mut tried = 0;
    for row in rows("## hotframe.toml") {
        if row[2].is_empty() {
            continue;
        }
        let set = format!("{}={}", unquoted(&row[0]), unquoted(&row[2]));
        let loaded = load(&Sources { sets: vec![set.clone()], ..sources(folder.path()) });
        assert_eq!(loaded.problems, [], "{set}");
        assert_eq!(loaded.settings.as_ref(), Some(&built_in), "{set}");
        tried += 1;
    }
    assert!(tried >= 24, "{tried}");
}

/// Durations and shares that bound nothing.
const NO_BOUNDS: [&str; 5] = [
    "plugins.settle",
    "plugins.probation",
    "plugins.probation_errors",
    "plugins.probation_share",
    "log.access",
];

#[test]
fn operations_tells_of_every_bound_with_its_default() {
    let bare = |cell: &str| cell.replace(['`', '"', ' '], "");
    let mut told = std::collections::BTreeMap::new();
    for row in rows_of("docs/operations.md", "## Limits") {
        let (mut section, what_to_watch) = (String::new(), &row[3]);
        let (names, values) = (bare(&row[0]), bare(&row[1]));
        for (name, value) in names.split(',').zip(values.split(',')) {
            let (own, name) = name.split_once('.').unwrap_or((&section, name));
            let name = format!("{own}.{name}");
            section = name.split('.').next().unwrap_or_default().to_owned();
            assert!(!row[2].is_empty() && !what_to_watch.is_empty(), "{name}");
            told.insert(name, value.to_owned());
        }
    }
    let is_bound = |row: &&Vec<String>| {
        let kinds = ["duration", "size", "rate", "0", "1"];
        let key = unquoted(&row[0]);
        kinds.iter().any(|kind| row[1].starts_with(kind)) && !NO_BOUNDS.contains(&key.as_str())
    };
    let reference = rows("## hotframe.toml");
    for row in reference.iter().filter(is_bound) {
        let (key, default) = (unquoted(&row[0]), bare(&row[2]));
        let default = if ["", "0", "0s"].contains(&&*default) { "none" } else { &default };
        assert_eq!(told.get(&key).map(String::as_str), Some(default), "{key}");
    }
    assert!(reference.iter().filter(is_bound).count() >= 20);
}

#[test]
fn the_reference_lists_every_option_of_listeners_and_routes() {
    let names = |heading: &str| {
        let rows = rows(heading);
        rows.iter().map(|row| unquoted(&row[0])).collect::<Vec<_>>()
    };
    assert_eq!(names("### Listeners"), listen::OPTIONS);
    assert_eq!(names("### Policies of plugins"), plugin_policy::OPTIONS);
    assert_eq!(names("## commands.toml"), commands::OPTIONS);
}

#[test]
fn the_examples_of_the_reference_are_good() {
    let page = std::fs::read_to_string(repository().join("docs/configuration.md")).unwrap();
    let blocks: Vec<_> = page.split("```toml\n").skip(1).collect();
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let text = block.split("```").next().unwrap();
        if text.contains("[commands]") {
            let folder = folder(b"", Some(text.as_bytes()));
            assert!(load(&sources(folder.path())).routes.is_some());
        } else if text.contains("password") {
            let folder = folder(text.as_bytes(), None);
            std::fs::write(folder.path().join("config/store.password"), "p").unwrap();
            std::fs::write(folder.path().join("store.key"), "k").unwrap();
            let credentials = folder.path().display().to_string();
            let env = [("STORE_TOKEN", "t"), ("CREDENTIALS_DIRECTORY", credentials.as_str())];
            let loaded = load(&Sources {
                env: env.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
                ..sources(folder.path())
            });
            let config = &loaded.settings.unwrap().plugins.config["store"];
            let json = r#"{"user":"hotframe","password":"p","token":"t","key":"k"}"#;
            assert_eq!(config.reveal_json(), json);
        } else {
            settings_of(text);
        }
    }
}

#[test]
fn the_shipped_files_are_good_and_show_the_defaults() {
    let shipped = Sources { cwd: repository(), ..Sources::default() };
    let loaded = load(&shipped);
    assert_eq!(loaded.problems, []);
    let mut settings = loaded.settings.unwrap();
    assert_eq!(loaded.routes.unwrap().entries.len(), 31);
    let built_in = Settings::built_in(&shipped);
    assert_eq!(settings.commands.take(), Some(repository().join("config/commands.toml")));
    settings.plugins.config.clear();
    assert_eq!(settings.difference(&built_in), []);
}

#[test]
fn what_the_shipped_files_comment_out_is_good_too() {
    let config = repository().join("config");
    let uncommented = |name: &str| {
        let text = std::fs::read_to_string(config.join(name)).unwrap();
        let lines = text.lines().map(|line| {
            let code = line.strip_prefix("# ").filter(|rest| rest.contains(" = "));
            code.filter(|rest| !rest.starts_with(|c: char| c.is_uppercase() || c == '{'))
                .unwrap_or(line)
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let folder = folder(
        uncommented("hotframe.toml").as_bytes(),
        Some(uncommented("commands.toml").as_bytes()),
    );
    let loaded = load(&sources(folder.path()));
    assert_eq!(loaded.problems, []);
    let mut settings = loaded.settings.unwrap();
    // The one that shows an example and not its default.
    settings.plugins.dirs.clear();
    settings.plugins.config.clear();
    settings.commands = None;
    let mut built_in = Settings::built_in(&sources(folder.path()));
    built_in.plugins.dirs.clear();
    assert_eq!(settings, built_in);
    assert_eq!(loaded.routes.unwrap().iter().count(), 34);
}
