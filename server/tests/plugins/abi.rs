//! The promise of the ABI: what was built with any published revision of the header goes on
//! working, and the header of today keeps every place that an earlier one has given.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hotframe_server::config::{PluginPolicy, StateMismatch};

use crate::desk::{Answer, Desk};
use crate::fixture::{Workshop, rename_into};

/// `tests/fixtures/abi/1.0`.
fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/abi/1.0")
}

/// The revisions, first to last.
fn revisions() -> Vec<u32> {
    let names = fs::read_dir(published()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut numbers: Vec<u32> = names.map(|name| name.to_str().unwrap().parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// The plugin of a revision, built with that revision's header and nothing else.
fn build(shop: &Workshop, revision: u32) -> PathBuf {
    let folder = published().join(revision.to_string());
    let out = shop.path(&format!("aged-{revision}.so"));
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra"]);
    cc.args(["-Wpedantic", "-Werror", "-I"]).arg(&folder).arg(folder.join("aged.c"));
    assert!(cc.arg("-o").arg(&out).status().unwrap().success(), "revision {revision}");
    out
}

#[test]
fn a_plugin_of_every_revision_is_loaded_serves_and_is_replaced() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let mut desk = Desk::open(&folder, shop.path("run"));
    // Revisions with state go before and behind some without.
    let on_state_mismatch = StateMismatch::Fresh;
    let policy = PluginPolicy { on_state_mismatch, ..PluginPolicy::default() };
    desk.roster.set_policies([("aged".to_owned(), policy)].into(), 1 << 20);
    let live = folder.join("libaged.so");
    // Up, and down again: an older one may follow a newer one.
    let revisions = revisions();
    assert_eq!(revisions.first(), Some(&1));
    for revision in revisions.iter().chain(revisions.iter().rev().skip(1)) {
        rename_into(&build(&shop, *revision), &live);
        desk.settle();
        let row = desk.row("aged").unwrap();
        assert_eq!((row.version, row.reason), (revision.to_string(), None));
        desk.route(0x0300, "aged.echo");
        assert_eq!(desk.ask(0x0300, b"hello"), Answer::Reply(b"hello".to_vec()), "{revision}");
        if *revision >= 2 {
            desk.route(0x0301, "aged.later");
            desk.send(0x0301, b"");
            let mut answers = Vec::new();
            desk.rounds("the timer", |desk| {
                answers.extend(desk.take());
                !answers.is_empty()
            });
            assert_eq!(answers, [Answer::Reply(b"rung".to_vec())], "{revision}");
        }
        if *revision >= 5 {
            desk.route(0x0302, "aged.counted");
            assert_eq!(desk.ask(0x0302, b""), Answer::Reply(vec![1]), "{revision}");
            let ticket = desk.service.reload("aged".to_owned());
            desk.until_looked(ticket);
            assert_eq!(desk.ask(0x0302, b""), Answer::Reply(vec![2]), "its state went over");
            desk.route(0x0303, "aged.push");
            desk.send(0x0303, b"back");
            assert!(matches!(desk.take()[..], [Answer::Reply(_)]), "{revision}");
            desk.round();
            assert_eq!(desk.take(), [Answer::Pushed(b"back".to_vec())], "{revision}");
        }
    }
}

/// Offsets and sizes that a header asserts, by `type.field` and by `type`.
fn layout(header: &str) -> BTreeMap<String, u32> {
    let mut places = BTreeMap::new();
    for line in header.lines() {
        let line = line.trim().trim_end_matches('\\').trim();
        let entry = line.strip_prefix("FIELD(").or_else(|| line.strip_prefix("SIZE("));
        let Some(entry) = entry.and_then(|entry| entry.strip_suffix(')')) else { continue };
        let words: Vec<&str> = entry.split(", ").collect();
        if let [names @ .., place] = &words[..]
            && let Ok(place) = place.parse()
        {
            places.insert(names.join("."), place);
        }
    }
    places
}

#[test]
fn no_place_that_a_revision_has_given_is_ever_another() {
    let read = |folder: &Path| {
        fs::read_to_string(folder.join("hotframe_plugin_layout.h")).map(|text| layout(&text))
    };
    let today = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api/include");
    let today = read(&today).unwrap();
    for revision in revisions() {
        let then = read(&published().join(revision.to_string())).unwrap();
        assert!(then.len() > 50, "revision {revision}: {then:?}");
        for (name, place) in then {
            let now = today.get(&name).copied();
            // A struct may have grown at its end.
            let is_kept = match name.contains('.') {
                true => now == Some(place),
                false => now >= Some(place),
            };
            assert!(is_kept, "{name}: {place} in revision {revision}, now {now:?}");
        }
    }
}
