//! Misspelt words: owns what counts as near enough to be meant.

/// The candidate that `word` was most likely meant to be: one that differs by a slip or two, or
/// else one that was written too short or too long.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |word: &str| word.to_ascii_lowercase().replace('-', "_");
    let given = plain(word);
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    let rank = |candidate: &str| {
        let candidate = plain(candidate);
        let distance = strsim::damerau_levenshtein(&given, &candidate);
        let shorter = given.len().min(candidate.len());
        let begins = candidate.starts_with(&given) || given.starts_with(&candidate);
        match distance {
            _ if distance <= allowed => Some(distance),
            _ if begins && shorter >= 3 => Some(allowed + distance),
            _ => None,
        }
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((rank(candidate)?, candidate)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`, each in back quotes.
pub(super) fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_mended_and_another_word_is_not() {
        let words = ["max_connections", "max_in_flight", "mode"];
        assert_eq!(nearest("max_conections", words), Some("max_connections"));
        assert_eq!(nearest("max-in-flight", words), Some("max_in_flight"));
        assert_eq!(nearest("Mode", words), Some("mode"));
        assert_eq!(nearest("max_conn", words), Some("max_connections"));
        assert_eq!(nearest("port", words), None);
    }

    #[test]
    fn alternatives_read_as_a_sentence() {
        assert_eq!(alternatives(&["a"]), "`a`");
        assert_eq!(alternatives(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
