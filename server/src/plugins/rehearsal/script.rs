//! Owns what the two ends of a rehearsal say to each other: a script, and words, one a line.
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The longest word: a reply in hex is far shorter, and so is a line of the log.
const MAX_WORD: u64 = 1 << 20;

/// What is to be done with a plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its configuration, the text of a JSON object.
    pub config: String,
    /// What is asked of it, in order. `None`: it is loaded and asked what it offers, and no
    /// instance is made.
    pub steps: Option<Vec<Step>>,
    /// More copies of the library, one for each reload.
    pub copies: Vec<PathBuf>,
}

/// One request or event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The handler, without the plugin's name.
    pub handler: String,
    /// The device's address.
    pub address: u8,
    /// Which of the script's connections it comes on.
    pub connection: u8,
    /// Nothing is sent back.
    pub is_event: bool,
    /// Its data.
    pub data: Vec<u8>,
    /// How long the answer may take, in milliseconds.
    pub within_ms: u64,
    /// Before it a fresh instance, in a library mapped anew, takes the place of the one that
    /// serves, with the state of that.
    pub reload: bool,
    /// What the plugin is to push meanwhile.
    pub pushes: Vec<Awaited>,
}

/// A frame that the plugin is to push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// To which of the script's connections.
    pub connection: u8,
    /// The command without its kind.
    pub number: u16,
    /// What is replied to it, if it is a request.
    pub answer: Option<Vec<u8>>,
}

/// A frame that the plugin has pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedFrame {
    /// To which of the script's connections.
    pub connection: u8,
    /// The command without its kind.
    pub number: u16,
    /// Whether it wants an answer.
    pub is_request: bool,
    /// Its data.
    pub data: Vec<u8>,
}

/// What the plugin's process says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// It is loaded, and offers these.
    Offers(Vec<Offer>),
    /// It is refused, with a code and a sentence.
    Refused(String, String),
    /// An instance serves.
    Serves,
    /// The step with this index begins.
    Begins(usize),
    /// The plugin has pushed a frame.
    Pushed(PushedFrame),
    /// What came of it, and after how many microseconds.
    Came(usize, Came, u64),
    /// The plugin has logged something, at a level.
    Logged(String, String),
    /// The instance is about to be destroyed.
    Leaves,
    /// It cannot be unmapped, and why.
    Stays(String),
    /// All is over, and nothing has ended the process before.
    Ended,
}

/// One handler that a plugin offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Without the plugin's name.
    pub name: String,
    /// The command that it suggests.
    pub default_command: Option<u16>,
    /// The shortest data that it takes.
    pub min_len: u8,
    /// The longest data that it takes.
    pub max_len: u8,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// A reply, with its data.
    Reply(Vec<u8>),
    /// An error, with its code and its text.
    Error(u16, String),
    /// Nothing, which is right for an event.
    Nothing,
    /// Nothing in time.
    Late,
    /// The connection was closed without an answer.
    Closed,
    /// There is no such handler.
    NoHandler,
}

impl Script {
    /// For how long nothing may be heard once `word` was.
    pub fn patience_after(&self, word: &Word, patience: Duration) -> Duration {
        let begun = match word {
            Word::Begins(index) => self.steps.as_ref().and_then(|steps| steps.get(*index)),
            _ => None,
        };
        patience + begun.map_or(Duration::ZERO, |step| Duration::from_millis(step.within_ms))
    }
}

/// The words of a stream, until it ends or says something else.
pub(super) fn words(stream: impl Read) -> impl Iterator<Item = Word> {
    let mut stream = BufReader::new(stream);
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        stream.by_ref().take(MAX_WORD).read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice(line.strip_suffix(b"\n")?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_until_the_stream_breaks_off() {
        let said = [Word::Serves, Word::Came(3, Came::Error(1100, "no\nnone".into()), 7)];
        let mut text = said
            .iter()
            .fold(String::new(), |text, word| text + &serde_json::to_string(word).unwrap() + "\n");
        text.push_str("\"Serv");
        assert_eq!(words(text.as_bytes()).collect::<Vec<_>>(), said);
        assert_eq!(words(&b"plain words\n\"Ended\"\n"[..]).count(), 0);
    }

    #[test]
    fn a_step_is_given_its_own_time_on_top() {
        let step = |within_ms| Step {
            handler: "h".into(),
            address: 1,
            connection: 1,
            is_event: false,
            data: Vec::new(),
            within_ms,
            reload: false,
            pushes: Vec::new(),
        };
        let steps = Some(vec![step(1), step(2000)]);
        let script = Script { config: "{}".into(), steps, copies: Vec::new() };
        let second = Duration::from_secs(1);
        assert_eq!(script.patience_after(&Word::Begins(1), second), 3 * second);
        assert_eq!(script.patience_after(&Word::Begins(9), second), second);
        assert_eq!(script.patience_after(&Word::Leaves, second), second);
    }
}
