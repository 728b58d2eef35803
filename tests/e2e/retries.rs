//! Requests that fail by the server's fault are tried again, through the real binary.

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Server, request};

const ONCE: u16 = 0x0200;
const TWICE_MORE: u16 = 0x0201;
const HURRIED: u16 = 0x0202;
const ECHO: u16 = 0x0100;

/// How `flaky.fail` fails.
const AT_ONCE: u8 = 0;
const LATER: u8 = 1;
const DENY: u8 = 2;
const SAY: u8 = 3;

fn serve() -> Server {
    let flaky = Fixture::compile("flaky.c", &[]);
    let routes = [
        "0x0100 = \"echo.echo\"",
        "0x0200 = \"flaky.fail\"",
        "0x0201 = { handler = \"flaky.fail\", retries = 2 }",
        "0x0202 = { handler = \"flaky.fail\", retries = 10, timeout = \"50ms\" }",
    ];
    let setup = Server::setup().shipped("echo").plugin("flaky.so", &flaky.bytes);
    let setup = setup.log("level = \"debug\"\n").http();
    routes.iter().fold(setup, |setup, route| setup.route(route)).start()
}

#[test]
fn a_handler_that_fails_twice_answers_the_third_time() {
    let server = serve();
    let mut wire = server.connect();
    for (count, how) in [(1, AT_ONCE), (2, LATER), (3, SAY)] {
        wire.send(&request(TWICE_MORE, &[2, how, count]));
        wire.send(&request(ECHO, b"behind"));
        let reply = wire.receive().unwrap();
        assert_eq!((reply.command.kind(), &reply.data[..]), (Kind::Reply, &[3][..]));
        assert_eq!(wire.receive().unwrap().data, b"behind");
    }
    let told = server.log().wait_for(0, "a line for each try", |record| {
        record.message().contains("is tried again") && record.field("tried") == 2
    });
    assert_eq!((told.field("level"), told.field("command")), (&"debug".into(), &"0x0201".into()));
    let text = server.http().get("/metrics").body;
    assert!(text.contains("\nhotframe_retried_requests_total{result=\"replied\"} 3\n"), "{text}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_failure_that_stays_is_answered() {
    let server = serve();
    let mut wire = server.connect();
    assert_eq!(wire.ask(TWICE_MORE, &[9, SAY, 1]).error_code(), Some(2101));
    assert_eq!(wire.ask(TWICE_MORE, &[9, LATER, 2]).error_code(), Some(2100));
    assert_eq!(wire.ask(HURRIED, &[9, SAY, 3]).error_code(), Some(2101));
    assert_eq!(wire.ask(ONCE, &[0, SAY, 1]).data, [4], "it was called three times before");
    assert_eq!(wire.ask(ONCE, &[0, SAY, 2]).data, [4]);
}

#[test]
fn without_retries_and_for_faults_of_the_client_it_is_called_once() {
    let server = serve();
    let mut wire = server.connect();
    assert_eq!(wire.ask(ONCE, &[1, AT_ONCE, 1]).error_code(), Some(2001));
    assert_eq!(wire.ask(TWICE_MORE, &[1, DENY, 2]).error_code(), Some(1003));
    for count in [1, 2] {
        assert_eq!(wire.ask(ONCE, &[1, AT_ONCE, count]).data, [2]);
    }
}
