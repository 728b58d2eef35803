//! What one listener may want otherwise than another: the raw dialect, and replies in any order.

use hotframe_protocol::Command;
use hotframe_tests::{Fixture, Server, Wire, frame, request};

const ECHO: u16 = 0x0100;
const DELAY: u16 = 0x0130;

/// The third listener, behind TCP and the Unix socket that every server has.
fn third(server: &Server) -> Wire {
    Wire::connect(&server.endpoints()[2])
}

fn word(word: u16, data: &[u8]) -> Vec<u8> {
    frame(1, Command::from_word(word), data)
}

/// A server whose third listener speaks the raw dialect.
fn raw(options: &str) -> Server {
    let flaky = Fixture::compile("flaky.c", &[]);
    let setup = Server::setup().shipped("echo").shipped("delay").plugin("flaky.so", &flaky.bytes);
    let setup = setup.route("0x0100 = \"echo.echo\"").route("0x0130 = \"delay.echo\"");
    let setup = setup.route("[raw]").route("0xFFFF = \"echo.reverse\"");
    let setup = setup.route("0x0003 = \"echo.echo\"").route("0x4001 = \"flaky.rename\"");
    setup.listener(&format!("dialect = \"raw\"{options}")).start()
}

#[test]
fn in_any_order_a_slow_request_holds_nothing_up() {
    let setup = Server::setup().shipped("echo").shipped("delay");
    let setup = setup.route("0x0100 = \"echo.echo\"").route("0x0130 = \"delay.echo\"");
    let server = setup.listener("reply_order = \"any\"").start();
    let (mut any, mut strict) = (third(&server), server.connect());
    let mut asked = Vec::new();
    for ms in [200_u16, 100, 0] {
        asked.extend(request(DELAY, &[&ms.to_be_bytes()[..], ms.to_string().as_bytes()].concat()));
    }
    asked.extend(request(ECHO, b"echo"));
    for wire in [&mut any, &mut strict] {
        wire.send(&asked);
        wire.finish();
    }
    let texts = |wire: &mut Wire| -> Vec<String> {
        let replies = std::iter::from_fn(|| wire.receive());
        replies.map(|reply| String::from_utf8(reply.data).unwrap()).collect()
    };
    let came = texts(&mut any);
    assert_eq!(came.last().map(String::as_str), Some("200"), "{came:?}");
    assert_eq!(came[2], "100", "{came:?}");
    assert_eq!(texts(&mut strict), ["200", "100", "0", "echo"]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn raw_words_are_routed_whole_and_come_back_as_they_are() {
    let server = raw(", error_command = 0xEEEE");
    let mut wire = third(&server);
    let mut ask = |sent: u16, data: &[u8]| {
        wire.send(&word(sent, data));
        let reply = wire.receive().expect("a reply, not the end");
        (reply.command.word(), reply.data)
    };
    assert_eq!(ask(ECHO, b"abc"), (ECHO, b"abc".to_vec()));
    assert_eq!(ask(0xFFFF, b"abc"), (0xFFFF, b"cba".to_vec()));
    assert_eq!(ask(0x0003, b"no bye"), (0x0003, b"no bye".to_vec()));
    assert_eq!(ask(0x4001, b"no event"), (0xBEEF, b"no event".to_vec()));
    assert_eq!(ask(DELAY, b"\0\x05later"), (DELAY, b"later".to_vec()));
    let (sent_as, data) = ask(0x8100, b"");
    assert_eq!((sent_as, &data[..2]), (0xEEEE, &1004u16.to_be_bytes()[..]));
    assert_eq!(&data[2..], b"no route for command 0x8100");
    assert_eq!(server.control().route("raw:0xFFFF").unwrap()["calls"], 1);
    // The other listeners know nothing of all that.
    assert_eq!(server.connect().ask(0x0004, b"").error_code(), None);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn damaged_bytes_are_answered_under_the_word_for_errors() {
    let server = raw(", error_command = 0xEEEE");
    let mut wire = third(&server);
    wire.send(&[b"garbage", &word(ECHO, b"good")[..]].concat());
    let error = wire.receive().unwrap();
    assert_eq!((error.command.word(), error.address), (0xEEEE, 0));
    assert_eq!(error.data[..2], 1010u16.to_be_bytes());
    assert_eq!(wire.receive().unwrap().data, b"good");
}

#[test]
fn without_a_word_for_errors_they_are_counted_and_told_of() {
    let server = raw("");
    let mut wire = third(&server);
    wire.send(&[&word(0x8100, b"")[..], b"garbage", &word(ECHO, b"good")].concat());
    let reply = wire.receive().unwrap();
    assert_eq!((reply.command.word(), &reply.data[..]), (ECHO, &b"good"[..]));
    let told = server.log().wait_for(0, "the error in the log", |record| {
        record.message().contains("no error_command")
    });
    assert_eq!((told.field("code"), told.field("command")), (&1004.into(), &"0x8100".into()));
    assert_eq!(server.control().ask("status")["errors_out"], 0);
    drop(wire);
    assert_eq!(server.stop(), Some(0));
}
