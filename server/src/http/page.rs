//! The page: owns the one embedded file, its places to fill, and what it allows the browser.

use std::fmt::Write as _;

use hyper::header::HeaderValue;
use sha2::{Digest, Sha256};

use super::{Snapshot, tables};

const FILE: &str = include_str!("page.html");

/// The page, ready to be filled.
#[derive(Debug)]
pub(super) struct Page {
    policy: HeaderValue,
}

impl Default for Page {
    fn default() -> Self {
        let (style, script) = (hash(between("<style>", "</style>")), hash(between(SCRIPT, END)));
        let policy = format!(
            "default-src 'none'; script-src '{script}'; style-src '{style}'; \
             connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        let policy = HeaderValue::from_str(&policy).expect("hashes are Base64, the rest is ours");
        Self { policy }
    }
}

const SCRIPT: &str = "<script>";
const END: &str = "</script>";

impl Page {
    /// The page with everything in it that can be read without script.
    pub(super) fn render(&self, snapshot: &Snapshot) -> String {
        let mut page = FILE.to_owned();
        for (place, html) in tables::all(snapshot) {
            page = page.replacen(&format!("<!--{place}-->"), &html, 1);
        }
        page
    }

    /// The content security policy: this very style, this very script, and requests to nobody
    /// but this server.
    pub(super) fn policy(&self) -> HeaderValue {
        self.policy.clone()
    }
}

fn between(from: &str, to: &str) -> &'static str {
    let (_, behind) = FILE.split_once(from).expect("the embedded page has its parts");
    behind.split_once(to).expect("the embedded page has its parts").0
}

fn hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            if place > chunk.len() {
                text.push('=');
            } else {
                let letter = LETTERS[(group >> (18 - 6 * place)) as usize & 63];
                // Writing into a text cannot fail.
                let _ = write!(text, "{}", char::from(letter));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_the_standard_says() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn the_page_refers_to_nothing_outside_and_has_no_style_of_an_element() {
        for foreign in ["://", "src=", "@import", "url(", "style=", "onclick", "onload", "eval("] {
            assert!(!FILE.contains(foreign), "{foreign}");
        }
    }

    #[test]
    fn every_place_is_filled_once() {
        let snapshot = Snapshot::default();
        for (place, _) in tables::all(&snapshot) {
            assert_eq!(FILE.matches(&format!("<!--{place}-->")).count(), 1, "{place}");
            assert!(FILE.contains(&format!("id=\"{place}\"")), "{place}");
        }
        assert!(!Page::default().render(&snapshot).contains("<!--"));
    }
}
