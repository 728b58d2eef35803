//! Connections that send and never read: bounded in memory, closed in the end, harmless to others.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hotframe_tests::{Endpoint, Quiet, Server, pass, raise_descriptors, request, resident, scale};

const ECHO: u16 = 0x0100;
/// What each connection wants to send.
const REQUESTS: usize = 10_000;
/// What `outbound_high_water` is by default, and what a connection may take on top: the engine
/// holds back 4 KiB more, the rest is what its buffers leave unused and the allocator between.
const MOST: u64 = (64 + 16) * 1024;
/// The buffers in the pool, and the one that all read into.
const SHARED: u64 = 2 << 20;

#[test]
fn a_thousand_peers_that_never_read_cost_little_and_are_closed() {
    raise_descriptors();
    let count = scale("HOTFRAME_E2E_STALLED", 100);
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    let server = setup.settings("[limits]\nwrite_timeout = \"3s\"\n").start();
    let Endpoint::Tcp(address) = server.tcp() else { panic!("the first listener is TCP") };
    let before = Quiet::measure(server.tcp(), 20, ECHO, Duration::from_secs(2));
    let memory = resident(server.id());

    let quiet = Quiet::start(server.tcp(), 20, ECHO);
    let asked = request(ECHO, &[7; 255]).repeat(REQUESTS);
    let mut peers: Vec<(TcpStream, usize)> = Vec::new();
    for _ in 0..count {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nonblocking(true).unwrap();
        peers.push((stream, 0));
    }
    // They write as long as anything is taken; what the server allows, it holds soon.
    let (mut most, begun) = (0, Instant::now());
    loop {
        let mut moved = false;
        for (stream, sent) in &mut peers {
            // On and on, for the kernel's own buffers take a lot.
            match stream.write(&asked[*sent..]) {
                Ok(count) => (*sent, moved) = ((*sent + count) % asked.len(), moved || count > 0),
                Err(error) => assert_ne!(error.kind(), ErrorKind::InvalidInput, "{error}"),
            }
        }
        most = most.max(resident(server.id()).saturating_sub(memory));
        let open = server.control().ask("status")["connections"].as_u64().unwrap();
        if open <= 20 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{open} are still open");
        if !moved {
            pass(Duration::from_millis(20));
        }
    }
    let during = quiet.stop();
    // The buffers that the server keeps for everybody are no connection's.
    let each = most.saturating_sub(SHARED) / count as u64;
    println!(
        "{count} that never read: {each} bytes each, all closed after {:?}; p99 {:?} before, {:?} \
         during, {:.2} times",
        begun.elapsed(),
        before.percentile(99),
        during.percentile(99),
        during.times_p99(&before)
    );
    assert!(each <= MOST, "{each} bytes a connection");
    let reason = |record: &hotframe_tests::Record| record.says("write_timeout");
    server.log().wait_for(0, "the log to say why", reason);
    assert_eq!(server.stop(), Some(0));
}
