//! Every module opens with what it owns.

use super::file::{File, Finding, Kind, Rule};

/// Finds Rust files whose first line is not their documentation.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    let opens = file.text.lines().next().is_some_and(|line| line.starts_with("//! "));
    if file.kind != Kind::Rust || opens {
        return Vec::new();
    }
    vec![Finding::new(1, Rule::Opening, "the first line says what the module owns: `//! …`")]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(path: &str, text: &str) -> bool {
        check(&File::new(path, text)).is_empty()
    }

    #[test]
    fn a_module_opens_with_its_documentation() {
        assert!(passes("a.rs", "//! Owns this.\nfn f() {}\n"));
        assert!(!passes("a.rs", "fn f() {}\n"));
        assert!(!passes("a.rs", "//!\n//! Late.\n"));
        assert!(!passes("a.rs", ""));
        assert!(passes("a.c", "int x;\n"));
    }
}
