//! The files of a new plugin.

use super::{Language, name, sdk};

/// A file of a new plugin.
#[derive(Debug)]
pub struct File {
    /// Where it lies in the plugin's folder.
    pub path: String,
    /// What it holds.
    pub content: String,
}

/// All files of a plugin of that name, the SDK's last.
pub fn files(name: &str, language: Language) -> Vec<File> {
    let fill = |template: &str| fill(template, name, language);
    let own: Vec<(String, &str)> = match language {
        Language::Rust => vec![
            ("Cargo.toml".into(), include_str!("template/rust/Cargo.toml.in")),
            ("src/lib.rs".into(), include_str!("template/rust/lib.rs.in")),
            (".gitignore".into(), include_str!("template/rust/gitignore.in")),
            ("sdk/Cargo.toml".into(), include_str!("template/rust/sdk.toml.in")),
        ],
        Language::C => vec![
            (format!("{name}.c"), include_str!("template/c/plugin.c.in")),
            ("Makefile".into(), include_str!("template/c/Makefile.in")),
            (".gitignore".into(), include_str!("template/c/gitignore.in")),
        ],
        Language::Cpp => vec![
            (format!("{name}.cpp"), include_str!("template/cpp/plugin.cpp.in")),
            ("Makefile".into(), include_str!("template/cpp/Makefile.in")),
            (".gitignore".into(), include_str!("template/c/gitignore.in")),
        ],
    };
    let shared = [
        ("frames.toml".to_owned(), include_str!("template/frames.toml.in")),
        ("README.md".to_owned(), include_str!("template/README.md.in")),
    ];
    let own = own.into_iter().chain(shared);
    let own = own.map(|(path, template)| File { path, content: fill(template) });
    let sdk = match language {
        Language::Rust => sdk::RUST,
        Language::C | Language::Cpp => sdk::HEADERS,
    };
    let sdk = sdk.iter().map(|(path, content)| File {
        path: format!("sdk/{path}"),
        content: (*content).to_owned(),
    });
    own.chain(sdk).collect()
}

/// Puts into a template what stands for its `{{…}}`.
fn fill(template: &str, plugin: &str, language: Language) -> String {
    let library = plugin.replace('-', "_");
    let (source, build, library, sdk) = match language {
        Language::Rust => (
            "src/lib.rs".to_owned(),
            "cargo test\ncargo build --release",
            format!("target/release/lib{library}.so"),
            "the SDK that it is built with, which needs no network",
        ),
        Language::C => (format!("{plugin}.c"), "make", format!("build/lib{plugin}.so"), HEADER),
        Language::Cpp => (format!("{plugin}.cpp"), "make", format!("build/lib{plugin}.so"), HEADER),
    };
    let type_name = name::as_type(plugin);
    let words = [
        ("{{name}}", plugin),
        ("{{type}}", &type_name),
        ("{{version}}", env!("CARGO_PKG_VERSION")),
        ("{{language}}", language.shown()),
        ("{{source}}", &source),
        ("{{build}}", build),
        ("{{library}}", &library),
        ("{{sdk}}", sdk),
        ("{{command}}", language.command()),
        ("{{features}}", self::sdk::FEATURES.trim_end()),
    ];
    words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value))
}

const HEADER: &str = "the header that it is built with: all there is to know is in it";
