//! The number of a handler's command, from the server that is running.
//!
//! The control socket takes one JSON line and answers with one.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::command::number;
use crate::cli::failure::{Failure, Sort};

/// An answer is at most so long; a full table of routes has some 16,000 rows.
const MAX_ANSWER: u64 = 16 << 20;

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    #[serde(default)]
    result: Vec<Route>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Route {
    command: String,
    handler: String,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
    #[serde(default)]
    help: Option<String>,
}

/// Asks the server at the control socket for the lowest command that leads to `handler`.
pub fn resolve(handler: &str, control: &Path, patience: Duration) -> Result<u16, Failure> {
    let answer = ask(control, patience).map_err(|error| unreachable(handler, control, &error))?;
    let reply: Reply = serde_json::from_str(&answer).map_err(|error| {
        let message = format!("the answer of {} cannot be read: {error}", control.display());
        Failure::new(Sort::Broken, message, "is it the control socket of a hotframe server?")
    })?;
    match reply.error {
        Some(error) => {
            let help = error.help.unwrap_or_default();
            Err(Failure::refused(&error.code, &error.message, &help))
        }
        None if !reply.ok => Err(Failure::refused("HF0503", "the server refuses to say", "")),
        None => lowest(handler, &reply.result),
    }
}

fn ask(control: &Path, patience: Duration) -> io::Result<String> {
    let mut stream = UnixStream::connect(control)?;
    // Zero would mean to wait for ever.
    let patience = Some(patience.max(Duration::from_millis(1)));
    stream.set_read_timeout(patience)?;
    stream.set_write_timeout(patience)?;
    stream.write_all(b"{\"verb\":\"routes\"}\n")?;
    let mut answer = String::new();
    BufReader::new(stream.take(MAX_ANSWER)).read_line(&mut answer)?;
    Ok(answer)
}

fn unreachable(handler: &str, control: &Path, error: &io::Error) -> Failure {
    let control = control.display();
    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
        let message = format!("the server at {control} did not say in time what `{handler}` is");
        return Failure::new(Sort::Timeout, message, "give it longer with --timeout");
    }
    let message = format!("no server at {control} to say what `{handler}` is: {error}");
    let help = "name its control socket with --control, or give the command's number";
    Failure::new(Sort::Unreachable, message, help)
}

fn lowest(handler: &str, routes: &[Route]) -> Result<u16, Failure> {
    let found: Vec<&Route> = routes.iter().filter(|route| route.handler == handler).collect();
    let numbers = found.iter().filter_map(|route| number(&route.command).ok());
    let message = match (numbers.min(), found.is_empty()) {
        (Some(number), _) => return Ok(number),
        (None, true) => format!("no command leads to `{handler}`"),
        (None, false) => format!("only commands without an entry lead to `{handler}`"),
    };
    let help = match nearest(handler, routes) {
        Some(near) => format!("is `{near}` meant? `hotframe ctl routes` lists them all"),
        None => "`hotframe ctl routes` lists what there is; a number works always".to_owned(),
    };
    Err(Failure::new(Sort::Handler, message, help))
}

/// A handler whose name is almost `handler`.
fn nearest<'a>(handler: &str, routes: &'a [Route]) -> Option<&'a str> {
    let names = routes.iter().map(|route| route.handler.as_str()).filter(|name| *name != handler);
    let scored = names.map(|name| (strsim::jaro_winkler(handler, name), name));
    let (score, name) = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (score > 0.85).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    const ROUTES: &str = r#"{"ok":true,"result":[
        {"command":"0x0102","handler":"echo.echo","state":"ok","calls":0,"errors":0},
        {"command":"0x0100","handler":"echo.echo","state":"ok","calls":3,"errors":0},
        {"command":"default","handler":"tally.add","state":"ok","calls":0,"errors":0}]}"#;

    /// What `handler` resolves to at a server that gives `answer`.
    fn resolved(handler: &str, answer: &'static str) -> Result<u16, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            BufReader::new(&stream).read_line(&mut request).unwrap();
            let answer = answer.replace('\n', "") + "\n";
            (&stream).write_all(answer.as_bytes()).unwrap();
            request
        });
        let number = resolve(handler, &path, Duration::from_secs(10));
        assert_eq!(server.join().unwrap(), "{\"verb\":\"routes\"}\n");
        number
    }

    #[test]
    fn a_handler_is_its_lowest_command() {
        assert_eq!(resolved("echo.echo", ROUTES).unwrap(), 0x0100);
    }

    #[test]
    fn an_unknown_handler_is_told_with_the_one_that_is_meant() {
        let failure = resolved("echo.ecko", ROUTES).unwrap_err();
        assert_eq!(failure.exit as u8, 1);
        let text = failure.to_string();
        assert!(text.contains("no command leads to `echo.ecko`"), "{text}");
        assert!(text.contains("is `echo.echo` meant?"), "{text}");
        let text = resolved("tally.add", ROUTES).unwrap_err().to_string();
        assert!(text.contains("only commands without an entry"), "{text}");
    }

    #[test]
    fn refusals_and_nonsense_and_nobody_are_told_apart() {
        let refusal = r#"{"ok":false,"error":{"code":"HF0507","message":"no","help":"wait"}}"#;
        let failure = resolved("echo.echo", refusal).unwrap_err();
        assert_eq!(failure.exit as u8, 3);
        assert!(failure.to_string().contains("error[HF0507]: no"), "{failure}");
        assert_eq!(resolved("echo.echo", "hello").unwrap_err().exit as u8, 1);
        let nowhere = Path::new("/nonexistent/control.sock");
        let failure = resolve("echo.echo", nowhere, Duration::from_secs(1)).unwrap_err();
        assert_eq!(failure.exit as u8, 69);
    }
}
