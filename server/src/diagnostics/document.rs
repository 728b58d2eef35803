//! Holds the page of codes, and the codes that other rooms spell out, to the catalogue.

use std::fmt::Write as _;
use std::path::Path;

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
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(texts_below(&path));
        } else {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}
