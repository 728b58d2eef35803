//! System calls that fail although nothing is wrong: `strace` answers them in the kernel's place.
//! Nobody is harmed by what says "try again", and by what says "it is over" only whose it is.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use hotframe_tests::{
    Callers, Fixture, Ledger, Server, Setup, descriptors, request, skipped, wait_until,
};

const STAMP: u16 = 0x0200;
const ECHO: u16 = 0x0100;

/// Whether processes may be traced here; says so where not.
pub fn can_inject() -> bool {
    let traced = Command::new("strace")
        .args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", "inject=getppid:error=EINTR", "true"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let can = traced.is_ok_and(|status| status.success());
    if !can {
        skipped("system calls that fail", "apt-get install strace, where tracing is allowed");
    }
    can
}

/// A server whose system calls fail like this.
fn serve(injections: &[&str]) -> Server {
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    let setup =
        setup.route("0x0200 = \"stamp.stamp\"").plugin("stamp.so", &Fixture::stamp(1).bytes);
    start(setup, injections)
}

/// The same of what is set up.
pub fn start(setup: Setup, injections: &[&str]) -> Server {
    let hotframe = hotframe_tests::built().join("hotframe");
    setup.program("strace", &tracing(&hotframe, injections)).start()
}

/// Waits for the end of a server, and starts another in its folder whose system calls fail.
pub fn again_failing(server: Server, injections: &[&str]) -> Server {
    let hotframe = hotframe_tests::built().join("hotframe");
    // Traced as well, a trial may take longer than it has.
    let untried = ["-E", "HOTFRAME__PLUGINS__PROBE=false"];
    let args = [&untried[..], &tracing(&hotframe, injections)].concat();
    server.again_by(Path::new("strace"), &args)
}

/// How to trace it. The tracer is the server's grandchild, so that signals reach the server.
fn tracing<'a>(hotframe: &'a Path, injections: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["-D", "-f", "-qq", "-o", "/dev/null"];
    args.extend(injections.iter().flat_map(|injection| ["-e", injection]));
    args.push(hotframe.to_str().expect("the build lies under a name that is text"));
    args
}

/// Stops it by its control socket: what a signal's handler sends to wake the loop must not fail,
/// and in truth cannot.
fn stop(server: Server) {
    let _answer = server.control().ask("shutdown");
    assert_eq!(server.wait(), Some(0));
}

/// Clients that lose nothing, for a while; the counters say what they say.
fn nothing_is_lost(injections: &[&str]) {
    if !can_inject() {
        return;
    }
    let server = serve(injections);
    let ledger = Ledger::open(server.endpoints(), 6, STAMP, false);
    let callers = Callers::start(&server.endpoints()[..1], ECHO);
    let calls = || server.control().plugin("echo").unwrap()["calls"].as_u64().unwrap();
    wait_until("some calls", || (calls() >= 40).then_some(()));
    let called = callers.stop();
    let books = ledger.close();
    assert_eq!((called.refused, called.lost), (0, 0), "{injections:?}");
    let frames = server.control().ask("status")["frames_in"].as_u64().unwrap();
    assert_eq!(frames, called.answered + books.requests, "{injections:?}");
    stop(server);
}

#[test]
fn a_signal_in_every_call_loses_nothing() {
    nothing_is_lost(&[
        "inject=recvfrom,sendto,writev:error=EINTR:when=1+2",
        "inject=epoll_wait,accept4:error=EINTR:when=2+2",
    ]);
}

#[test]
fn a_shortage_while_accepting_loses_nobody() {
    for error in ["EMFILE", "ECONNABORTED"] {
        nothing_is_lost(&[&format!("inject=accept4:error={error}:when=3+10")]);
    }
}

#[test]
fn a_broken_connection_is_nobody_else_s() {
    if !can_inject() {
        return;
    }
    // The loop gets there; the thread of the control socket, counted for itself, does not.
    let server = serve(&[
        "inject=recvfrom:error=ECONNRESET:when=61+31",
        "inject=sendto:error=EIO:when=71+37",
    ]);
    let idle = descriptors(server.id());
    let (mut answered, mut lost) = (0, 0);
    for nonce in 0..200_u64 {
        let mut wire = server.connect();
        let sent = wire.try_send(&request(ECHO, &nonce.to_be_bytes()));
        match sent.and_then(|()| wire.try_receive()) {
            Ok(Some(reply)) => {
                assert_eq!(reply.data, nonce.to_be_bytes());
                answered += 1;
            }
            Ok(None) => lost += 1,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => lost += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(lost > 0 && answered > lost, "{answered} answered, {lost} lost");
    wait_until("every socket to be closed", || (descriptors(server.id()) <= idle).then_some(()));
    stop(server);
}
