//! The catalogue of diagnostic codes: one file a range, every code with its explanation.
//!
//! To add a code, append it to the file of its range with the next free number. A released number
//! keeps its meaning for ever.

#[macro_use]
mod catalogue;

pub mod authors;
pub mod config;
pub mod connections;
pub mod control;
pub mod listeners;
pub mod plugin_life;
pub mod plugins;
pub mod runtime;
pub mod start;

use crate::diagnostics::Code;

/// Every code of every range, in ascending order.
pub fn all() -> impl Iterator<Item = Code> {
    let ranges = [
        start::ALL,
        config::ALL,
        plugins::ALL,
        plugin_life::ALL,
        connections::ALL,
        runtime::ALL,
        listeners::ALL,
        control::ALL,
        authors::ALL,
    ];
    let mut codes: Vec<Code> = ranges.into_iter().flatten().copied().collect();
    codes.sort_by_key(|code| code.as_str());
    codes.into_iter()
}

/// The code that `text` names: `HF0103`, `hf0103`, `0103` and `103` are all understood.
#[must_use]
pub fn find(text: &str) -> Option<Code> {
    let wanted = canonical(text);
    all().find(|code| code.as_str() == wanted)
}

/// The codes whose names are nearest to `text`, at most three, the nearest first.
#[must_use]
pub fn nearest(text: &str) -> Vec<Code> {
    let wanted = canonical(text);
    let mut codes: Vec<_> = all()
        .map(|code| (strsim::damerau_levenshtein(code.as_str(), &wanted), code))
        .filter(|(distance, _)| *distance <= 2)
        .collect();
    codes.sort_by_key(|(distance, code)| (*distance, code.as_str()));
    codes.into_iter().take(3).map(|(_, code)| code).collect()
}

/// `text` in the form in which codes are written.
fn canonical(text: &str) -> String {
    let text = text.trim().to_ascii_uppercase();
    let digits = text.strip_prefix("HF").unwrap_or(&text);
    format!("HF{digits:0>4}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ascending_and_in_their_range() {
        let ranges = [
            ("HF00", start::ALL),
            ("HF01", config::ALL),
            ("HF02", plugins::ALL),
            ("HF02", plugin_life::ALL),
            ("HF02", connections::ALL),
            ("HF03", runtime::ALL),
            ("HF04", listeners::ALL),
            ("HF05", control::ALL),
            ("HF06", authors::ALL),
        ];
        for (prefix, range) in ranges {
            for code in range {
                let digits = code.as_str().strip_prefix(prefix).unwrap();
                assert!(digits.len() == 2 && digits.parse::<u8>().is_ok(), "{code}");
            }
        }
        let codes: Vec<_> = all().map(Code::as_str).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }

    #[test]
    fn every_code_is_explained() {
        for code in all() {
            assert!((8..=60).contains(&code.title().len()), "{code}: title");
            assert!(code.meaning().len() >= 40, "{code}: say what it means");
            assert!(code.mend().len() >= 20, "{code}: say how to mend it");
            assert!(code.example().len() >= 10, "{code}: give an example");
            assert!(!code.title().ends_with('.'), "{code}: a title is no sentence");
            for text in [code.meaning(), code.mend()] {
                assert!(text.ends_with('.'), "{code}: whole sentences: {text}");
                assert!(!text.contains("  "), "{code}: stray spaces: {text}");
            }
        }
    }

    #[test]
    fn every_defect_of_a_plugin_file_has_its_code_in_order() {
        let meant: Vec<_> = crate::plugins::Defect::ALL.iter().map(|d| d.code()).collect();
        // Told of otherwise than by refusing a file.
        let others = [
            plugins::METRIC_REFUSED,
            plugins::STATIC_TLS,
            plugins::SWITCHED_BACK,
            plugins::CRASHED,
            plugins::LOOP_HELD,
            plugins::TOO_SLOW,
            plugins::RECORD_UNUSABLE,
            plugin_life::CHANGES_LOST,
            connections::NOBODY_JUDGES,
            connections::BUFFERS_FULL,
        ];
        let is_listed =
            |code: &Code| code.as_str().starts_with("HF02") || *code == runtime::TOO_MANY_DRAIN;
        let listed = all().filter(is_listed);
        let listed = listed.filter(|code| !others.contains(code));
        assert_eq!(listed.collect::<Vec<_>>(), meant);
    }

    #[test]
    fn a_code_is_found_however_it_is_written() {
        for text in ["HF0101", "hf0101", "0101", "101", " Hf101 "] {
            assert_eq!(find(text), Some(config::UNKNOWN_KEY), "{text}");
        }
        assert_eq!(find("HF9999"), None);
        assert!(nearest("HF0110").contains(&find("HF0101").unwrap()));
        assert!(nearest("nonsense").is_empty());
    }
}
