//! The thread with a loop that answers, with one that hangs, and with clients of all kinds.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::*;

const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn serve(ask: impl Fn(Question) + Send + Sync + 'static) -> HttpServer {
    HttpServer::start(bind(ANYWHERE).unwrap(), ask).unwrap()
}

fn connect(server: &HttpServer) -> TcpStream {
    let url = server.url();
    let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

fn get(server: &HttpServer, path: &str) -> String {
    let mut stream = connect(server);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_loop_that_hangs_is_told_and_asked_once() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let server = serve(move |_never_answered| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let begun = Instant::now();
    let visits: Vec<_> = ["/livez", "/readyz", "/metrics", "/", "/api/state"]
        .into_iter()
        .map(|path| {
            let mut stream = connect(&server);
            write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
            stream
        })
        .collect();
    for mut stream in visits {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.0 503 "), "{text}");
        assert!(
            text.ends_with("\r\n\r\nnot ok\n- the loop has not answered within 2 s\n"),
            "{text}"
        );
    }
    assert!(begun.elapsed() >= LOOP_PATIENCE);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_storm_of_scrapes_does_not_reach_the_loop() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let server = serve(move |question| {
        count.fetch_add(1, Ordering::SeqCst);
        question.answer(Snapshot::default());
    });
    let begun = Instant::now();
    for _ in 0..200 {
        assert!(get(&server, "/metrics").contains("\nhotframe_uptime_seconds 0\n"));
    }
    let windows = begun.elapsed().as_millis() / FRESH.as_millis() + 1;
    assert!(u128::from(asked.load(Ordering::SeqCst)) <= windows);
}

#[test]
fn one_visitor_more_and_the_oldest_gives_way() {
    let server = serve(|question| question.answer(Snapshot::default()));
    let mut oldest = connect(&server);
    let others: Vec<_> = (0..MAX_VISITORS).map(|_| connect(&server)).collect();
    assert_eq!(oldest.read(&mut [0; 16]).unwrap_or(0), 0, "closed without an answer");
    assert!(get(&server, "/livez").starts_with("HTTP/1.1 200 "));
    drop(others);
}

#[test]
fn the_end_waits_for_no_client() {
    let server = serve(|_never_answered| {});
    let mut silent = connect(&server);
    let mut waiting = connect(&server);
    write!(waiting, "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let begun = Instant::now();
    drop(server);
    assert!(begun.elapsed() < LOOP_PATIENCE, "{:?}", begun.elapsed());
    for stream in [&mut silent, &mut waiting] {
        assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0);
    }
}
