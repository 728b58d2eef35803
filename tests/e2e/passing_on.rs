//! State that goes over to the server that takes the place of the one before.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use hotframe_protocol::Kind;
use hotframe_tests::{Endpoint, Fixture, Owned, Server, Wire, request, scale, wait_until};

const INCREMENT: u16 = 0x0144;
const ECHO: u16 = 0x0100;
const ADD: u16 = 0x0200;
const HOLD: u16 = 0x0201;
/// The server is on its way out: ask another.
const SHUTTING_DOWN: u16 = 2006;

/// A client that counts up its own key, and connects again when the server sends it away.
fn count_up(endpoint: &Endpoint, own: usize, stop: &AtomicBool, sum: &AtomicU64) -> u64 {
    let key = [&[8][..], format!("counter{own}").as_bytes()].concat();
    let (mut count, mut moves) = (0_u64, 0);
    while !stop.load(Ordering::Relaxed) {
        let mut wire = Wire::connect(endpoint);
        while !stop.load(Ordering::Relaxed) {
            let Some(reply) = try_ask(&mut wire, INCREMENT, &key) else {
                break;
            };
            if reply.error_code() == Some(SHUTTING_DOWN) {
                break;
            }
            count += 1;
            sum.fetch_add(1, Ordering::Relaxed);
            // One more than the last that was answered, by whichever server: none is lost, and
            // none was done without an answer.
            assert_eq!(reply.data, count.to_be_bytes(), "{reply:?} after {moves} moves");
        }
        moves += 1;
    }
    moves
}

/// The reply; none if the connection has ended before there was one.
fn try_ask(wire: &mut Wire, number: u16, data: &[u8]) -> Option<Owned> {
    wire.try_send(&request(number, data)).ok()?;
    match wire.try_receive() {
        Ok(reply) => reply,
        Err(error) => {
            let is_end = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
            assert!(is_end.contains(&error.kind()), "{error}");
            None
        }
    }
}

#[test]
fn what_is_counted_goes_on_in_the_server_that_takes_over() {
    let settings = "[plugins.policy.kv]\npersist_state = true\n";
    let setup = Server::setup().http().shipped("kv").shipped("echo").settings(settings);
    let setup = setup.route("0x0144 = \"kv.increment\"").route("0x0100 = \"echo.echo\"");
    let mut server = setup.start();
    let stop = Arc::new(AtomicBool::new(false));
    let sum = Arc::new(AtomicU64::new(0));
    let clerks: Vec<_> = (0..4)
        .map(|own| {
            let (endpoint, stop, sum) = (server.tcp().clone(), Arc::clone(&stop), Arc::clone(&sum));
            thread::spawn(move || count_up(&endpoint, own, &stop, &sum))
        })
        .collect();
    let rounds = scale("HOTFRAME_E2E_TAKE_OVERS", 3);
    for _ in 0..rounds {
        let counted = sum.load(Ordering::Relaxed);
        wait_until("some to be counted", || {
            (sum.load(Ordering::Relaxed) > counted + 100).then_some(())
        });
        // Says nothing, and is in nobody's way.
        let idle = server.connect();
        let (next, mut old) = server.take_over();
        server = next;
        drop(idle);
        assert_eq!(old.wait().code(), Some(0), "{}", old.log().text());
        let lacking = server.log().all(|record| record.field("code") == "HF0340");
        assert!(lacking.is_empty(), "{lacking:?}");
        assert_eq!(server.http().get("/readyz").status, 200);
        assert_eq!(server.connect().ask(ECHO, b"other plugins").data, b"other plugins");
    }
    let counted = sum.load(Ordering::Relaxed);
    wait_until("counting to go on", || (sum.load(Ordering::Relaxed) > counted).then_some(()));
    stop.store(true, Ordering::Relaxed);
    let moves: Vec<u64> = clerks.into_iter().map(|clerk| clerk.join().unwrap()).collect();
    println!("{} counted over {rounds} take-overs, {moves:?}", sum.load(Ordering::Relaxed));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_is_owed_is_answered_before_the_state_goes_over() {
    let plugin = Fixture::compile("keeper.c", &[]).bytes;
    let settings = "[plugins.policy.keeper]\npersist_state = true\n";
    let setup = Server::setup().plugin("keeper.so", &plugin).settings(settings);
    let setup = setup.variable("HOTFRAME__SERVER__SHUTDOWN_GRACE", "1s");
    let server = setup.route("0x0200 = \"keeper.add\"").route("0x0201 = \"keeper.hold\"").start();
    let mut wire = server.connect();
    assert_eq!(wire.ask(ADD, &[7]).command.kind(), Kind::Reply);
    // Nobody ever answers it, so the old server waits for its grace.
    wire.send(&request(HOLD, b""));
    wait_until("it to be held", || {
        (server.control().plugin("keeper").unwrap()["in_flight"] == 1).then_some(())
    });
    let (server, mut old) = server.take_over();
    assert_eq!(old.wait().code(), Some(0), "{}", old.log().text());
    let reply = server.connect().ask(ADD, &[1]);
    assert_eq!(reply.data[9..], 8_u64.to_be_bytes(), "{reply:?}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn state_that_cannot_be_saved_does_not_come_over_and_both_say_so() {
    let plugin = Fixture::compile("keeper.c", &[("SAVE_FAILS", "1")]).bytes;
    let settings = "[plugins.policy.keeper]\npersist_state = true\n";
    let setup = Server::setup().plugin("keeper.so", &plugin).settings(settings);
    let server = setup.route("0x0200 = \"keeper.add\"").start();
    assert_eq!(server.connect().ask(ADD, &[7]).command.kind(), Kind::Reply);
    let (server, mut old) = server.take_over();
    assert_eq!(old.wait().code(), Some(0), "{}", old.log().text());
    old.log().wait_for(0, "the failure to be told", |line| line.field("code") == "HF0244");
    let told = |line: &hotframe_tests::Record| line.field("code") == "HF0340";
    server.log().wait_for(0, "the loss to be told", told);
    let reply = server.connect().ask(ADD, &[1]);
    assert_eq!(reply.data[9..], 1_u64.to_be_bytes(), "{reply:?}");
    assert_eq!(server.stop(), Some(0));
}
