//! The zoo: tables of all that can be wrong and is refused, written into a document by the tests
//! that try it.

use std::fs;

use crate::build::repository;

/// Holds the table called `name` in `docs/reliability.md` to these rows; with `HOTFRAME_BLESS=1`
/// writes it anew. The first row is the heading.
pub fn hold_table(name: &str, rows: &[Vec<String>]) {
    let place = repository().join("docs/reliability.md");
    let text = fs::read_to_string(&place).unwrap();
    let new = with_table(&text, name, rows);
    if std::env::var_os("HOTFRAME_BLESS").is_some() {
        fs::write(&place, new).unwrap();
    } else {
        assert!(text == new, "the table {name} is not what was tried (HOTFRAME_BLESS=1 mends it)");
    }
}

/// `text` with this table in the place between its marks.
fn with_table(text: &str, name: &str, rows: &[Vec<String>]) -> String {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let (before, rest) = text.split_once(&begin).expect("the document has the place");
    let (_, after) = rest.split_once(&end).expect("the place has its end");
    let line = |row: &Vec<String>| format!("| {} |\n", row.join(" | "));
    let mut table: String = rows.iter().take(1).map(line).collect();
    let rule = rows.first().map(|row| vec!["---".to_owned(); row.len()]);
    table.extend(rule.iter().map(line));
    table.extend(rows.iter().skip(1).map(line));
    format!("{before}{begin}{table}{end}{after}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    /// The codes that must be found in the files of a folder of mistakes, by the file's name.
    fn mistakes(folder: &Path) -> BTreeMap<String, Vec<String>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "expected") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let mut codes: Vec<String> = text.split('[').filter_map(code).collect();
            codes.sort();
            codes.dedup();
            let name = path.file_stem().unwrap().to_string_lossy().replace('_', " ");
            found.insert(name, codes);
        }
        found
    }

    /// The code that `text` begins with, as a report has it: `HF0101]`.
    fn code(text: &str) -> Option<String> {
        let (code, _) = text.split_once(']')?;
        (code.len() == 6 && code.starts_with("HF")).then(|| code.to_owned())
    }

    #[test]
    fn the_mistakes_of_configuration_are_those_that_are_planted() {
        let mut rows = vec![["file", "mistake", "codes"].map(str::to_owned).to_vec()];
        for (kind, file) in [
            ("settings", "`hotframe.toml`"),
            ("commands", "`commands.toml`"),
            ("both", "both, options, profiles"),
        ] {
            let folder = repository().join("tests/fixtures/mistakes").join(kind);
            let found = mistakes(&folder);
            assert!(found.len() >= 5 && found.values().all(|codes| !codes.is_empty()), "{kind}");
            rows.extend(
                found
                    .into_iter()
                    .map(|(name, codes)| vec![file.to_owned(), name, codes.join(", ")]),
            );
        }
        assert!(rows.len() > 70, "{}", rows.len());
        hold_table("zoo of configuration", &rows);
    }

    #[test]
    fn a_table_takes_the_place_of_the_one_before() {
        let row = |text: &str| vec![text.to_owned()];
        let text = "a\n<!-- begin t -->\nold\n<!-- end t -->\nb\n";
        let new = with_table(text, "t", &[row("h"), row("x")]);
        assert_eq!(new, "a\n<!-- begin t -->\n| h |\n| --- |\n| x |\n<!-- end t -->\nb\n");
        assert_eq!(with_table(&new, "t", &[row("h"), row("x")]), new);
    }
}
