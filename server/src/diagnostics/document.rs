//! Holds `docs/diagnostics.md` to the catalogue; `HOTFRAME_BLESS=1` writes it anew.

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
const RANGES: [(&str, &str); 6] = [
    ("HF00", "The command line and the start"),
    ("HF01", "Configuration and commands files"),
    ("HF02", "Plugin files"),
    ("HF03", "Plugins at run time"),
    ("HF04", "Listeners and sockets"),
    ("HF05", "The control socket"),
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
