//! A server that has nothing to do does nothing.

use std::fs;
use std::time::{Duration, Instant};

use hotframe_tests::{Server, wait_until};

/// Long enough for anything that ticks to tick.
const WINDOW: Duration = Duration::from_millis(1500);

/// How often the loop's thread went to sleep of its own will so far.
fn sleeps(server: &Server) -> u64 {
    let id = server.id();
    let status = fs::read_to_string(format!("/proc/{id}/task/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.unwrap().trim().parse().unwrap()
}

#[test]
fn the_loop_of_an_idle_server_is_not_woken() {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    let server = setup.start();
    let mut wires: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for wire in &mut wires {
        assert_eq!(wire.ask(0x0100, b"once").data, b"once");
    }
    // What the start still had to do may take its time: the promise is that it comes to rest.
    wait_until("a window without a wake-up", || {
        let (before, begun) = (sleeps(&server), Instant::now());
        wait_until("the window to pass", || (begun.elapsed() > WINDOW).then_some(()));
        (sleeps(&server) == before).then_some(())
    });
    for wire in &mut wires {
        assert_eq!(wire.ask(0x0100, b"again").data, b"again");
    }
    let (before, begun) = (sleeps(&server), Instant::now());
    wait_until("the next window to pass", || (begun.elapsed() > WINDOW).then_some(()));
    // The last replies may still be on their way into rest when the window opens.
    assert!(sleeps(&server) - before <= 1, "woken {} times", sleeps(&server) - before);
}
