//! Peers that send a byte now and then: their frames are waited for as long as is said, not longer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hotframe_tests::{
    Endpoint, Quiet, Server, pass, raise_descriptors, request, scale, wait_until,
};

const ECHO: u16 = 0x0100;

#[test]
fn slow_senders_are_shed_and_the_others_are_served() {
    raise_descriptors();
    let count = u32::try_from(scale("HOTFRAME_E2E_DRIBBLING", 300)).unwrap();
    let setup = Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"");
    // Room for the quiet clients, too, and for those of the measurement before.
    let limits = format!("frame_timeout = \"2s\"\nmax_connections = {}", count + 50);
    let server = setup.settings(&format!("[limits]\n{limits}\n")).start();
    let Endpoint::Tcp(address) = server.tcp() else { panic!("the first listener is TCP") };
    let before = Quiet::measure(server.tcp(), 10, ECHO, Duration::from_secs(2));
    let quiet = Quiet::start(server.tcp(), 10, ECHO);
    let whole = request(ECHO, &[7; 200]);
    let mut peers: Vec<TcpStream> =
        (0..count).map(|_| TcpStream::connect(address).unwrap()).collect();
    // A byte a second each, as long as the connection lasts.
    for (beat, byte) in whole.iter().enumerate() {
        let begun = Instant::now();
        peers.retain_mut(|peer| peer.write_all(&[*byte]).is_ok());
        if peers.is_empty() {
            break;
        }
        assert!(beat < 60, "{} dribble on", peers.len());
        pass(Duration::from_secs(1).saturating_sub(begun.elapsed()));
        peers.retain_mut(|peer| {
            peer.set_nonblocking(true).unwrap();
            let open = peer
                .read(&mut [0; 64])
                .is_err_and(|e| e.kind().eq(&std::io::ErrorKind::WouldBlock));
            peer.set_nonblocking(false).unwrap();
            open
        });
    }
    let during = quiet.stop();
    println!(
        "{count} dribbling: p99 {:?} before, {:?} during, {:.2} times",
        before.percentile(99),
        during.percentile(99),
        during.times_p99(&before)
    );
    let closed = "hotframe_connections_closed_total{reason=\"frame_timeout\"}";
    wait_until("every one to be closed for it", || {
        let figures = hotframe_tests::Scrape::read(&server.http().get("/metrics").body);
        (figures.value(closed) >= f64::from(count)).then_some(())
    });
    let lines = server.log().all(|record| record.field("reason") == "frame_timeout");
    assert!(lines.len() <= 4, "one source is told of once: {} lines", lines.len());
}
