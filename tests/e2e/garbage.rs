//! Streams that are no frames: their cost is bounded, and others are served meanwhile.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use hotframe_tests::{Endpoint, Quiet, Server, Stream, processor_time, request, scale};

const ECHO: u16 = 0x0100;

/// The patterns that cost a naive receiver most.
const WORST: [&[u8]; 3] = [&[0xAA], &[0xAA, 0xAA, 0xAA, 0xFF], &[0xAA, 0xAA, 0x01, 0xFF]];

/// Sends a pattern, so many bytes of it, and reads what comes back. Returns the server's time.
fn pour(server: &Server, endpoint: &Endpoint, pattern: &[u8], bytes: usize) -> Duration {
    let begun = processor_time(server.id());
    let stream = endpoint.connect();
    let (mut reader, mut writer) = (stream.second(), stream);
    let chunk = pattern.repeat((64 * 1024_usize).div_ceil(pattern.len()));
    let reading = thread::spawn(move || drain(&mut reader));
    for _ in 0..bytes / chunk.len() {
        writer.write_all(&chunk).expect("garbage is taken within its bounds");
    }
    writer.finish();
    reading.join().unwrap();
    processor_time(server.id()) - begun
}

fn drain(stream: &mut Stream) {
    let mut room = vec![0; 256 * 1024];
    while stream.read(&mut room).expect("the server answers to the end") > 0 {}
}

#[test]
fn the_worst_streams_cost_little_and_disturb_nobody() {
    let mib = scale("HOTFRAME_E2E_GARBAGE_MIB", 4);
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    let bounds = "[limits]\nmax_garbage = \"1GiB\"\nmax_sync_errors = 1000000000\n";
    let server = setup.settings(bounds).start();
    let good = request(ECHO, &[7; 16]);
    let bytes = mib << 20;
    let before = Quiet::measure(server.tcp(), 50, ECHO, Duration::from_secs(2));
    let cost = pour(&server, server.tcp(), &good, bytes);
    for pattern in WORST {
        let quiet = Quiet::start(server.tcp(), 50, ECHO);
        let worse = pour(&server, server.tcp(), pattern, bytes);
        let during = quiet.stop();
        println!(
            "{mib} MiB of {pattern:02x?}: {worse:?} of the processor, of good frames {cost:?}; \
             p99 of 50 clients {:?} before, {:?} during, {:.2} times",
            before.percentile(99),
            during.percentile(99),
            during.times_p99(&before)
        );
    }
    let skipped = server.control().ask("status")["frames_in"].as_u64().unwrap();
    assert!(skipped >= (bytes / good.len()) as u64);
    assert_eq!(server.stop(), Some(0));
}
