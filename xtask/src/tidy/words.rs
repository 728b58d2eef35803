//! Words that must not stay: what is left undone, what was meant for one's own eyes, what waits
//! by the clock, and paths of one person's machine.

use super::file::{File, Finding, Kind, Rule, line_of, words};

/// Spelled in two halves, so that this file passes its own check.
const UNDONE: &[&str] = &[concat!("FIX", "ME"), concat!("XX", "X")];
const OWNED: &str = concat!("TO", "DO");

/// In code, tests or not.
const MACROS: &[(&str, &str)] = &[
    ("dbg", "a look for one's own eyes"),
    ("todo", "work left undone"),
    ("unimplemented", "work left undone"),
];

/// Where only one machine has something; a temp folder is made, never named.
const PLACES: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/tm", "p/"),
];

/// Finds words that must not stay.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    if file.kind == Kind::Data {
        return Vec::new();
    }
    let mut found = in_text(file);
    if file.kind == Kind::Rust {
        found.extend(in_code(file));
    }
    found
}

fn in_text(file: &File<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |at: usize, message: String| {
        found.push(Finding::new(line_of(file.text, at), Rule::Words, message));
    };
    for word in UNDONE {
        for at in words(file.text, word) {
            tell(at, format!("`{word}`: do it, or say what holds until it is done"));
        }
    }
    for at in words(file.text, OWNED) {
        if !file.text[at + OWNED.len()..].starts_with('(') {
            tell(at, format!("`{OWNED}` without an owner: `{OWNED}(name)`"));
        }
    }
    for place in PLACES {
        for (at, _) in file.text.match_indices(place) {
            // The end of a longer path, such as `docs/home/`, is nobody's machine.
            let joins = |c: char| c.is_alphanumeric() || ".-_}".contains(c);
            if !file.text[..at].ends_with(joins) {
                tell(at, format!("`{place}…` is a path of one machine"));
            }
        }
    }
    found
}

fn in_code(file: &File<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, why) in MACROS {
        for at in words(&file.code, name) {
            if file.code[at + name.len()..].starts_with('!') {
                let line = line_of(&file.code, at);
                found.push(Finding::new(line, Rule::Words, format!("`{name}!`: {why}")));
            }
        }
    }
    for at in words(&file.code, "sleep") {
        let line = line_of(&file.code, at);
        if line >= file.tests_begin() {
            let message = "tests wait for a condition with a deadline, never by the clock";
            found.push(Finding::new(line, Rule::Words, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_found(path: &str, text: &str) -> Vec<usize> {
        check(&File::new(path, text)).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn what_is_undone_is_found_unless_it_has_an_owner() {
        for word in UNDONE {
            assert_eq!(lines_found("a.md", &format!("\n{word}: later")), [2]);
        }
        assert_eq!(lines_found("a.c", &format!("// {OWNED}: later")), [1]);
        assert_eq!(lines_found("a.c", &format!("// {OWNED}(ada): later")), [0; 0]);
        assert_eq!(lines_found("a.rs", &format!("let MA{OWNED}R = 1;")), [0; 0]);
    }

    #[test]
    fn macros_are_found_in_code_only() {
        assert_eq!(lines_found("a.rs", "fn f() {\n    todo!()\n}"), [2]);
        assert_eq!(lines_found("a.rs", "dbg!(1);\nunimplemented!();"), [1, 2]);
        assert_eq!(lines_found("a.rs", "// todo!()\nlet todo = !dbg;"), [0; 0]);
    }

    #[test]
    fn sleeping_is_found_in_tests() {
        let text = "thread::sleep(x);\n#[cfg(test)]\nmod tests {\n    thread::sleep(x);\n}\n";
        assert_eq!(lines_found("server/src/a.rs", text), [4]);
        assert_eq!(lines_found("tests/e2e/a.rs", "std::thread::sleep(x);\n"), [1]);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for place in PLACES {
            assert_eq!(lines_found("a.toml", &format!("dir = \"{place}x\"")), [1]);
            assert_eq!(lines_found("a.md", &format!("see docs{place}x")), [0; 0]);
        }
    }
}
