//! Credentials that a plugin judges: at once, later, across its reload, and when there is none.

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Server, Swap, Wire, request, wait_until};

const HELLO: u16 = 0x0001;
const ECHO: u16 = 0x0100;
const SETTLE: u16 = 0x0200;
const BOOKS: u16 = 0x0201;

const ONE: &[(&str, &str)] = &[];
const TWO: &[(&str, &str)] = &[("VERSION", "\"2.0.0\"")];

fn doorman(defines: &[(&str, &str)]) -> Vec<u8> {
    Fixture::compile("doorman.c", defines).bytes
}

fn serve(plugin: Option<&[u8]>, auth: &str) -> Server {
    let setup = Server::setup().shipped("echo").http().listener("auth = false");
    let setup = setup.route("0x0100 = \"echo.echo\"").route("0x0200 = \"doorman.settle\"");
    let setup = setup.route("0x0201 = \"doorman.books\"");
    let setup = setup.settings(&format!("[auth]\nplugin = \"doorman\"\n{auth}\n"));
    match plugin {
        Some(bytes) => setup.plugin("libdoorman.so", bytes).start(),
        None => setup.start(),
    }
}

/// Somebody who need show nothing.
fn insider(server: &Server) -> Wire {
    Wire::connect(&server.endpoints()[2])
}

fn show(wire: &mut Wire, credential: &str) -> Option<u16> {
    wire.ask(HELLO, format!("dev1\0{credential}").as_bytes()).error_code()
}

/// Waits until the plugin says that it has judged so many, so many are open, and so many cancelled.
fn await_books(wire: &mut Wire, wanted: [u8; 3]) {
    wait_until("the books", || (wire.ask(BOOKS, b"").data == wanted).then_some(()));
}

#[test]
fn a_plugin_says_at_once_who_is_in() {
    let server = serve(Some(&doorman(ONE)), "failure_rate = \"4/h\"");
    let mut wire = server.connect();
    assert_eq!(wire.ask(ECHO, b"x").error_code(), Some(1002));
    assert_eq!(show(&mut wire, "broken"), Some(2001), "no fault of the client's");
    let codes = ["bad", "both", "", "worse", "good"].map(|shown| show(&mut wire, shown));
    assert_eq!(codes, [1002, 1002, 1002, 1002, 1029].map(Some));
    // Another source is another matter. What is pipelined behind a HELLO is answered after it.
    let mut local = Wire::connect(&server.endpoints()[1]);
    local.send(&request(HELLO, b"dev2\0good"));
    local.send(&request(ECHO, b"x"));
    assert_eq!(local.receive().unwrap().data.len(), 13);
    assert_eq!(local.receive().unwrap().data, b"x");
    let told = server.log().wait_for(0, "the failure", |it| it.field("code") == "HF0280");
    assert_eq!(told.field("reason"), "no database");
    let metrics = server.http().get("/metrics").body;
    assert!(metrics.contains("\nhotframe_credentials_refused_total 5\n"), "{metrics}");
    assert!(metrics.contains("\nhotframe_credentials_unjudged_total 1\n"), "{metrics}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_verdict_may_come_later_or_too_late() {
    let server = serve(Some(&doorman(ONE)), "timeout = \"1m\"");
    let (mut inside, mut asked) = (insider(&server), 0);
    for (verdict, code) in [(1, None), (0, Some(1002)), (7, Some(2003))] {
        let (mut wire, mut other) = (server.connect(), server.connect());
        wire.send(&request(HELLO, b"dev1\0later"));
        wire.send(&request(ECHO, b"behind"));
        asked += 1;
        await_books(&mut inside, [asked, 1, 0]);
        assert_eq!(other.ask(ECHO, b"x").error_code(), Some(1002), "others are served meanwhile");
        assert_eq!(inside.ask(SETTLE, &[verdict]).data, [1]);
        assert_eq!(wire.receive().unwrap().error_code(), code, "verdict {verdict}");
        let behind = wire.receive().unwrap();
        assert_eq!(behind.error_code().is_none(), code.is_none(), "{behind:?}");
    }
    // Who leaves is not judged any more, and the plugin is told.
    let mut gone = server.connect();
    // An answer that it never reads: its end is then a reset, and not a half-close.
    gone.send(&request(ECHO, b"x"));
    gone.send(&request(HELLO, b"dev1\0later"));
    await_books(&mut inside, [4, 1, 0]);
    drop(gone);
    await_books(&mut inside, [4, 0, 1]);
    assert_eq!(inside.ask(SETTLE, &[1]).data, [0]);
    let mark = server.log().mark();
    server.reset("timeout = \"1m\"", "timeout = \"50ms\"");
    server.log().wait_for(mark, "the shorter time", |it| it.says("configuration is live"));
    let mut wire = server.connect();
    assert_eq!(show(&mut wire, "later"), Some(2004));
    assert_eq!(show(&mut wire, "good"), None);
    assert_eq!(wire.ask(ECHO, b"x").command.kind(), Kind::Reply);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn who_is_being_judged_is_judged_by_the_version_that_began() {
    let server = serve(Some(&doorman(ONE)), "timeout = \"5m\"");
    let mut inside = insider(&server);
    let file = server.folder().path().join("come");
    let mut wire = server.connect();
    wire.send(&request(HELLO, format!("dev1\0{}", file.display()).as_bytes()));
    await_books(&mut inside, [1, 0, 0]);
    assert_eq!(show(&mut server.connect(), "old"), None);
    server.drop_plugin("libdoorman.so", &doorman(TWO), Swap::Rename);
    let of = |key: &str| server.control().plugin("doorman").map(|it| it[key].clone());
    wait_until("the new version", || (of("version")? == "2.0.0").then_some(()));
    assert_eq!(show(&mut server.connect(), "old"), Some(1002), "the new one judges what comes");
    std::fs::write(&file, b"").unwrap();
    assert_eq!(wire.receive().unwrap().error_code(), None);
    assert_eq!(wire.ask(ECHO, b"x").data, b"x");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn without_a_plugin_that_judges_nobody_is_let_in_until_it_comes() {
    let server = serve(None, "");
    let mut wire = server.connect();
    assert_eq!(show(&mut wire, "good"), Some(2005));
    let reason = |mark: usize| {
        let found = server.log().wait_for(mark, "why", |it| it.field("code") == "HF0280");
        found.field("reason").as_str().unwrap().to_owned()
    };
    assert_eq!(reason(0), "no plugin doorman serves");
    let told = |text: &str| {
        server.log().wait_for(0, text, |it| it.field("code") == "HF0320" && it.says(text))
    };
    told("no plugin `doorman` is there");
    let deaf = doorman(&[("WITHOUT", "1")]);
    server.drop_plugin("libdoorman.so", &deaf, Swap::Rename);
    wait_until("the plugin", || server.control().plugin("doorman"));
    let mark = server.log().mark();
    assert_eq!(show(&mut server.connect(), "good"), Some(2005));
    assert_eq!(reason(mark), "the plugin doorman judges no credentials");
    told("the plugin `doorman` judges no credentials");
    server.drop_plugin("libdoorman.so", &doorman(TWO), Swap::Rename);
    wait_until("one that judges", || show(&mut wire, "good").is_none().then_some(()));
    assert_eq!(wire.ask(ECHO, b"x").data, b"x");
}
