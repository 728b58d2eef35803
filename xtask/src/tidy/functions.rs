//! How long a function may be.

use super::file::{File, Finding, Kind, Rule, line_of, words};

/// From the line of its `fn` to the line of its closing brace.
const FUNCTION: usize = 70;

/// Finds functions with too many lines.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    let bodies = match file.kind {
        Kind::Rust => rust_functions(&file.code),
        Kind::C | Kind::Header => c_functions(&file.code),
        Kind::Markdown | Kind::Settings | Kind::Data => Vec::new(),
    };
    let mut found = Vec::new();
    for (begin, end) in bodies {
        let (first, last) = (line_of(&file.code, begin), line_of(&file.code, end));
        let lines = last - first + 1;
        if lines > FUNCTION {
            let message = format!("a function of {lines} lines, at most {FUNCTION}");
            found.push(Finding::new(first, Rule::FunctionSize, message));
        }
    }
    found
}

/// From each `fn` that has a name and a body to the brace that ends it.
fn rust_functions(code: &str) -> Vec<(usize, usize)> {
    let named = |at: &usize| {
        code[at + 2..].trim_start().starts_with(|c: char| c.is_alphabetic() || c == '_')
    };
    let body = |at: usize| Some((at, closing(code, opening(code, at)?)?));
    words(code, "fn").filter(named).filter_map(body).collect()
}

/// Where the body of the function at `at` opens; nothing for a declaration.
fn opening(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, c) in code[at..].char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return None,
            '{' if depth == 0 => return Some(at + offset),
            _ => {}
        }
    }
    None
}

/// The brace that closes the one at `open`.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + offset);
        }
    }
    None
}

/// In C a body is the brace behind a parameter list, outside any other.
fn c_functions(code: &str) -> Vec<(usize, usize)> {
    let mut bodies = Vec::new();
    let mut from = 0;
    while let Some(open) = code[from..].find('{').map(|at| from + at) {
        let Some(close) = closing(code, open) else {
            break;
        };
        let head = code[from..open].trim_end();
        let is_linkage = head.ends_with("extern");
        if head.ends_with(')') {
            let begin = from + head.rfind('\n').map_or(0, |at| at + 1);
            bodies.push((begin, close));
        }
        // `extern "C" {` wraps functions: look inside it.
        from = if is_linkage { open + 1 } else { close + 1 };
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_found(path: &str, text: &str) -> Vec<usize> {
        check(&File::new(path, text)).into_iter().map(|finding| finding.line).collect()
    }

    fn rust(lines: usize) -> String {
        format!("\nfn f(a: [u8; 3]) -> [u8; 3] {{\n{}}}\n", "    {}\n".repeat(lines - 2))
    }

    #[test]
    fn long_functions_are_found_and_short_ones_are_not() {
        assert_eq!(lines_found("a.rs", &rust(FUNCTION)), [0; 0]);
        assert_eq!(lines_found("a.rs", &rust(FUNCTION + 1)), [2]);
    }

    #[test]
    fn declarations_and_pointers_have_no_length() {
        let text = format!("trait T {{\n fn f();\n}}\ntype F = fn();\n{}", "\n{ }".repeat(100));
        assert_eq!(lines_found("a.rs", &text), [0; 0]);
    }

    #[test]
    fn braces_in_text_do_not_count() {
        let text = format!("fn f() {{ \"{{\"; }}\n{}", "\n}".repeat(100));
        assert_eq!(lines_found("a.rs", &text), [0; 0]);
    }

    #[test]
    fn c_is_held_to_the_same() {
        let c = |lines: usize| {
            format!("int x[] = {{1}};\nint f(void) {{\n{}}}", "\n".repeat(lines - 2))
        };
        assert_eq!(lines_found("a.c", &c(FUNCTION)), [0; 0]);
        assert_eq!(lines_found("a.c", &c(FUNCTION + 1)), [2]);
        assert_eq!(
            lines_found("a.c", &format!("struct s {{\n{}}};", "int x;\n".repeat(100))),
            [0; 0]
        );
    }
}
