//! `hotframe hash`: owns how the hash of a credential is made for the clients file.

use std::io::{IsTerminal, Read, Write};

use super::Exit;
use crate::auth::make_hash;

/// A credential fits a HELLO beside the client's id and a zero byte.
const MOST_BYTES: usize = 253;

/// Runs `hotframe hash`: reads the secret from standard input and prints its hash.
#[must_use]
pub fn run() -> Exit {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("type the secret, end it with Enter and Ctrl-D; it is shown as you type");
    }
    let mut secret = Vec::new();
    // One byte more than fits shows that there is too much.
    let read = input.by_ref().take(MOST_BYTES as u64 + 3).read_to_end(&mut secret);
    let line = secret.strip_suffix(b"\n").unwrap_or(&secret);
    let secret = line.strip_suffix(b"\r").unwrap_or(line);
    let made = match read {
        Err(error) => Err(format!("the secret cannot be read: {error}")),
        Ok(_) if secret.is_empty() => Err("there is no secret on standard input".to_owned()),
        Ok(_) if secret.len() > MOST_BYTES => {
            Err(format!("a secret of more than {MOST_BYTES} bytes does not fit a HELLO"))
        }
        Ok(_) => make_hash(secret),
    };
    match made {
        Ok(hash) => {
            let mut out = std::io::stdout().lock();
            let _reader_gone = writeln!(out, "{hash}");
            Exit::Good
        }
        Err(why) => {
            eprintln!("error: {why}\n  help: printf %s 'the secret' | hotframe hash");
            Exit::Failed
        }
    }
}
