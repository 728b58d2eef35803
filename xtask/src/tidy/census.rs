//! `cargo xtask unsafe`: owns where the project's unsafe code is, how much there is, and why. The
//! table of it stands in a page, and tidy holds that to what is there: more is seen in a review.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::file::{File, Kind, line_of, words};
use super::listed;

/// Unsafe code of one room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Room {
    files: usize,
    /// Blocks and impls, each with its reason.
    acts: usize,
    /// Functions that are unsafe to call, or to be called by others.
    functions: usize,
}

/// One block or impl.
#[derive(Debug, PartialEq, Eq)]
struct Act {
    line: usize,
    reason: String,
}

/// Where the table stands, and between which lines.
const PAGE: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- begin unsafe -->\n";
const END: &str = "<!-- end unsafe -->";

/// Tells how much there is in each room below `top`, and with `list` every block with its reason;
/// `bless` writes it into the page.
pub fn run(top: &Path, list: bool, bless: bool) -> bool {
    let paths = match listed(top) {
        Ok(paths) => paths,
        Err(why) => {
            eprintln!("git ls-files: {why}");
            return false;
        }
    };
    let table = table(top, &paths, list);
    print!("{table}");
    !bless || write(top, &table)
}

/// What is wrong with the table in the page below `top`, if there is such a page.
pub fn check(top: &Path, paths: &BTreeSet<String>) -> Option<String> {
    let page = fs::read_to_string(top.join(PAGE)).ok()?;
    let told = parts(&page).map(|(_, told, _)| told);
    (told != Some(&table(top, paths, false))).then(|| {
        format!("{PAGE}: [unsafe] the table is not what is there: cargo xtask unsafe --bless")
    })
}

fn write(top: &Path, table: &str) -> bool {
    let place = top.join(PAGE);
    let page = fs::read_to_string(&place).unwrap_or_default();
    let Some((before, _, behind)) = parts(&page) else {
        eprintln!("{PAGE} has no place for it");
        return false;
    };
    fs::write(place, [before, table, behind].concat()).is_ok()
}

/// A page before, in and behind the place of the table.
fn parts(page: &str) -> Option<(&str, &str, &str)> {
    let from = page.find(BEGIN)? + BEGIN.len();
    let to = from + page[from..].find(END)?;
    Some((&page[..from], &page[from..to], &page[to..]))
}

/// The table, as Markdown; with `list` every block is told on the way.
fn table(top: &Path, paths: &BTreeSet<String>, list: bool) -> String {
    let mut rooms: BTreeMap<String, Room> = BTreeMap::new();
    for path in paths.iter().filter(|path| path.ends_with(".rs")) {
        let Ok(text) = fs::read_to_string(top.join(path)) else {
            continue;
        };
        let (acts, functions) = count(&File::new(path, &text));
        if acts.is_empty() && functions == 0 {
            continue;
        }
        let room = rooms.entry(room_of(path)).or_default();
        room.files += 1;
        room.acts += acts.len();
        room.functions += functions;
        for act in acts.iter().filter(|_| list) {
            println!("{path}:{}: {}", act.line, act.reason);
        }
    }
    let head = "| room | files | blocks and impls | functions |\n| --- | --- | --- | --- |\n";
    let row = |(name, room): (&String, &Room)| {
        format!("| `{name}` | {} | {} | {} |\n", room.files, room.acts, room.functions)
    };
    head.to_owned() + &rooms.iter().map(row).collect::<String>()
}

/// The blocks and impls of a file, and how many functions are unsafe.
fn count(file: &File<'_>) -> (Vec<Act>, usize) {
    if file.kind != Kind::Rust {
        return (Vec::new(), 0);
    }
    let (mut acts, mut functions) = (Vec::new(), 0);
    for at in words(&file.code, "unsafe") {
        let next = file.code[at + "unsafe".len()..].trim_start();
        if next.starts_with('{') || next.starts_with("impl") {
            let line = line_of(&file.code, at);
            acts.push(Act { line, reason: reason(file.text, line) });
        } else if next.starts_with("fn") || next.starts_with("extern") {
            functions += 1;
        }
    }
    (acts, functions)
}

/// The first line of the reason that stands nearest above `line`.
fn reason(text: &str, line: usize) -> String {
    let above: Vec<&str> = text.lines().take(line).collect();
    let said = above.iter().rev().find_map(|line| line.split_once("SAFETY:"));
    said.map(|(_, reason)| reason.trim().to_owned()).unwrap_or_default()
}

/// The folder that owns a file, two deep below `src`.
fn room_of(path: &str) -> String {
    let folders: Vec<&str> = path.split('/').collect();
    let deep = (folders.len() - 1).min(4);
    folders[..deep].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_impls_and_functions_are_told_apart() {
        let text = "// SAFETY: it is.\nunsafe { f() }\n// SAFETY: so too.\nunsafe impl Send for A \
                    {}\nunsafe fn g() {}\n// unsafe\ntype F = unsafe extern \"C\" fn();\n";
        let (acts, functions) = count(&File::new("server/src/plugins/a.rs", text));
        let acts: Vec<_> = acts.iter().map(|act| (act.line, act.reason.as_str())).collect();
        assert_eq!(acts, [(2, "it is."), (4, "so too.")]);
        assert_eq!(functions, 2);
    }

    #[test]
    fn more_than_the_page_tells_is_a_finding_until_it_is_blessed() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        fs::create_dir(top.join("docs")).unwrap();
        fs::write(top.join(PAGE), format!("A\n{BEGIN}{END}\nB\n")).unwrap();
        fs::write(top.join("a.rs"), "// SAFETY: it is.\nunsafe { f() }\n").unwrap();
        let paths = BTreeSet::from(["a.rs".to_owned()]);
        assert!(check(top, &paths).is_some_and(|why| why.contains("--bless")));
        assert!(write(top, &table(top, &paths, false)));
        assert_eq!(check(top, &paths), None);
        fs::write(top.join("a.rs"), "// SAFETY: it is.\nunsafe { f() }\nunsafe fn g() {}").unwrap();
        assert!(check(top, &paths).is_some());
    }

    #[test]
    fn a_room_is_a_folder() {
        assert_eq!(room_of("server/src/plugins/crash/writer.rs"), "server/src/plugins/crash");
        assert_eq!(room_of("server/src/plugins/call.rs"), "server/src/plugins");
        assert_eq!(room_of("protocol/crc/src/x86_64/wide.rs"), "protocol/crc/src/x86_64");
    }
}
