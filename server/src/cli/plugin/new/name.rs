//! Which names a new plugin may have.

use super::Language;
use crate::plugins::{BUILTIN, is_name};

/// What cargo or the compiler would not take for a library.
const TAKEN_BY_RUST: [&str; 49] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "type",
    "use",
];

/// Refuses a name that no plugin could have, or not in that language.
///
/// # Errors
/// What is wrong with it.
pub fn check(name: &str, language: Language) -> Result<(), String> {
    if !is_name(name) {
        return Err(format!("`{}` cannot be the name of a plugin", name.escape_debug()));
    }
    if name == BUILTIN {
        return Err(format!("`{name}` is the server's own plugin"));
    }
    if language == Language::Rust && TAKEN_BY_RUST.contains(&name) {
        return Err(format!("`{name}` is a word of Rust's own, which no crate may be called by"));
    }
    if language == Language::Rust && name == "hotframe-plugin-api" {
        return Err(format!("`{name}` is the SDK's own name"));
    }
    Ok(())
}

/// `my-plugin` as a type: `MyPlugin`.
pub fn as_type(name: &str) -> String {
    let words = name.split(['-', '_']);
    let type_name: String = words
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect();
    // What the prelude of the SDK brings along, and what every file has.
    match type_name.as_str() {
        "Code" | "Create" | "Error" | "Host" | "Level" | "Outcome" | "Plugin" | "Reason"
        | "Reply" | "Request" | "TimerId" | "Token" | "TokenId" | "Option" | "Result"
        | "String" | "Vec" | "Box" | "Self" | "Ok" | "Err" | "Some" | "None" => {
            format!("{type_name}Plugin")
        }
        _ => type_name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_route_or_compiler_takes_are_refused() {
        for name in
            ["", "Echo", "9lives", "a b", "a.b", "../x", "builtin", "naïve", &"x".repeat(65)]
        {
            assert!(check(name, Language::C).is_err(), "{name}");
        }
        assert!(check("fn", Language::Rust).is_err() && check("fn", Language::C).is_ok());
        for name in ["echo", "my-plugin", "a_1"] {
            assert_eq!(check(name, Language::Rust), Ok(()), "{name}");
        }
    }

    #[test]
    fn types_are_camels_and_hide_nothing_of_the_sdk() {
        assert_eq!(as_type("my-plug_in"), "MyPlugIn");
        assert_eq!(as_type("a1-2"), "A12");
        assert_eq!(as_type("token"), "TokenPlugin");
    }
}
