//! What is said when there is no result: owns the exit code and the words.

use std::{
    io::{self, ErrorKind, Write, stderr},
    path::Path,
};

use super::{super::Exit, units::clean};
use crate::{
    control::{AskError, ControlError, codes},
    logging::{Ink, Style},
};

/// Says on standard error why there is no result.
pub(in crate::cli) fn report(error: &AskError, socket: &Path, json: bool) -> Exit {
    let (exit, error) = judge(error, socket);
    let text = if json { as_json(&error) } else { as_text(&error, Style::of(&stderr())) };
    // Without standard error the exit code still tells.
    let _nobody_listens = stderr().write_all(text.as_bytes());
    exit
}

fn judge(error: &AskError, socket: &Path) -> (Exit, ControlError) {
    match error {
        AskError::Unreachable(error) => (Exit::Unreachable, unreachable(error, socket)),
        AskError::Timeout(patience) => {
            let message = format!("the server gave no answer within {} s", patience.as_secs());
            let help = "it may be stopped or very busy: look at its log";
            (Exit::Timeout, ControlError::new(codes::TIMEOUT, message).with_help(help))
        }
        AskError::Refused(error) if error.code == codes::TIMEOUT.as_str() => {
            (Exit::Timeout, error.clone())
        }
        AskError::Refused(error) => (Exit::Refused, error.clone()),
        AskError::Garbled(reason) => {
            let message = format!("the server's answer cannot be read: {reason}");
            let help = "server and command line should be of the same version";
            (Exit::Failed, ControlError::new(codes::MALFORMED, message).with_help(help))
        }
    }
}

fn unreachable(error: &io::Error, socket: &Path) -> ControlError {
    let message = format!("no server answers at {}: {error}", socket.display());
    let help = if error.kind() == ErrorKind::PermissionDenied {
        "ask as the user that the server runs as, or as root"
    } else {
        "is the server running here? start it with `hotframe serve`, or name its socket with \
         --control"
    };
    ControlError::new(codes::UNREACHABLE, message).with_help(help)
}

fn as_json(error: &ControlError) -> String {
    let line = serde_json::to_string(error).unwrap_or_else(|error| format!("\"{error}\""));
    format!("{line}\n")
}

fn as_text(error: &ControlError, style: Style) -> String {
    let head = style.paint(Ink::Red, format!("error[{}]", clean(&error.code)));
    let mut text = format!("{head}: {}\n", clean(&error.message));
    for problem in &error.errors {
        let place = super::pages::place(problem);
        text += &format!("  {} {place}{}\n", clean(&problem.code), clean(&problem.message));
    }
    if let Some(help) = &error.help {
        text += &format!("  {} {}\n", style.paint(Ink::Cyan, "help:"), clean(help));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::answers::Problem;

    fn exit_of(error: &AskError) -> Exit {
        judge(error, Path::new("run/hotframe.sock")).0
    }

    #[test]
    fn exit_codes_are_the_contract() {
        let refused = |code| AskError::Refused(ControlError::new(code, "no"));
        let nobody = AskError::Unreachable(ErrorKind::NotFound.into());
        assert_eq!(exit_of(&nobody) as u8, 69);
        assert_eq!(exit_of(&AskError::Timeout(Duration::ZERO)) as u8, 4);
        assert_eq!(exit_of(&refused(codes::TIMEOUT)) as u8, 4);
        assert_eq!(exit_of(&refused(codes::UNKNOWN_PLUGIN)) as u8, 3);
        assert_eq!(exit_of(&AskError::Garbled("x".into())) as u8, 1);
    }

    #[test]
    fn nobody_there_says_how_to_go_on() {
        let error = AskError::Unreachable(ErrorKind::NotFound.into());
        let (_, error) = judge(&error, Path::new("run/hotframe.sock"));
        assert_eq!(
            as_text(&error, Style::Plain),
            "error[HF0511]: no server answers at run/hotframe.sock: entity not found\n  \
             help: is the server running here? start it with `hotframe serve`, or name its \
             socket with --control\n"
        );
    }

    #[test]
    fn a_refused_reload_names_every_reason_with_its_place() {
        let problem = Problem {
            code: "HF0103".into(),
            message: "unknown key `lissten`\u{1b}[2J".into(),
            file: Some("config/hotframe.toml".into()),
            line: Some(3),
            column: Some(1),
        };
        let error = ControlError::new(codes::RELOAD_REFUSED, "the last good state serves on")
            .with_errors(vec![problem]);
        assert_eq!(
            as_text(&error, Style::Plain),
            "error[HF0509]: the last good state serves on\n  \
             HF0103 config/hotframe.toml:3:1: unknown key `lissten`\\u{1b}[2J\n"
        );
        let json: serde_json::Value = serde_json::from_str(&as_json(&error)).unwrap();
        assert_eq!(json["errors"][0]["line"], 3);
    }
}
