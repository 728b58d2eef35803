//! Credentials: who shows a good one is served, live, and bad ones are bounded.

use std::io::Write;
use std::process::{Command, Stdio};

use hotframe_protocol::Kind;
use hotframe_tests::{Endpoint, Server, Swap, Wire, built, wait_until};

const HELLO: u16 = 0x0001;
const PING: u16 = 0x0002;
const ECHO: u16 = 0x0100;

/// What `hotframe hash` makes of a secret.
fn hash(secret: &str) -> String {
    let mut child = Command::new(built().join("hotframe"))
        .arg("hash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn clients(of: &[(&str, &str)]) -> String {
    of.iter().map(|(name, hash)| format!("{name} = \"{hash}\"\n")).collect()
}

fn serve(clients: &str, auth: &str) -> Server {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").http();
    let setup = setup.listener("auth = false").file("config/clients.toml", clients);
    setup.settings(&format!("[auth]\nfile = \"clients.toml\"\n{auth}\n")).start()
}

fn hello(wire: &mut Wire, id: &str, secret: &str) -> Option<u16> {
    wire.ask(HELLO, format!("{id}\0{secret}").as_bytes()).error_code()
}

#[test]
fn only_who_shows_a_good_credential_is_served() {
    let server = serve(&clients(&[("dev1", &hash("secret"))]), "allow = [0x0002]");
    let mut wire = server.connect();
    assert_eq!(wire.ask(ECHO, b"x").error_code(), Some(1002));
    assert_eq!(wire.ask(PING, b"x").data, b"x");
    assert_eq!(wire.ask(HELLO, b"dev1").error_code(), Some(1002), "it shows nothing");
    assert_eq!(hello(&mut wire, "dev1", "wrong"), Some(1002));
    assert_eq!(hello(&mut wire, "dev2", "secret"), Some(1002));
    // What is pipelined behind a HELLO is answered after it.
    wire.send(&hotframe_tests::request(HELLO, b"dev1\0secret"));
    assert_eq!(wire.ask(ECHO, b"x").data.len(), 13);
    assert_eq!(wire.receive().unwrap().data, b"x");
    let mut open = Wire::connect(&server.endpoints()[2]);
    assert_eq!(open.ask(ECHO, b"free").data, b"free");
    let told = server.log().wait_for(0, "the refusal", |record| {
        record.message() == "a credential was refused" && record.field("client") == "dev2"
    });
    assert_eq!(told.field("code"), "HF0310");
    let metrics = server.http().get("/metrics").body;
    assert!(metrics.contains("\nhotframe_credentials_refused_total 3\n"), "{metrics}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_file_is_live_and_a_bad_one_holds_back_only_itself() {
    let (old, new) = (hash("old"), hash("new"));
    let server = serve(&clients(&[("dev1", &old)]), "failure_rate = \"\"");
    let is = |secret: &str| hello(&mut server.connect(), "dev1", secret);
    assert_eq!((is("old"), is("new")), (None, Some(1002)));
    let text = clients(&[("dev1", &new), ("dev2", &old)]);
    server.folder().replace("config/clients.toml", text.as_bytes(), Swap::Rename);
    wait_until("the new hash", || (is("new").is_none()).then_some(()));
    assert_eq!(is("old"), Some(1002));
    let bad = b"# the devices\ndev1 = \"hunter2\"\n";
    server.folder().replace("config/clients.toml", bad, Swap::InPlace);
    let problem = wait_until("the error", || {
        let status = server.control().ask("status");
        (status["config"]["ok"] == false).then(|| status["config"]["errors"][0].clone())
    });
    assert_eq!((&problem["code"], &problem["line"]), (&"HF0144".into(), &2.into()));
    let file = problem["file"].as_str().unwrap();
    assert!(file.ends_with("config/clients.toml"), "{problem}");
    assert!(!problem["message"].as_str().unwrap().contains("hunter2"), "{problem}");
    assert_eq!(is("new"), None, "the last good file serves on");
}

#[test]
fn settings_that_lost_their_auth_let_nobody_in_until_they_say_so() {
    let server = serve(&clients(&[("dev1", &hash("secret"))]), "");
    let code = || server.connect().ask(ECHO, b"x").error_code();
    assert_eq!(code(), Some(1002));
    let settings = std::fs::read(server.folder().join("config/hotframe.toml")).unwrap();
    server.folder().replace("config/hotframe.toml", b"", Swap::InPlace);
    server.log().wait_for(0, "the refusal", |record| record.field("code") == "HF0322");
    assert_eq!(code(), Some(1002), "the last good settings guard on");
    assert_eq!(hello(&mut server.connect(), "dev1", "secret"), None);
    let text = String::from_utf8(settings).unwrap();
    let open = text.replace("file = \"clients.toml\"", "required = false");
    server.folder().replace("config/hotframe.toml", open.as_bytes(), Swap::Rename);
    wait_until("everybody to be let in", || code().is_none().then_some(()));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn bad_credentials_of_one_source_are_bounded() {
    let server = serve(&clients(&[("dev1", &hash("secret"))]), "failure_rate = \"3/h\"");
    let mut wire = server.connect();
    let codes: Vec<_> = (0..5).map(|_| hello(&mut wire, "dev1", "guess")).collect();
    assert_eq!(codes, [1002, 1002, 1002, 1029, 1029].map(Some));
    assert_eq!(hello(&mut wire, "dev1", "secret"), Some(1029), "it is not looked at");
    // Another source is another matter.
    let mut local = Wire::connect(&server.endpoints()[1]);
    assert_eq!(hello(&mut local, "dev1", "secret"), None);
    assert_eq!(local.ask(ECHO, b"x").command.kind(), Kind::Reply);
}

/// The tools show a credential from a file or from the environment, and none on a command line.
#[test]
fn the_tools_show_a_credential() {
    let good = hash("secret");
    let names = ["dev1", "load-1", "load-2"].map(|name| (name, good.as_str()));
    let server = serve(&clients(&names), "failure_rate = \"\"");
    let file = server.folder().path().join("secret");
    std::fs::write(&file, "secret\n").unwrap();
    let run = |words: &[&str], variable: &str| {
        let Endpoint::Tcp(to) = server.tcp() else { panic!("the first listener is TCP") };
        let mut tool = Command::new(built().join("hotframe"));
        tool.args(words).args(["--to", &to.to_string(), "--json"]);
        tool.env("HOTFRAME_CREDENTIAL", variable);
        let output = tool.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let file = file.to_str().unwrap();
    let send = ["send", "0x0100", "x", "--hello", "dev1"];
    let with_file = [&send[..], &["--credential-file", file]].concat();
    assert_eq!(run(&with_file, "wrong").0, Some(0), "the file counts");
    assert_eq!(run(&send, "secret").0, Some(0));
    let (code, said) = run(&send, "wrong");
    assert!(
        code == Some(3) && said.contains("1002") && !said.contains("wrong"),
        "{code:?}: {said}"
    );
    let bench = ["bench", "-c", "2", "--duration", "0.1", "--hello", "load"];
    let (code, said) = run(&bench, "secret");
    assert!(code == Some(0) && said.contains("\"errors\":0"), "{code:?}: {said}");
    assert_ne!(run(&bench, "wrong").0, Some(0));
}
