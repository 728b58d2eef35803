//! Holds the page of codes, and the codes that other rooms spell out, to the catalogue.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Code, codes};

const OPENING: &str = "\
# Diagnostic codes

Everything that hotframe complains about has a code. `hotframe explain CODE` prints what stands
here; a code that was released keeps its meaning for ever. This page is written from the catalogue
in `server/src/diagnostics/codes/`: change it there.
";

/// The ranges, by the first four characters of their codes.
const RANGES: [(&str, &str); 7] = [
    ("HF00", "The command line and the start"),
    ("HF01", "Configuration and commands files"),
    ("HF02", "Plugin files"),
    ("HF03", "Plugins at run time"),
    ("HF04", "Listeners and sockets"),
    ("HF05", "The control socket"),
    ("HF06", "The tools for authors of plugins"),
];

fn document() -> String {
    let mut out = OPENING.to_owned();
    for (prefix, title) in RANGES {
        let _ = write!(out, "\n## {title} ({prefix}xx)\n");
        for code in codes::all().filter(|code| code.as_str().starts_with(prefix)) {
            out.push_str(&section(code));
        }
    }
    out
}

fn section(code: Code) -> String {
    format!(
        "\n### {code}: {}\n\n{}\n\n{}\n\n```text\n{}\n```\n",
        code.title(),
        code.meaning(),
        code.mend(),
        code.example(),
    )
}

/// `HOTFRAME_BLESS=1` writes the page anew.
#[test]
fn the_page_of_codes_is_the_catalogue() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics.md");
    let wanted = document();
    if std::env::var_os("HOTFRAME_BLESS").is_some() {
        std::fs::write(&page, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    let differs = wanted.lines().zip(found.lines()).find(|(a, b)| a != b);
    assert!(
        wanted == found,
        "docs/diagnostics.md is not the catalogue (HOTFRAME_BLESS=1 mends it): {differs:?}"
    );
}

#[test]
fn every_code_that_is_spelt_out_is_in_the_catalogue() {
    let rooms = ["control", "live", "plugins", "shell", "watch"];
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut spelt_out = 0;
    for text in rooms.iter().flat_map(|room| texts_below(&sources.join(room))) {
        for piece in text.split("\"HF").skip(1) {
            let name = piece.split('"').next().unwrap_or_default();
            if name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit()) {
                assert!(codes::find(name).is_some(), "HF{name} is not in the catalogue");
                spelt_out += 1;
            }
        }
    }
    assert!(spelt_out > 0, "no source file was looked at");
}

/// The text of every source file below `folder`.
fn texts_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    files_below(folder, &mut files);
    files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files_below(&path, files),
            false => files.push(path),
        }
    }
}

/// The names of the constants in the catalogue, with their codes.
fn names() -> Vec<(String, Code)> {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnostics/codes");
    let texts = texts_below(&catalogue);
    let lines = texts.iter().flat_map(|text| text.lines());
    let entries = lines.filter_map(|line| line.trim().split_once(" = \"HF"));
    entries
        .filter_map(|(name, rest)| Some((name.to_owned(), codes::find(rest.get(..4)?)?)))
        .collect()
}

/// What the server does, without its tests, its catalogue, and the list of its plugins' defects.
fn deeds() -> String {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    files_below(&sources, &mut files);
    let is_meant = |path: &PathBuf| {
        let path = path.strip_prefix(&sources).unwrap().to_string_lossy();
        let others = ["diagnostics/codes/", "plugins/defect.rs", "tests/", "tests.rs"];
        !others.iter().any(|other| path.contains(other))
    };
    let texts = files.iter().filter(|path| is_meant(path));
    texts.map(|path| without_uses(&std::fs::read_to_string(path).unwrap())).collect()
}

/// The code in front of its tests, without what it brings into scope.
fn without_uses(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut rest, mut is_use) = (String::new(), false);
    for line in text.lines() {
        is_use |= line.trim_start().starts_with("use ");
        if !is_use {
            rest.push_str(line);
            rest.push('\n');
        }
        is_use &= !line.ends_with(';');
    }
    rest
}

/// Whether `text` has `word`, not as a part of a longer one, and not to be compared with.
fn is_done(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], text[at + word.len()..].trim_start());
        let is_part = |char: Option<char>| char.is_some_and(|it| it.is_alphanumeric() || it == '_');
        let is_whole = !is_part(before.chars().next_back()) && !is_part(after.chars().next());
        let before = before.trim_end();
        let is_compared = after.starts_with("=>") || after.starts_with('|');
        is_whole && !is_compared && !before.ends_with("==") && !before.ends_with("!=")
    })
}

#[test]
fn every_code_is_told_by_something() {
    let (deeds, names) = (deeds(), names());
    assert_eq!(names.len(), codes::all().count(), "every code has its name");
    let defects = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plugins/defect.rs");
    let defects = std::fs::read_to_string(defects).unwrap();
    let defect_of = |name: &str| {
        let end = format!("::{name},");
        let line = defects.lines().find(|line| line.ends_with(&end) && line.contains(" => "))?;
        let variant = line.trim().strip_prefix("Self::")?.split(' ').next()?;
        Some(format!("Defect::{variant}"))
    };
    let is_told = |(name, code): &&(String, Code)| {
        let spelt = format!("\"{code}\"");
        let defect = defect_of(name);
        deeds.contains(&spelt)
            || defect.is_some_and(|defect| is_done(&deeds, &defect))
            || is_done(&deeds, name)
    };
    let silent: Vec<_> = names.iter().filter(|named| !is_told(named)).collect();
    assert!(silent.is_empty(), "nothing tells {silent:?}");
}
