//! The control socket from a client's side: a request line out, an answer line in.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::wait::DEADLINE;

/// Where a server takes an operator's requests.
#[derive(Clone, Debug)]
pub struct Control {
    socket: PathBuf,
}

impl Control {
    /// Asks at the socket with this path.
    #[must_use]
    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_path_buf() }
    }

    /// Sends one request and returns its result, or the server's error.
    ///
    /// # Errors
    /// The error object of an answer that says `"ok": false`.
    pub fn request(&self, request: &Value) -> Result<Value, Value> {
        let mut stream = UnixStream::connect(&self.socket).expect("the control socket accepts");
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        writeln!(stream, "{request}").unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("an answer before the deadline");
        let mut answer: Value = serde_json::from_str(&line).expect("the answer is JSON");
        match answer["ok"].as_bool() {
            Some(true) => Ok(answer["result"].take()),
            Some(false) => Err(answer["error"].take()),
            None => panic!("an answer says whether it is `ok`: {line}"),
        }
    }

    /// The result of a verb without arguments, which must succeed.
    #[must_use]
    pub fn ask(&self, verb: &str) -> Value {
        self.request(&json!({ "verb": verb })).expect("the server grants it")
    }

    /// The row of one plugin; none while the server does not know it.
    #[must_use]
    pub fn plugin(&self, name: &str) -> Option<Value> {
        self.row("plugins", "name", name)
    }

    /// The row of one route, by its number as in `0x0100`, or `default`.
    #[must_use]
    pub fn route(&self, command: &str) -> Option<Value> {
        self.row("routes", "command", command)
    }

    fn row(&self, verb: &str, key: &str, value: &str) -> Option<Value> {
        let rows = self.ask(verb);
        let rows = rows.as_array().expect("a list");
        rows.iter().find(|row| row[key] == value).cloned()
    }
}
