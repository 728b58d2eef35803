//! Several listeners at once, of both kinds.

use std::fs;

use hotframe_tests::{Endpoint, Server, Wire};

#[test]
fn every_listener_serves() {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.reverse\"");
    let server = setup.tcp_listeners(3).start();
    let ports = server.endpoints().iter().filter_map(|endpoint| match endpoint {
        Endpoint::Tcp(address) => Some(address.port()),
        Endpoint::Unix(_) => None,
    });
    let mut ports: Vec<u16> = ports.collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 3, "port 0 is shown as the port that was taken");
    assert!(!ports.contains(&0));

    assert_eq!(server.endpoints().len(), 4);
    for endpoint in server.endpoints() {
        assert_eq!(Wire::connect(endpoint).ask(0x0100, b"abc").data, b"cba", "{endpoint:?}");
    }
    let shown = server.control().ask("status")["listen"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 4);
}

#[test]
fn the_sockets_are_gone_when_the_server_is() {
    let server = Server::setup().start();
    let run = server.folder().join("run");
    let sockets = || {
        let entries = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name());
        entries.filter(|name| name.to_string_lossy().ends_with(".sock")).count()
    };
    assert_eq!(sockets(), 2, "frames and control");
    server.signal(rustix::process::Signal::TERM);
    hotframe_tests::wait_until("both sockets to be removed", || (sockets() == 0).then_some(()));
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn who_comes_above_the_rate_waits_and_is_served() {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    let server = setup.settings("[limits]\naccept_rate = \"2/s\"\n").start();
    let begun = std::time::Instant::now();
    let mut wires: Vec<_> = (0..4).map(|_| server.connect()).collect();
    for wire in &mut wires {
        assert_eq!(wire.ask(0x0100, b"x").data, b"x");
    }
    let took = begun.elapsed();
    assert!(took >= std::time::Duration::from_millis(900), "two came at once, two in {took:?}");
}
