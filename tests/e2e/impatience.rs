//! Whoever stops the server need not wait for who owes it nothing, nor longer than he likes.

use hotframe_tests::{Fixture, Server, request};
use rustix::process::Signal;

const ECHO: u16 = 0x0100;
const DELAY: u16 = 0x0130;

fn serve() -> Server {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    let setup = setup.shipped("delay").route("0x0130 = \"delay.echo\"");
    // Longer than any test waits.
    let setup = setup.settings("[limits]\nwrite_timeout = \"10m\"\n");
    setup.variable("HOTFRAME__SERVER__SHUTDOWN_GRACE", "10m").start()
}

#[test]
fn a_stop_does_not_wait_for_a_client_that_stays_and_is_owed_nothing() {
    let server = serve();
    let mut wires: Vec<_> = server.endpoints().iter().map(hotframe_tests::Wire::connect).collect();
    for wire in &mut wires {
        assert_eq!(wire.ask(ECHO, b"here").data, b"here");
    }
    server.signal(Signal::TERM);
    assert_eq!(server.wait(), Some(0), "nobody has left by himself");
    for wire in &mut wires {
        assert_eq!(wire.receive_rest(), b"");
    }
}

#[test]
fn a_second_signal_ends_what_the_first_one_waits_for() {
    for second in [Signal::TERM, Signal::INT] {
        let server = serve();
        let mut wire = server.connect();
        let asked = 60_000_u16.to_be_bytes();
        wire.send(&request(DELAY, &asked));
        hotframe_tests::wait_until("the request to be under way", || {
            (server.control().ask("status")["frames_in"] == 1).then_some(())
        });
        server.signal(Signal::TERM);
        server.log().wait_for(0, "the stop", |it| it.says("stopping: what is owed"));
        let mark = server.log().mark();
        server.signal(second);
        server.log().wait_for(mark, "the end", |it| it.says("told to stop once more"));
        assert_eq!(server.wait(), Some(0));
    }
}

#[test]
fn a_second_signal_ends_a_server_whose_loop_is_held() {
    let mortal = Fixture::compile("mortal.c", &[("VERSION", "\"1\"")]);
    let setup = Server::setup().plugin("mortal.so", &mortal.bytes);
    let server = setup.route("0x0200 = \"mortal.die\"").start();
    server.connect().send(&request(0x0200, b"h"));
    let held = |mark| server.log().wait_for(mark, "the hold", |it| it.field("code") == "HF0265");
    assert!(held(0).message().contains("mortal.die has held the loop"));
    server.signal(Signal::TERM);
    // The same signal would be one with the first while that is not heard yet.
    server.signal(Signal::INT);
    let told = server.log().wait_for(0, "the end", |it| it.field("code") == "HF0321");
    assert!(told.message().contains("while mortal.die does not return"), "{told:?}");
    assert_eq!(server.wait(), Some(1));
}
