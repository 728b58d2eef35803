//! TOML as our own owned tree: every key and value with its span, in the order of the file.

use core::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::config::text::{Span, TextId};

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// A whole number; what does not fit is the nearest that does, which no range admits.
    Whole(i128),
    Float(f64),
    Bool(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) node: Node,
}

impl Node {
    /// What kind of value it is, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "text",
            Value::Whole(_) => "a whole number",
            Value::Float(_) => "a number with a fraction",
            Value::Bool(_) => "true or false",
            Value::Date(_) => "a date",
            Value::List(_) => "an array",
            Value::Table(_) => "a table",
        }
    }
}

impl Table {
    /// The entry of `key`.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The entry of a dotted key; `None` also when something on the way is no table.
    pub(super) fn find(&self, dotted: &str) -> Option<&Entry> {
        match dotted.split_once('.') {
            None => self.entry(dotted),
            Some((first, rest)) => match &self.entry(first)?.node.value {
                Value::Table(table) => table.find(rest),
                _ => None,
            },
        }
    }
}

/// The tree of a parsed table whose spans begin at byte `offset` of `text`.
pub(super) fn table(parsed: &DeTable<'_>, text: TextId, offset: usize) -> Table {
    let mut entries: Vec<_> = parsed
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: span(text, key.span(), offset),
            node: node(value.get_ref(), text, value.span(), offset),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.bytes.start);
    Table { entries }
}

/// The tree of one parsed value.
pub(super) fn node(parsed: &DeValue<'_>, text: TextId, bytes: Range<usize>, offset: usize) -> Node {
    let value = match parsed {
        DeValue::String(string) => Value::Text(string.to_string()),
        DeValue::Integer(whole) => Value::Whole(number(whole.as_str(), whole.radix())),
        DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(
            items.iter().map(|item| node(item.get_ref(), text, item.span(), offset)).collect(),
        ),
        DeValue::Table(inner) => Value::Table(table(inner, text, offset)),
    };
    Node { span: span(text, bytes, offset), value }
}

fn number(digits: &str, radix: u32) -> i128 {
    let overflow = match digits.strip_prefix('-') {
        Some(_) => i128::MIN,
        None => i128::MAX,
    };
    i128::from_str_radix(digits, radix).unwrap_or(overflow)
}

fn span(text: TextId, bytes: Range<usize>, offset: usize) -> Span {
    Span { text, bytes: bytes.start + offset..bytes.end + offset }
}
