//! Where `unsafe` may stand, and that it says why it is sound.

use super::file::{File, Finding, Kind, Rule, line_of, words};

/// All `unsafe` of the project lives below these.
const PLACES: &[&str] = &["server/src/plugins/", "plugin-api/", "protocol/crc/", "tests/fixtures/"];

/// Finds `unsafe` outside its rooms, and blocks and impls without their reason.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    if file.kind != Kind::Rust {
        return Vec::new();
    }
    let allowed = PLACES.iter().any(|place| file.path.starts_with(place));
    let mut found = Vec::new();
    for at in words(&file.code, "unsafe") {
        let line = line_of(&file.code, at);
        if !allowed {
            let message = format!("unsafe code lives below {} only", PLACES.join(", "));
            found.push(Finding::new(line, Rule::UnsafePlace, message));
        }
        let next = file.code[at + "unsafe".len()..].trim_start();
        let acts = next.starts_with('{') || next.starts_with("impl");
        if acts && !is_reasoned(file, line) {
            let message = "a comment `SAFETY: …` above says why this is sound";
            found.push(Finding::new(line, Rule::Safety, message));
        }
    }
    found
}

/// Whether the statement that `line` belongs to, or the comment above it, says why.
fn is_reasoned(file: &File<'_>, line: usize) -> bool {
    let text: Vec<&str> = file.text.lines().take(line).collect();
    let code: Vec<&str> = file.code.lines().take(line).collect();
    let mut lines = text.iter().zip(&code).rev();
    let says = |text: &str| text.contains("SAFETY:");
    if lines.next().is_some_and(|(text, _)| says(text)) {
        return true;
    }
    for (text, code) in lines {
        if says(text) && code.trim().is_empty() {
            return true;
        }
        let ends_another = code.trim_end().ends_with([';', '{', '}']);
        if ends_another || text.trim().is_empty() {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<Rule> {
        check(&File::new(path, text)).into_iter().map(|finding| finding.rule).collect()
    }

    const HOME: &str = "server/src/plugins/a.rs";

    #[test]
    fn a_reason_above_passes() {
        assert_eq!(rules(HOME, "// SAFETY: it is.\nunsafe { f() }\n"), []);
        assert_eq!(rules(HOME, "// SAFETY: it is,\n// truly.\nlet x =\n    unsafe { f() };\n"), []);
        assert_eq!(
            rules(HOME, "// SAFETY: it is.\n#[rustfmt::skip]\nunsafe impl Send for A {}"),
            []
        );
        assert_eq!(rules(HOME, "unsafe fn f();\ntype F = unsafe extern \"C\" fn();\n"), []);
    }

    #[test]
    fn no_reason_is_found() {
        assert_eq!(rules(HOME, "unsafe { f() }\n"), [Rule::Safety]);
        assert_eq!(rules(HOME, "// SAFETY: another's.\ng();\nunsafe { f() }\n"), [Rule::Safety]);
        assert_eq!(rules(HOME, "// SAFETY: far.\n\nunsafe impl Send for A {}\n"), [Rule::Safety]);
        assert_eq!(rules(HOME, "let s = \"SAFETY:\";\nunsafe { f() }\n"), [Rule::Safety]);
    }

    #[test]
    fn another_room_is_found() {
        let text = "// SAFETY: it is.\nunsafe { f() }\n";
        assert_eq!(rules("server/src/shell/a.rs", text), [Rule::UnsafePlace]);
        assert_eq!(rules("server/src/shell/a.rs", "// unsafe\n#![deny(unsafe_code)]\n"), []);
    }
}
