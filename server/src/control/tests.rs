//! The control socket from both of its ends.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    io::{Read, Write},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    process,
    sync::mpsc::channel,
    thread,
    time::Instant,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{answers::*, *};

/// Far more than any of this takes on a busy machine, far less than for ever.
const DEADLINE: Duration = Duration::from_secs(30);

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run/hotframe.sock");
    (folder, path)
}

/// Answers on a thread of its own, as the event loop does.
fn fake_loop(path: &Path) -> ControlServer {
    let (sender, requests) = channel::<ControlRequest>();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for ControlRequest { verb, reply, .. } in requests {
            match verb {
                Verb::Status => {
                    let status = Status { version: "9.9.9".into(), pid: 7, ..Status::default() };
                    reply.send(Ok(Answer::Status(Box::new(status))));
                }
                Verb::Plugins => reply.send(Ok(Answer::Plugins(vec![PluginRow::default()]))),
                Verb::Routes => reply.send(Ok(Answer::Routes(Vec::new()))),
                Verb::Connections => kept.push(reply),
                Verb::Reload { plugin: None } => {
                    reply.send(Ok(Answer::Reloaded(Reloaded::default())))
                }
                Verb::Reload { plugin: Some(name) } => {
                    let message = format!("no plugin `{name}`");
                    reply.send(Err(ControlError::new(codes::UNKNOWN_PLUGIN, message)));
                }
                Verb::Overview => reply.send(Ok(Answer::Overview(Box::default()))),
                Verb::Sessions => reply.send(Ok(Answer::Sessions(Vec::new()))),
                Verb::Kick { .. } => reply.send(Ok(Answer::Kicked(Kicked::default()))),
                Verb::Plan => reply.send(Ok(Answer::Plan(Plan::default()))),
                Verb::Rollback { .. } | Verb::Disable { .. } | Verb::Enable { .. } => {
                    reply.send(Ok(Answer::Switched(Switched::default())));
                }
                Verb::Drain { .. } => reply.send(Ok(Answer::Drained(Drained::default()))),
                Verb::HandOver => {
                    let sockets = Handed::new(vec![UnixStream::pair().unwrap().0.into()]);
                    let handed = HandedOver { pid: 7, sockets, ..HandedOver::default() };
                    reply.send(Ok(Answer::HandedOver(handed)));
                }
                Verb::SlowLog => reply.send(Ok(Answer::SlowLog(Vec::new()))),
                Verb::Log { .. } => reply.send(Ok(Answer::Log(LogLevels::default()))),
                Verb::Tap { .. } | Verb::Shutdown | Verb::StepDown => drop(reply),
            }
        }
    });
    let socket = ControlSocket::bind(path, 0o600).unwrap();
    ControlServer::start(socket, move |request| sender.send(request).unwrap()).unwrap()
}

fn raw(path: &Path, line: &[u8]) -> Value {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(line).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with('\n') && answer.matches('\n').count() == 1, "{answer:?}");
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn sockets_go_with_an_answer_and_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let _server = fake_loop(&path);
    let (answer, sockets) = ask_for_sockets(&path, Duration::from_secs(10)).unwrap();
    assert_eq!((&answer["pid"], sockets.len()), (&Value::from(7), 1));
    let flags = rustix::io::fcntl_getfd(&sockets[0]).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC), "no child inherits it");
    let mut stream = UnixStream::from(sockets.into_iter().next().unwrap());
    assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0, "the other end was dropped");
}

#[test]
fn a_socket_beside_answers_at_the_name_when_it_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let before = fake_loop(&path);
    let beside = ControlSocket::bind_beside(&path, 0o600).unwrap();
    let publisher = beside.publisher();
    let after = ControlServer::start(beside, |request| {
        request.reply.send(Ok(Answer::Routes(Vec::new())));
    });
    let version = || ask(&path, &Verb::Status, Duration::from_secs(10)).unwrap()["version"].clone();
    assert_eq!(version(), "9.9.9");
    publisher.publish().unwrap();
    assert_eq!(version(), Value::Null, "the other server answers");
    before.stop();
    assert!(path.exists(), "the name belongs to the other server by now");
    drop(after);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn every_answer_comes_back_over_the_socket() {
    let (_folder, path) = folder();
    let server = fake_loop(&path);
    assert_eq!(server.path(), path);
    let status = ask(&path, &Verb::Status, DEADLINE).unwrap();
    assert_eq!(serde_json::from_value::<Status>(status).unwrap().version, "9.9.9");
    let rows = ask(&path, &Verb::Plugins, DEADLINE).unwrap();
    assert_eq!(serde_json::from_value::<Vec<PluginRow>>(rows).unwrap().len(), 1);
    assert_eq!(ask(&path, &Verb::Routes, DEADLINE).unwrap(), Value::Array(Vec::new()));
    assert!(ask(&path, &Verb::Reload { plugin: None }, DEADLINE).is_ok());
    let refused = ask(&path, &Verb::Reload { plugin: Some("nope".into()) }, DEADLINE);
    assert!(
        matches!(refused, Err(AskError::Refused(e)) if e.code == codes::UNKNOWN_PLUGIN.as_str())
    );
    let dropped = ask(&path, &Verb::Shutdown, DEADLINE);
    assert!(matches!(dropped, Err(AskError::Refused(e)) if e.code == codes::STOPPING.as_str()));
    let silent = ask(&path, &Verb::Connections, Duration::from_millis(20));
    assert!(matches!(silent, Err(AskError::Timeout(_))));
}

#[test]
fn bad_requests_get_an_error_line() {
    let (_folder, path) = folder();
    let _server = fake_loop(&path);
    let unknown = raw(&path, b"{\"verb\":\"stauts\"}\n");
    assert_eq!(unknown["ok"], false);
    assert_eq!(unknown["error"]["code"], codes::UNKNOWN_VERB.as_str());
    assert!(unknown["error"]["help"].as_str().unwrap().contains("connections"));
    for line in [&b"\n"[..], b"hello\n", b"\xff\xff\n", b"{\"verb\":3}\n"] {
        assert_eq!(raw(&path, line)["error"]["code"], codes::MALFORMED.as_str());
    }
    let long = raw(&path, &[b'x'; MAX_REQUEST + 1]);
    assert!(long["error"]["message"].as_str().unwrap().contains("longer than 65536"), "{long}");
}

#[test]
fn silent_clients_block_nobody_and_the_next_one_too_many_is_told() {
    let (_folder, path) = folder();
    let _server = fake_loop(&path);
    let mut silent: Vec<UnixStream> =
        (0..MAX_CLIENTS).map(|_| UnixStream::connect(&path).unwrap()).collect();
    let refused = ask(&path, &Verb::Status, DEADLINE);
    assert!(matches!(refused, Err(AskError::Refused(e)) if e.code == codes::BUSY.as_str()));
    let mut answer = String::new();
    silent[0].read_to_string(&mut answer).unwrap();
    assert!(answer.contains("no request within 2 s"), "{answer}");
    let until = Instant::now() + DEADLINE;
    while ask(&path, &Verb::Status, DEADLINE).is_err() {
        assert!(Instant::now() < until, "silent clients lose their places");
        thread::yield_now();
    }
}

#[test]
fn a_silent_client_does_not_keep_another_one_waiting() {
    let (_folder, path) = folder();
    let _server = fake_loop(&path);
    let silent = UnixStream::connect(&path).unwrap();
    assert!(ask(&path, &Verb::Status, DEADLINE).is_ok());
    silent.set_nonblocking(true).unwrap();
    let state = (&silent).read(&mut [0; 9]).unwrap_err().kind();
    assert_eq!(state, std::io::ErrorKind::WouldBlock, "the silent one is still there");
}

#[test]
fn only_the_owner_can_come_near() {
    let (_folder, path) = folder();
    let _server = fake_loop(&path);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn a_dead_servers_socket_is_replaced_and_a_live_one_is_not() {
    let (_folder, path) = folder();
    fs::create_dir(path.parent().unwrap()).unwrap();
    drop(UnixListener::bind(&path).unwrap());
    let stale = fs::metadata(&path).unwrap().ino();
    let server = fake_loop(&path);
    assert_ne!(fs::metadata(&path).unwrap().ino(), stale);

    let error = ControlSocket::bind(&path, 0o600).unwrap_err();
    assert_eq!(error.code, codes::ALREADY_RUNNING.as_str());
    let expected = format!("another hotframe runs here, pid {}:", process::id());
    assert!(error.message.starts_with(&expected), "{error}");
    assert!(ask(&path, &Verb::Status, DEADLINE).is_ok(), "the live one serves on");

    server.stop();
    assert!(!path.exists(), "the name goes with the server");
    drop(fake_loop(&path));
}

#[test]
fn of_many_that_start_at_once_one_gets_the_socket() {
    let (_folder, path) = folder();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            thread::spawn(move || ControlSocket::bind(&path, 0o600))
        })
        .collect();
    let ends: Vec<_> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    let refused = ends.iter().filter_map(|end| end.as_ref().err());
    assert!(refused.into_iter().all(|error| error.code == codes::ALREADY_RUNNING.as_str()));
}

#[test]
fn what_is_no_socket_is_not_touched() {
    let (_folder, path) = folder();
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, "precious").unwrap();
    let error = ControlSocket::bind(&path, 0o600).unwrap_err();
    assert_eq!(error.code, codes::NO_SOCKET.as_str());
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let long = path.with_file_name("x".repeat(120));
    assert!(ControlSocket::bind(&long, 0o600).unwrap_err().message.contains("107 fit"));
    assert_eq!(
        ControlSocket::bind(Path::new("/"), 0o600).unwrap_err().code,
        codes::NO_SOCKET.as_str()
    );
}

#[test]
fn a_name_that_is_another_servers_by_now_is_left_alone() {
    let (_folder, path) = folder();
    let server = fake_loop(&path);
    fs::remove_file(&path).unwrap();
    let other = UnixListener::bind(&path).unwrap();
    server.stop();
    assert!(path.exists());
    drop(other);
}
