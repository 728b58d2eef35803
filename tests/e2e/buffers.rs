//! What all connections keep is bounded: who does not read is let go, who does notices nothing.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;

use hotframe_tests::{Endpoint, Server, Wire, request, wait_until};

const ECHO: u16 = 0x0100;
/// Nine eighths of the `max_buffered` of the test.
const MOST: u64 = (1 << 20) / 8 * 9;

/// Lets a peer write until nothing more is taken, or it is cut off; whether that happened.
fn fill(stream: &mut TcpStream, asked: &[u8], sent: &mut usize) -> bool {
    loop {
        match stream.write(&asked[*sent..]) {
            Ok(count) => *sent = (*sent + count) % asked.len(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(_) => return true,
        }
    }
}

#[test]
fn many_that_never_read_make_way_for_one_that_does() {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").http();
    let limits = "[limits]\nmax_buffered = \"1MiB\"\nwrite_timeout = \"10m\"\n";
    let server = setup.settings(limits).start();
    let Endpoint::Tcp(address) = server.tcp() else { panic!("the first listener is TCP") };
    let mut behaves = Wire::connect(server.tcp());
    let asked = request(ECHO, &[7; 255]).repeat(1000);
    // However they share it, each keeps more than 4 KiB in the end: that is too much.
    let mut peers: Vec<_> = (0..300)
        .map(|_| {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nonblocking(true).unwrap();
            (stream, 0, false)
        })
        .collect();
    let status = || server.control().ask("status");
    let kept = |key: &str| status()[key].as_u64().unwrap();
    // The kernel takes a lot for each before the server keeps anything.
    wait_until("the heaviest to be let go", || {
        for (stream, sent, is_cut) in &mut peers {
            *is_cut = *is_cut || fill(stream, &asked, sent);
        }
        assert_eq!(behaves.ask(ECHO, b"as ever").data, b"as ever");
        // Who waits is heard before anybody is let go, but not for more than an eighth above.
        assert!(kept("buffered_bytes") <= MOST, "{}", status());
        let metrics = server.http().get("/metrics").body;
        let line = metrics.lines().find_map(|it| {
            it.strip_prefix("hotframe_connections_closed_total{reason=\"buffers_full\"} ")
        });
        (line? != "0").then_some(())
    });
    server.log().wait_for(0, "the warning", |it| it.field("code") == "HF0281");
    let open = kept("connections");
    assert!(open > 1, "not all of them: {open}");
    drop(peers);
    wait_until("room", || (kept("buffered_bytes") == 0).then_some(()));
    assert_eq!(behaves.ask(ECHO, b"still").data, b"still");
    assert_eq!(server.stop(), Some(0));
}
