//! What must come of a frame, and how what came differs from it.

use serde::Deserialize;

use crate::cli::bytes::{readable, spaced};
use crate::plugins::Came;

/// What must come of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// A reply, whatever it is.
    AnyReply,
    /// A reply like this.
    Reply(Shape),
    /// An error with this code and, if that matters, this text.
    Error(u16, Option<String>),
    /// Nothing: it is an event.
    Nothing,
}

/// What is known of a reply's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// All of it.
    Exactly(Vec<u8>),
    /// Its beginning, its end and its length, where they matter.
    Parts { starts: Vec<u8>, ends: Vec<u8>, length: Option<usize> },
}

/// `reply = …`: a text, or a table of parts.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text, or a table with `starts`, `ends` or `length`")]
pub enum Parts {
    /// All of it.
    Whole(String),
    /// What is known of it.
    Table(PartsTable),
}

/// The table of a reply's parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartsTable {
    starts: Option<String>,
    ends: Option<String>,
    length: Option<usize>,
}

/// `error = …`: a code, or a table of code and message.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a code such as 1001, or a table with `code` and `message`")]
pub enum Wanted {
    /// Its code.
    Code(u16),
    /// Its code and its text.
    Table(WantedTable),
}

/// The table of an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedTable {
    code: u16,
    message: Option<String>,
}

impl Parts {
    /// The shape that is meant; `read` turns a text into its bytes.
    pub fn read(self, read: &impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<Shape, String> {
        match self {
            Self::Whole(text) => read(&text).map(Shape::Exactly),
            Self::Table(PartsTable { starts, ends, length }) => Ok(Shape::Parts {
                starts: read(&starts.unwrap_or_default())?,
                ends: read(&ends.unwrap_or_default())?,
                length,
            }),
        }
    }
}

impl Wanted {
    /// The expectation that is meant.
    pub fn read(self) -> Result<Expectation, String> {
        let (code, message) = match self {
            Self::Code(code) => (code, None),
            Self::Table(WantedTable { code, message }) => (code, message),
        };
        match code {
            1000..=2999 => Ok(Expectation::Error(code, message)),
            _ => Err(format!("an error's code lies between 1000 and 2999, and {code} does not")),
        }
    }
}

impl Expectation {
    /// How what came differs; `None` if it is what must come.
    pub fn difference(&self, came: &Came) -> Option<String> {
        match (self, came) {
            (_, Came::NoHandler) => {
                Some("there is no such handler: `hotframe plugin inspect` lists them".into())
            }
            (_, Came::Late) => Some("no answer came in time".into()),
            (_, Came::Closed) => Some("the connection was closed without an answer".into()),
            (Self::AnyReply, Came::Reply(_)) | (Self::Nothing, Came::Nothing) => None,
            (Self::Reply(shape), Came::Reply(data)) => shape.difference(data),
            (Self::Error(code, text), Came::Error(came, said)) => {
                error_difference(*code, text.as_deref(), *came, said)
            }
            (Self::Error(..), _) => Some("an error was expected".into()),
            (Self::AnyReply | Self::Reply(_), _) => Some("a reply was expected".into()),
            (Self::Nothing, _) => Some("an event is not answered".into()),
        }
    }

    /// The expectation, for people.
    pub fn shown(&self) -> String {
        match self {
            Self::AnyReply => "a reply".to_owned(),
            Self::Nothing => "nothing".to_owned(),
            Self::Reply(shape) => format!("reply {}", shape.shown()),
            Self::Error(code, None) => format!("error {code}"),
            Self::Error(code, Some(text)) => format!("error {code} {text:?}"),
        }
    }
}

impl Shape {
    /// How the data differs; `None` if it is as it should be.
    pub fn difference(&self, data: &[u8]) -> Option<String> {
        match self {
            Self::Exactly(wanted) => differ(wanted, data),
            Self::Parts { length: Some(length), .. } if data.len() != *length => {
                Some(format!("it has {} bytes, not {length}", data.len()))
            }
            Self::Parts { starts, .. } if !data.starts_with(starts) => {
                Some("it begins otherwise".into())
            }
            Self::Parts { ends, .. } if !data.ends_with(ends) => Some("it ends otherwise".into()),
            Self::Parts { .. } => None,
        }
    }

    /// The shape, for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Exactly(data) => shown(data),
            Self::Parts { starts, ends, length } => {
                let mut words = Vec::new();
                if !starts.is_empty() {
                    words.push(format!("that begins with {}", shown(starts)));
                }
                if !ends.is_empty() {
                    words.push(format!("that ends with {}", shown(ends)));
                }
                words.extend(length.map(|length| format!("of {length} bytes")));
                words.join(", ")
            }
        }
    }
}

/// What came, for people.
pub fn came(came: &Came) -> String {
    match came {
        Came::Reply(data) => format!("reply {}", shown(data)),
        Came::Error(code, text) => format!("error {code} {text:?}"),
        Came::Nothing | Came::Late | Came::Closed | Came::NoHandler => "nothing".to_owned(),
    }
}

/// Data as text if it is some, else in hex with what can be read of it.
pub fn shown(data: &[u8]) -> String {
    let text = readable(data);
    match text.starts_with('"') {
        true => text,
        false => format!("{}  {text}", spaced(data)),
    }
}

fn differ(wanted: &[u8], data: &[u8]) -> Option<String> {
    if wanted == data {
        return None;
    }
    let at = wanted.iter().zip(data).position(|(wanted, byte)| wanted != byte);
    let place = match at {
        Some(at) => format!("byte {} is {:02X}, not {:02X}", at + 1, data[at], wanted[at]),
        None => format!("it is the same as far as byte {}", wanted.len().min(data.len())),
    };
    match wanted.len() == data.len() {
        true => Some(place),
        false => Some(format!("{place}; it has {} bytes, not {}", data.len(), wanted.len())),
    }
}

fn error_difference(code: u16, text: Option<&str>, came: u16, said: &str) -> Option<String> {
    match text {
        _ if code != came => Some(format!("its code is {came}, not {code}")),
        Some(text) if text != said => Some("its text is another".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_differs_by_its_first_byte_or_its_length() {
        let wanted = Expectation::Reply(Shape::Exactly(b"hello".to_vec()));
        let told = |data: &[u8]| wanted.difference(&Came::Reply(data.to_vec()));
        assert_eq!(told(b"hello"), None);
        assert_eq!(told(b"hallo").unwrap(), "byte 2 is 61, not 65");
        assert!(told(b"hell").unwrap().ends_with("byte 4; it has 4 bytes, not 5"));
        let came = wanted.difference(&Came::Error(2001, String::new()));
        assert_eq!(came.unwrap(), "a reply was expected");
    }

    #[test]
    fn parts_are_judged_one_by_one() {
        let parts = |starts: &str, ends: &str, length| Shape::Parts {
            starts: starts.into(),
            ends: ends.into(),
            length,
        };
        assert_eq!(parts("he", "lo", Some(5)).difference(b"hello"), None);
        assert!(parts("ha", "", None).difference(b"hello").unwrap().contains("begins"));
        assert!(parts("", "la", None).difference(b"hello").unwrap().contains("ends"));
        assert!(parts("", "", Some(4)).difference(b"hello").unwrap().contains("5 bytes"));
    }

    #[test]
    fn an_error_is_known_by_its_code_and_by_its_text_where_that_is_said() {
        let code = Expectation::Error(1100, None);
        assert_eq!(code.difference(&Came::Error(1100, "any".into())), None);
        assert!(code.difference(&Came::Error(1001, "any".into())).is_some());
        let text = Expectation::Error(1100, Some("sold out".into()));
        assert!(text.difference(&Came::Error(1100, "any".into())).is_some());
        for came in [Came::Late, Came::Closed, Came::NoHandler] {
            assert!(Expectation::Nothing.difference(&came).is_some());
        }
        assert_eq!(Expectation::Nothing.difference(&Came::Nothing), None);
    }
}
