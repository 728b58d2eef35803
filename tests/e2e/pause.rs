//! A process that is stopped for a while, and a fleet that comes back all at once.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use hotframe_protocol::{Command, Kind};
use hotframe_tests::{
    Endpoint, Scrape, Server, Wire, frame, pass, raise_descriptors, request, scale, wait_until,
};
use rustix::process::Signal;

use crate::injected::{self, can_inject};

const HELLO: u16 = 0x0001;
const PING: u16 = 0x0002;

/// Clients that do nothing but answer probes.
struct Sleepers(Vec<std::net::TcpStream>);

impl Sleepers {
    fn connect(endpoint: &Endpoint, count: usize) -> Self {
        let Endpoint::Tcp(address) = endpoint else { panic!("sleepers speak TCP") };
        Self((0..count).map(|_| std::net::TcpStream::connect(address).unwrap()).collect())
    }

    /// Answers the probes that came; panics where the server has closed.
    fn answer(&mut self) -> usize {
        let answer = frame(0, Command::new(Kind::Reply, PING), b"");
        let (mut room, mut probes) = ([0; 4096], 0);
        for (number, stream) in self.0.iter_mut().enumerate() {
            stream.set_nonblocking(true).unwrap();
            match stream.read(&mut room) {
                Ok(0) => panic!("the server has closed sleeper {number}"),
                // A probe is 8 bytes; more than one is answered by one.
                Ok(_) => {
                    probes += 1;
                    stream.write_all(&answer).unwrap();
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
            }
        }
        probes
    }
}

#[test]
fn a_pause_disconnects_nobody() {
    raise_descriptors();
    let pause = Duration::from_secs(scale("HOTFRAME_E2E_PAUSE_S", 6) as u64);
    let count = scale("HOTFRAME_E2E_SLEEPERS", 100);
    let setup = Server::setup().http();
    let heartbeat = "[heartbeat]\nidle_after = \"1s\"\nprobe_timeout = \"3s\"\n";
    let server = setup.settings(heartbeat).start();
    let mut sleepers = Sleepers::connect(server.tcp(), count);
    // All of them: a probe that is on its way when the server stops would be answered too late.
    let mut probed = 0;
    wait_until("everybody to be probed once", || {
        probed += sleepers.answer();
        (probed >= count).then_some(())
    });
    server.signal(Signal::STOP);
    pass(pause);
    // Those who were probed just before have answered meanwhile.
    sleepers.answer();
    server.signal(Signal::CONT);
    let (mut probes, begun) = (0, Instant::now());
    wait_until("everybody to be probed again", || {
        probes += sleepers.answer();
        (probes >= count * 2 && begun.elapsed() > Duration::from_secs(4)).then_some(())
    });
    let figures = Scrape::read(&server.http().get("/metrics").body);
    let closed = figures.value("hotframe_connections_closed_total{reason=\"unresponsive\"}");
    assert_eq!(closed, 0.0, "nobody was given up");
    assert_eq!(server.control().ask("status")["connections"], count);
    assert_eq!(server.stop(), Some(0));
}

/// Every now and then the poll returns late, with what it had seen before: whoever has answered
/// meanwhile is not known to have.
#[test]
fn a_pause_behind_the_look_for_events_disconnects_nobody() {
    if !can_inject() {
        return;
    }
    let heartbeat = "[heartbeat]\nidle_after = \"300ms\"\nprobe_timeout = \"1s\"\n";
    let setup = Server::setup().settings(heartbeat);
    let server = injected::start(setup, &["inject=epoll_wait:delay_exit=1500000:when=5+3"]);
    let mut sleepers = Sleepers::connect(server.tcp(), 50);
    let (mut probes, begun) = (0, Instant::now());
    wait_until("everybody to be probed again and again", || {
        probes += sleepers.answer();
        (probes >= 200 && begun.elapsed() > Duration::from_secs(6)).then_some(())
    });
    assert_eq!(server.control().ask("status")["connections"], 50);
    let _answer = server.control().ask("shutdown");
    assert_eq!(server.wait(), Some(0));
}

/// A probe whose write takes so long, as when the process is paused before it, has its time from
/// then on.
#[test]
fn a_pause_before_a_probe_is_written_disconnects_nobody() {
    if !can_inject() {
        return;
    }
    let heartbeat = "[heartbeat]\nidle_after = \"300ms\"\nprobe_timeout = \"3s\"\n";
    let setup = Server::setup().settings(heartbeat);
    let server = injected::start(setup, &["inject=sendto:delay_enter=4000000:when=5+40"]);
    let mut sleepers = Sleepers::connect(server.tcp(), 20);
    let (mut probes, begun) = (0, Instant::now());
    wait_until("two probes to be written late", || {
        probes += sleepers.answer();
        (probes >= 60 && begun.elapsed() > Duration::from_secs(8)).then_some(())
    });
    assert_eq!(server.control().ask("status")["connections"], 20);
    let _answer = server.control().ask("shutdown");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_storm_of_clients_that_come_back_finds_every_session() {
    raise_descriptors();
    let count = scale("HOTFRAME_E2E_STORM", 300);
    let rounds = scale("HOTFRAME_E2E_STORM_ROUNDS", 4);
    let server = Server::setup().start();
    let hello = |number: usize| request(HELLO, format!("device-{number}").as_bytes());
    let mut slowest = Duration::ZERO;
    let mut wires: Vec<Wire> = Vec::new();
    for round in 0..rounds {
        drop(std::mem::take(&mut wires));
        let begun = Instant::now();
        for number in 0..count {
            let mut wire = server.connect();
            wire.send(&hello(number));
            wires.push(wire);
        }
        for (number, wire) in wires.iter_mut().enumerate() {
            let reply = wire.receive().unwrap_or_else(|| panic!("{number} in round {round}"));
            assert_eq!((reply.error_code(), reply.data[12]), (None, u8::from(round > 0)));
        }
        slowest = slowest.max(begun.elapsed());
    }
    assert_eq!(server.control().ask("status")["sessions"], count);
    println!("{count} sessions back {} times, the slowest in {slowest:?}", rounds - 1);
    assert_eq!(server.stop(), Some(0));
}
