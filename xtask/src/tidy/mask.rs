//! Blanks what is not code: owns just enough of the lexical rules of Rust and C to tell
//! comments, strings and characters from the rest.

/// `text` with every comment, string and character literal replaced by spaces. Lines keep
/// their number, so a place in the result is a place in the text.
pub fn mask(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(&first) = rest.first() {
        let in_word = out.last().is_some_and(|&last| is_word(last));
        let hidden = hidden_len(rest, in_word);
        if hidden == 0 {
            out.push(first);
            rest = &rest[1..];
        } else {
            let blank = |&byte: &u8| if byte == b'\n' { byte } else { b' ' };
            out.extend(rest[..hidden].iter().map(blank));
            rest = &rest[hidden..];
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of the comment or literal that `rest` begins with; 0 if it begins with code.
fn hidden_len(rest: &[u8], in_word: bool) -> usize {
    match rest {
        [b'/', b'/', ..] => until(rest, b"\n", 0),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => quoted(rest, b'"'),
        [b'\'', ..] => character(rest),
        [b'r' | b'b' | b'c', ..] if !in_word => raw_string(rest),
        _ => 0,
    }
}

/// The offset of `end` at or after `from`; the whole length if it never comes.
fn until(rest: &[u8], end: &[u8], from: usize) -> usize {
    let at = rest[from..].windows(end.len()).position(|window| window == end);
    at.map_or(rest.len(), |at| from + at)
}

/// A block comment with those nested in it.
fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
            }
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// A literal between two `quote`s, in which a backslash hides the byte behind it.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character literal; 0 for the lifetime that also begins with a quote.
fn character(rest: &[u8]) -> usize {
    match rest.get(1) {
        Some(b'\\') => quoted(rest, b'\''),
        Some(_) => {
            let width = rest[2..].iter().take_while(|&&byte| byte & 0xC0 == 0x80).count();
            if rest.get(2 + width) == Some(&b'\'') { 3 + width } else { 0 }
        }
        None => 0,
    }
}

/// A raw string of Rust, with its `b` or `c` in front if it has one; 0 if there is none.
fn raw_string(rest: &[u8]) -> usize {
    let kind = usize::from(matches!(rest[0], b'b' | b'c'));
    if rest.get(kind) != Some(&b'r') {
        return 0;
    }
    let hashes = rest[kind + 1..].iter().take_while(|&&byte| byte == b'#').count();
    let open = kind + 1 + hashes;
    if rest.get(open) != Some(&b'"') {
        return 0;
    }
    let mut end = vec![b'#'; hashes + 1];
    end[0] = b'"';
    (until(rest, &end, open + 1) + end.len()).min(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of `text` when its blanks are squeezed.
    fn left(text: &str) -> String {
        mask(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn code_stays() {
        let code = "fn f<'a>(x: &'a str) -> &'a [u8; 3] { x }";
        assert_eq!(mask(code), code);
        assert_eq!(mask("let r = bar; cr = 1;"), "let r = bar; cr = 1;");
    }

    #[test]
    fn comments_go() {
        assert_eq!(left("a // unsafe { \" \nb"), "a b");
        assert_eq!(left("a /* { /* { */ { */ b"), "a b");
        assert_eq!(left("a /* never closed"), "a");
    }

    #[test]
    fn literals_go() {
        assert_eq!(left(r#"a "{ \" {" b"#), "a b");
        assert_eq!(left(r##"a r#"{ " { \"# b"##), "a b");
        assert_eq!(left(r##"a br#"{"# b"##), "a b");
        assert_eq!(left(r"a '{' b '\'' c '\u{7B}' d 'ß' e"), "a b c d e");
    }

    #[test]
    fn lines_keep_their_number() {
        let text = "a /* 1\n2 */ b\n\"3\n4\" c";
        assert_eq!(mask(text).lines().count(), text.lines().count());
        assert!(mask(text).lines().nth(3).unwrap().ends_with(" c"));
    }
}
