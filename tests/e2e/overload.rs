//! Too much: who asks more than its share is told so, who asks little is served, and both are said.

use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use hotframe_tests::{Endpoint, Fixture, Scrape, Server, Stream, Wire, request, wait_until};

const HOLD: u16 = 0x0300;

/// Asks as fast as the server takes it, and counts what is refused with 2003.
fn hog(endpoint: &Endpoint, stop: &AtomicBool) -> (u64, u64) {
    let mut wire = Wire::connect(endpoint);
    let mut sender = wire.sender();
    let asked = request(HOLD, &[2]).repeat(64);
    thread::scope(|scope| {
        scope.spawn(move || while !stop.load(Ordering::Relaxed) && send(&mut sender, &asked) {});
        let (mut served, mut shed) = (0, 0);
        while let Some(reply) = wire.receive() {
            match reply.error_code() {
                Some(2003) => shed += 1,
                None => served += 1,
                Some(other) => panic!("{other} for a good request"),
            }
        }
        (served, shed)
    })
}

fn send(sender: &mut Stream, bytes: &[u8]) -> bool {
    match sender.write_all(bytes) {
        Ok(()) => true,
        Err(error) => {
            let ended = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
            assert!(ended.contains(&error.kind()), "{error}");
            false
        }
    }
}

#[test]
fn hogs_are_shed_and_the_quiet_are_served() {
    let slow = Fixture::compile("slow.c", &[]);
    let setup = Server::setup().http().plugin("slow.so", &slow.bytes);
    let server =
        setup.route("0x0300 = \"slow.hold\"").settings("[limits]\noverload = \"5ms\"\n").start();
    let stop = Arc::new(AtomicBool::new(false));
    let hogs: Vec<_> = (0..4)
        .map(|_| {
            let (stop, endpoint) = (Arc::clone(&stop), server.tcp().clone());
            thread::spawn(move || hog(&endpoint, &stop))
        })
        .collect();
    let said = |what: &'static str| move |record: &hotframe_tests::Record| record.says(what);
    server.log().wait_for(0, "the overload to be told", said("overloaded"));
    let metrics = || Scrape::read(&server.http().get("/metrics").body);
    wait_until("hogs to be shed", || {
        (metrics().value("hotframe_shed_total{reason=\"overload\"}") > 1000.0).then_some(())
    });
    let mut quiet = server.connect();
    let mut refused = 0_u64;
    for n in 0..50_u8 {
        let (reply, began) = (quiet.ask(HOLD, &[10, n]), std::time::Instant::now());
        refused += u64::from(reply.error_code() == Some(2003));
        // The pace of one that is not in a hurry.
        wait_until("its next request", || {
            (began.elapsed() > Duration::from_millis(20)).then_some(())
        });
    }
    stop.store(true, Ordering::Relaxed);
    server.log().wait_for(0, "the recovery to be told", said("keeps up again"));
    assert_eq!(quiet.ask(HOLD, &[0]).error_code(), None);
    wait_until("the metric to say so", || {
        (metrics().value("hotframe_overloaded") == 0.0).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
    for hog in hogs {
        let (served, shed) = hog.join().unwrap();
        assert!(shed > served, "{served} served and {shed} shed of a hog");
        // Of 50 requests; how late the loop is depends on the machine, who is shed first does not.
        let quiet = (50 - refused) * (served + shed);
        assert!(quiet > 50 * served, "{refused} of a quiet client, {served} and {shed} of a hog");
    }
}

#[test]
fn a_source_has_as_many_connections_as_it_may() {
    let setup = Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"");
    let server = setup.settings("[limits]\nmax_per_source = 3\n").start();
    let mut wires: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for wire in &mut wires {
        assert_eq!(wire.ask(0x0100, b"x").data, b"x");
    }
    for _ in 0..20 {
        assert_eq!(server.connect().receive_rest(), b"", "one more is closed at once");
    }
    let mut local = Wire::connect(server.endpoints().last().unwrap());
    assert_eq!(local.ask(0x0100, b"y").data, b"y", "another source has a bound of its own");
    let rows = server.control().ask("connections");
    let peers: Vec<_> = rows.as_array().unwrap().iter().map(|row| &row["peer"]).collect();
    let expected =
        format!("unix:pid={},uid={}", std::process::id(), rustix::process::geteuid().as_raw());
    assert!(peers.iter().any(|peer| **peer == expected), "{peers:?}");
    let says_so = |record: &hotframe_tests::Record| record.says("max_per_source");
    server.log().wait_for(0, "the refusals to be told", says_so);
    let told = server.log().all(says_so);
    assert_eq!(told.len(), 1, "twenty of one source are one line: {told:?}");
    drop(wires.pop());
    wait_until("one to be gone", || {
        (server.control().ask("status")["connections"] == 3).then_some(())
    });
    assert_eq!(server.connect().ask(0x0100, b"z").data, b"z", "there is room for one more");
    let figures = Scrape::read(&server.http().get("/metrics").body);
    let refused = "hotframe_connections_refused_total{reason=\"max_per_source\"}";
    assert!(figures.value(refused) >= 20.0);
}
