//! Any bytes at all: never a panic, and what is not taken says why and where.

use proptest::prelude::*;

use super::{folder, repository, sources};
use crate::config::load;
use crate::diagnostics::{Format, render};

/// A file that uses every part of the grammar.
const GOOD: &str = r#"# hotframe
listen = ["tcp://127.0.0.1:7400", { url = "unix://../run/data.sock", dialect = "flagged" }]
commands = "commands.toml"

[server]
state_dir = "../run"
shutdown_grace = '10s'

[limits]
max_connections = 1_000
outbound_high_water = "64KiB"

[plugins]
dirs = [
    "../plugins", # größer
]

[plugins.config.echo]
text = """
several lines
"""
table = { x = 1, y = [1.5, true, 1979-05-27] }

[control]
mode = "0600"
"#;

const GOOD_ROUTES: &str = r#"[commands]
0x0100 = "echo.echo"
0x0101 = { handler = "echo.reverse", addresses = [1, "16-31"], timeout = "2s" }
default = "echo.echo"
"#;

/// Loads the two texts; whatever holds one of them back must have a place.
fn survive(settings: &[u8], commands: &[u8]) -> (bool, bool) {
    let folder = folder(settings, Some(commands));
    let loaded = load(&sources(folder.path()));
    let (settings, routes) = (loaded.settings.is_some(), loaded.routes.is_some());
    if !(settings && routes) {
        let mut errors = loaded.problems.iter().filter(|problem| problem.is_error());
        assert!(errors.any(|problem| problem.place.is_some()), "{loaded:?}");
    }
    for format in [Format::Text, Format::Json, Format::Github] {
        let _ = render(&loaded.problems, format, true);
    }
    (settings, routes)
}

#[test]
fn a_file_cut_at_any_byte_is_taken_whole_or_says_where_it_is_cut() {
    assert_eq!(survive(GOOD.as_bytes(), GOOD_ROUTES.as_bytes()), (true, true));
    for cut in 0..GOOD.len() {
        survive(&GOOD.as_bytes()[..cut], GOOD_ROUTES.as_bytes());
    }
    for cut in 0..GOOD_ROUTES.len() {
        let (settings, _) = survive(GOOD.as_bytes(), &GOOD_ROUTES.as_bytes()[..cut]);
        assert!(settings, "the commands file holds back only itself");
    }
}

#[test]
fn an_empty_commands_file_is_one_that_is_being_written() {
    let (settings, routes) = survive(GOOD.as_bytes(), b"");
    assert!(settings && !routes);
}

#[test]
fn no_mistake_is_invented_in_the_shipped_files() {
    let config = repository().join("config");
    let settings = std::fs::read(config.join("hotframe.toml")).unwrap();
    let commands = std::fs::read(config.join("commands.toml")).unwrap();
    assert_eq!(survive(&settings, &commands), (true, true));
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn flipped_bytes_never_panic(
        flips in prop::collection::vec((0..GOOD.len(), any::<u8>()), 1..6),
        route_flips in prop::collection::vec((0..GOOD_ROUTES.len(), any::<u8>()), 1..4),
    ) {
        let mut settings = GOOD.as_bytes().to_vec();
        let mut commands = GOOD_ROUTES.as_bytes().to_vec();
        for (at, byte) in flips {
            settings[at] ^= byte;
        }
        for (at, byte) in route_flips {
            commands[at] ^= byte;
        }
        survive(&settings, &commands);
    }

    #[test]
    fn shuffled_pieces_never_panic(pieces in prop::collection::vec(
        prop::sample::select(vec![
            "[", "]", "{", "}", "=", ",", ".", "\"", "'", "\"\"\"", "'''", "\n", " ", "#", "listen",
            "limits", "commands", "0x0100", "\"echo.echo\"", "handler", "-", "1", "[[", "]]", "ß",
            "\r\n", "\0", "plugins.config.x", "file", "\\u00", "inf", "1979-05-27",
        ]), 0..60,
    )) {
        let text = pieces.concat();
        survive(text.as_bytes(), text.as_bytes());
    }

    #[test]
    fn options_of_any_text_never_panic(text in "\\PC{0,40}", name in "[A-Z_]{0,20}") {
        let folder = folder(b"", None);
        let mut sources = sources(folder.path());
        sources.sets = vec![text.clone(), format!("limits.max_connections={text}")];
        sources.listens = vec![text.clone()];
        sources.profile = Some(text.clone());
        sources.env = vec![(format!("HOTFRAME__{name}"), text)];
        let loaded = load(&sources);
        prop_assert!(loaded.settings.is_none() && !loaded.problems.is_empty());
    }
}
