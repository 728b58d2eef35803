//! Who may name whom: holds the arrows between the rooms, in code and in manifests.

use super::file::{File, Finding, Kind, Rule, line_of, words};

/// What one room must not know.
struct Room {
    /// From the top of the repository, with a `/` at its end.
    folder: &'static str,
    /// Crates its code never names, tests apart.
    never: &'static [&'static str],
    /// All that its manifest may depend on; nothing here means anything but `never`.
    may_depend: Option<&'static [&'static str]>,
}

/// A room inside another stands before it.
const ROOMS: &[Room] = &[
    Room {
        folder: "protocol/crc/",
        never: &["alloc", "hotframe_protocol", "hotframe_core"],
        may_depend: Some(&["crc"]),
    },
    Room {
        folder: "protocol/",
        never: &["std", "alloc"],
        may_depend: Some(&["crc", "hotframe-crc"]),
    },
    Room {
        folder: "server/core/",
        never: &["std", "mio", "libloading", "toml", "log", "hotframe_plugin_api"],
        may_depend: Some(&["hotframe-protocol", "slab", "bytes"]),
    },
    Room {
        folder: "plugin-api/",
        never: &["hotframe_protocol", "hotframe_core", "hotframe_server", "hotframe_client"],
        may_depend: None,
    },
    Room {
        folder: "plugins/",
        never: &["hotframe_protocol", "hotframe_core", "hotframe_server", "hotframe_client"],
        may_depend: None,
    },
    Room {
        folder: "client/",
        never: &["hotframe_core", "hotframe_server", "hotframe_plugin_api", "mio"],
        may_depend: None,
    },
];

/// Finds code that names a crate it must not know, and manifests that depend on one.
pub fn check(file: &File<'_>) -> Vec<Finding> {
    let Some(room) = ROOMS.iter().find(|room| file.path.starts_with(room.folder)) else {
        return Vec::new();
    };
    if file.path.ends_with("Cargo.toml") {
        manifest(file, room)
    } else if file.kind == Kind::Rust && file.path[room.folder.len()..].starts_with("src/") {
        code(file, room)
    } else {
        Vec::new()
    }
}

fn code(file: &File<'_>, room: &Room) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in room.never {
        for at in words(&file.code, name) {
            let line = line_of(&file.code, at);
            let is_path = file.code[at + name.len()..].starts_with("::");
            if is_path && line < file.tests_begin() {
                found.push(finding(line, room, name));
            }
        }
    }
    found
}

fn manifest(file: &File<'_>, room: &Room) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut table = "";
    for (at, line) in file.text.lines().enumerate() {
        if line.starts_with('[') {
            table = line.trim();
        }
        let Some((key, _)) = line.split_once('=').filter(|_| table == "[dependencies]") else {
            continue;
        };
        let name = key.trim().split('.').next().unwrap_or("");
        let banned = room.never.contains(&name.replace('-', "_").as_str());
        let unlisted = room.may_depend.is_some_and(|allowed| !allowed.contains(&name));
        if banned || unlisted {
            found.push(finding(at + 1, room, name));
        }
    }
    found
}

fn finding(line: usize, room: &Room, name: &str) -> Finding {
    let message = format!("`{}` must not know `{name}`", room.folder.trim_end_matches('/'));
    Finding::new(line, Rule::Directions, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_found(path: &str, text: &str) -> Vec<usize> {
        check(&File::new(path, text)).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn code_may_not_go_against_an_arrow() {
        assert_eq!(lines_found("server/core/src/a.rs", "use core::fmt;\nuse std::io;\n"), [2]);
        assert_eq!(lines_found("server/src/a.rs", "use std::io;\n"), [0; 0]);
        assert_eq!(lines_found("plugin-api/src/a.rs", "fn f(a: hotframe_protocol::A) {}\n"), [1]);
        assert_eq!(lines_found("protocol/src/a.rs", "// std::io\nlet std = 1;\n"), [0; 0]);
    }

    #[test]
    fn tests_are_free() {
        let text = "use core::fmt;\n#[cfg(test)]\nmod tests {\n    use std::io;\n}\n";
        assert_eq!(lines_found("server/core/src/a.rs", text), [0; 0]);
        assert_eq!(lines_found("server/core/tests/a.rs", "use std::io;\n"), [0; 0]);
        assert_eq!(lines_found("protocol/examples/a.rs", "use std::io;\n"), [0; 0]);
    }

    #[test]
    fn manifests_may_not_either() {
        let text =
            "[dependencies]\ncrc = \"3\"\nmio.workspace = true\n\n[dev-dependencies]\nx = 1\n";
        assert_eq!(lines_found("protocol/Cargo.toml", text), [3]);
        let text = "[dependencies]\nserde = \"1\"\nhotframe-core = { workspace = true }\n";
        assert_eq!(lines_found("plugins/echo/Cargo.toml", text), [3]);
    }
}
