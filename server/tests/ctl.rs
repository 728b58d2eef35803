//! `hotframe ctl` as a person runs it, against a control socket with a fake event loop behind it.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use hotframe_server::control::{
    ControlError, ControlRequest, ControlServer, ControlSocket, Verb,
    answers::{
        Answer, ConfigRolledBack, Drained, HandedOver, Kicked, LogLevels, Plan, PluginRow, Problem,
        RouteRow, SessionRow, SightingRow, Status, Stopping, Switched, Tapping,
    },
    codes,
};
use serde_json::Value;

fn answer(verb: &Verb) -> Result<Answer, ControlError> {
    match verb {
        Verb::Status => Ok(Answer::Status(Box::new(Status { pid: 7, ..Status::default() }))),
        Verb::Plugins => Ok(Answer::Plugins(vec![PluginRow::default()])),
        Verb::Routes => {
            let row = RouteRow { command: "0x0100".into(), ..RouteRow::default() };
            Ok(Answer::Routes(vec![row]))
        }
        Verb::Connections => Ok(Answer::Connections(Vec::new())),
        Verb::Sessions => {
            let row = SessionRow { client: "dev1".into(), ..SessionRow::default() };
            Ok(Answer::Sessions(vec![row]))
        }
        Verb::Overview => Ok(Answer::Overview(Box::default())),
        Verb::Kick { id } => {
            Ok(Answer::Kicked(Kicked { connection: Some(7), client: Some(id.clone()) }))
        }
        Verb::Reload { .. } => {
            let problem = Problem { code: "HF0103".into(), ..Problem::default() };
            let error = ControlError::new(codes::RELOAD_REFUSED, "the last good state serves on");
            Err(error.with_errors(vec![problem]))
        }
        Verb::Plan => Ok(Answer::Plan(Plan::default())),
        Verb::Rollback { plugin: None } => {
            Ok(Answer::ConfigRolledBack(ConfigRolledBack::default()))
        }
        Verb::Rollback { plugin: Some(plugin) }
        | Verb::Disable { plugin }
        | Verb::Enable { plugin } => {
            Ok(Answer::Switched(Switched { name: plugin.clone(), ..Switched::default() }))
        }
        Verb::Drain { .. } => Ok(Answer::Drained(Drained::default())),
        Verb::HandOver => Ok(Answer::HandedOver(HandedOver::default())),
        Verb::Shutdown | Verb::StepDown => Ok(Answer::Stopping(Stopping::default())),
        Verb::Tap { command } => Ok(Answer::Tapping(Tapping { tapping: command.clone() })),
        Verb::SlowLog => Ok(Answer::SlowLog(vec![SightingRow::default()])),
        Verb::Log { .. } => Ok(Answer::Log(LogLevels::default())),
    }
}

fn serve(socket: &Path) -> ControlServer {
    let socket = ControlSocket::bind(socket, 0o600).unwrap();
    ControlServer::start(socket, |ControlRequest { verb, reply, .. }| reply.send(answer(&verb)))
        .unwrap()
}

fn ctl(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hotframe"))
        .current_dir(folder)
        .env_remove("HOTFRAME_CONTROL")
        .arg("ctl")
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn results_are_printed_and_the_default_socket_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let _server = serve(&folder.path().join("run/hotframe.sock"));
    let status = ctl(folder.path(), "status --json");
    assert_eq!(status.status.code(), Some(0));
    assert_eq!(json(&status.stdout)["pid"], 7);
    assert_eq!(json(&ctl(folder.path(), "routes --json").stdout)[0]["command"], "0x0100");
    assert_eq!(json(&ctl(folder.path(), "connections --json").stdout), Value::Array(Vec::new()));
    assert_eq!(json(&ctl(folder.path(), "shutdown --json").stdout)["state"], "draining");
    let table = String::from_utf8(ctl(folder.path(), "plugins").stdout).unwrap();
    assert!(table.starts_with("NAME  VERSION") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn the_option_and_the_variable_name_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("other.sock");
    let _server = serve(&socket);
    let by_option = ctl(folder.path(), "status --control other.sock");
    assert_eq!(by_option.status.code(), Some(0));
    let mut by_variable = Command::new(env!("CARGO_BIN_EXE_hotframe"));
    by_variable.args(["ctl", "status"]).current_dir("/").env("HOTFRAME_CONTROL", &socket);
    assert_eq!(by_variable.output().unwrap().status.code(), Some(0));
}

#[test]
fn a_refusal_is_exit_code_3_with_the_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let _server = serve(&folder.path().join("run/hotframe.sock"));
    let refused = ctl(folder.path(), "reload echo --json");
    assert_eq!(refused.status.code(), Some(3));
    assert!(refused.stdout.is_empty());
    assert_eq!(json(&refused.stderr)["code"], codes::RELOAD_REFUSED.as_str());
    assert_eq!(json(&refused.stderr)["errors"][0]["code"], "HF0103");
}

#[test]
fn nobody_there_is_exit_code_69_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = ctl(folder.path(), "status");
    assert_eq!(nobody.status.code(), Some(69));
    let said = String::from_utf8(nobody.stderr).unwrap();
    assert!(said.contains("start it with `hotframe serve`"), "{said}");
    assert_eq!(
        json(&ctl(folder.path(), "status --json").stderr)["code"],
        codes::UNREACHABLE.as_str()
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "asking makes nothing");
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["", "stauts", "status --nope", "shutdown now"] {
        assert_eq!(ctl(folder.path(), line).status.code(), Some(2), "{line}");
    }
}

#[test]
fn sessions_are_listed_and_kicked() {
    let folder = tempfile::tempdir().unwrap();
    let _server = serve(&folder.path().join("run/hotframe.sock"));
    let text = |line: &str| String::from_utf8(ctl(folder.path(), line).stdout).unwrap();
    let sessions = text("sessions");
    assert!(sessions.starts_with("CLIENT") && sessions.contains("dev1"), "{sessions}");
    assert_eq!(text("kick press-7"), "connection 7 closes\nthe session of press-7 is forgotten\n");
    assert_eq!(ctl(folder.path(), "kick").status.code(), Some(2));
}
