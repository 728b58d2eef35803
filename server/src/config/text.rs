//! The texts that configuration is read from, and places in them.

use core::ops::Range;
use std::path::{Path, PathBuf};

use crate::diagnostics::Place;

/// Every text of one run of `load`: files, variables and options alike.
#[derive(Debug, Default)]
pub(super) struct Texts(Vec<Text>);

#[derive(Debug)]
struct Text {
    name: String,
    content: String,
    /// Where its lines end: places are made for each of thousands of routes.
    line_ends: Vec<usize>,
    base: PathBuf,
}

/// A text of a [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TextId(usize);

/// Some bytes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: TextId,
    pub(super) bytes: Range<usize>,
}

impl Texts {
    /// Takes in a text that a person knows as `name`; paths in it are relative to `base`.
    pub(super) fn add(&mut self, name: String, content: String, base: PathBuf) -> TextId {
        let line_ends = content.match_indices('\n').map(|(at, _)| at).collect();
        self.0.push(Text { name, content, line_ends, base });
        TextId(self.0.len() - 1)
    }

    /// What the text holds.
    pub(super) fn content(&self, id: TextId) -> &str {
        &self.0[id.0].content
    }

    /// The folder to which paths in the text are relative.
    pub(super) fn base(&self, id: TextId) -> &Path {
        &self.0[id.0].base
    }

    /// The span as a person is shown it.
    pub(super) fn place(&self, span: &Span) -> Place {
        let text = &self.0[span.text.0];
        Place::in_lines(&text.name, &text.content, &text.line_ends, span.bytes.clone())
    }
}
