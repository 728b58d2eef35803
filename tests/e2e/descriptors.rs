//! Without descriptors clients wait, the operator is served, and it goes on when there are some.

use std::time::{Duration, Instant};

use hotframe_tests::{
    Scrape, Server, Swap, Wire, descriptors, pass, processor_time, request, wait_until,
};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

const ECHO: u16 = 0x0100;

fn serve() -> Server {
    let setup = Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"");
    setup.start()
}

/// Lets a server have so many descriptors more than it has.
fn squeeze(server: &Server, more: usize) {
    let now = (descriptors(server.id()) + more) as u64;
    let id = Pid::from_raw(i32::try_from(server.id()).unwrap());
    let limit = Rlimit { current: Some(now), maximum: Some(now) };
    prlimit(id, Resource::Nofile, limit).unwrap();
}

/// How many rounds its loop has made.
fn rounds(server: &Server) -> f64 {
    let figures = Scrape::read(&server.http().get("/metrics").body);
    figures.value("hotframe_loop_turn_seconds_count")
}

#[test]
fn who_waits_is_served_when_descriptors_are_free_again() {
    let server = serve();
    let held: Vec<_> = (0..20).map(|_| server.connect()).collect();
    wait_until("all to be in", || {
        (server.control().ask("status")["connections"] == 20).then_some(())
    });
    let (begun, rounds_before) = (Instant::now(), rounds(&server));
    squeeze(&server, 0);
    // The kernel connects them; the server cannot take them.
    let mut waiting: Vec<_> = (0..10).map(|_| server.connect()).collect();
    waiting.iter_mut().for_each(|wire| wire.send(&request(ECHO, b"please")));
    server.log().wait_for(0, "the shortage to be told", |record| record.says("connections wait"));
    let (used, looked) = (processor_time(server.id()), Instant::now());
    pass(Duration::from_secs(2));
    let used = processor_time(server.id()) - used;
    let share = used.as_secs_f64() / looked.elapsed().as_secs_f64();
    println!("{:.1} % of the processor while clients wait", share * 100.0);

    let freed = Instant::now();
    drop(held);
    for wire in &mut waiting {
        assert_eq!(wire.receive().expect("the reply").data, b"please");
    }
    println!("served {:?} after descriptors were free", freed.elapsed());
    // It looks ten times a second; a loop that did not sleep would make thousands of rounds.
    let (made, time) = (rounds(&server) - rounds_before, begun.elapsed().as_secs_f64());
    println!("{made} rounds in {time:.1} s");
    assert!(made <= 200.0 + 50.0 * time, "{made} rounds in {time} s");
    assert_eq!(server.log().all(|record| record.says("connections wait")).len(), 1);
    assert_eq!(server.stop(), Some(0));
}

/// As many connections as the process may have: the reserve is for the operator.
#[test]
fn at_the_limit_the_operator_is_served() {
    let program = hotframe_tests::built().join("hotframe");
    let shell = format!("ulimit -n 256; exec {} \"$@\"", program.display());
    let setup = Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"");
    let server = setup.program("sh", &["-c", &shell, "sh"]).start();
    let warned = server.log().all(|record| record.says("leaves room for"));
    assert_eq!(warned.len(), 1, "the start says that connections are few");
    let room = warned[0].field("message").as_str().unwrap();
    let room: usize =
        room.split("room for ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let mut held: Vec<Wire> = (0..room).map(|_| server.connect()).collect();
    for wire in &mut held {
        assert_eq!(wire.ask(ECHO, b"x").data, b"x");
    }
    for _ in 0..20 {
        assert_eq!(server.connect().receive_rest(), b"", "one more is closed");
    }
    assert_eq!(server.control().ask("status")["connections"], room);
    assert_eq!(server.http().get("/livez").status, 200);
    server.remap("0x0100 = \"echo.reverse\"", Swap::Rename);
    wait_until("the new route", || (held[0].ask(ECHO, b"ab").data == b"ba").then_some(()));
    let reloaded = server.control().request(&serde_json::json!({"verb":"reload","plugin":"echo"}));
    assert!(reloaded.is_ok(), "{reloaded:?}");
    assert_eq!(server.stop(), Some(0));
}
