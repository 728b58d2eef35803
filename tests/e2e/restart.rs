//! One server after another, and no client that finds the door shut.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::thread;
use std::time::Duration;

use hotframe_tests::{
    Callers, DEADLINE, Endpoint, Process, Record, Server, Setup, Swap, built, scale, wait_until,
};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::Signal;
use serde_json::json;

const ECHO: u16 = 0x0100;

fn setup() -> Setup {
    Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"")
}

#[test]
fn a_server_takes_over_from_the_one_before() {
    let mut server = setup().http().start();
    let endpoints = server.endpoints().to_vec();
    let callers = Callers::start(endpoints.iter().cycle().take(4), ECHO);
    for _ in 0..scale("HOTFRAME_E2E_TAKE_OVERS", 3) {
        let before = server.id();
        // It has been talked to, asks nothing, and is here when the drain begins.
        let mut idle = server.connect();
        assert_eq!(idle.ask(ECHO, b"before").data, b"before");
        let (next, mut old) = server.take_over();
        server = next;
        assert_eq!(server.endpoints(), endpoints, "the very same doors");
        wait_until("the old server to drain", || {
            old.log().all(|record| record.says("draining")).first().cloned()
        });
        assert_eq!(idle.ask(ECHO, b"after").data, b"after", "who is here is served");
        drop(idle);
        assert_eq!(old.wait().code(), Some(0));
        wait_until("the new server to answer for the old", || {
            (server.control().ask("status")["pid"] == server.id()).then_some(())
        });
        assert_ne!(server.id(), before);
        assert_eq!(server.http().get("/readyz").status, 200);
        assert_eq!(server.connect().ask(ECHO, b"new").data, b"new");
    }
    let calls = callers.stop();
    assert_eq!((calls.refused, calls.lost), (0, 0), "{calls:?}");
    assert!(calls.answered > 0, "{calls:?}");
    let run = server.folder().join("run");
    assert_eq!(server.stop(), Some(0));
    let left: Vec<_> = fs::read_dir(&run).into_iter().flatten().flatten().collect();
    let is_socket = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|e| e == "sock");
    assert!(!left.iter().any(is_socket), "{left:?}");
    println!("{calls:?}");
}

#[test]
fn a_successor_that_fails_changes_nothing() {
    let server = setup().start();
    let callers = Callers::start([server.tcp()], ECHO);
    let file = server.folder().join("config/hotframe.toml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("[http]", "nonsense = 1\n[http]")).unwrap();
    let program = hotframe_tests::built().join("hotframe");
    let failed = std::process::Command::new(program)
        .args(["serve", "--config", "config/hotframe.toml", "--take-over"])
        .current_dir(server.folder().path())
        .output()
        .unwrap();
    assert_eq!(failed.status.code(), Some(78), "{failed:?}");
    let status = server.control().ask("status");
    assert_eq!((&status["pid"], &status["state"]), (&json!(server.id()), &json!("running")));
    let calls = callers.stop();
    assert_eq!((calls.refused, calls.lost), (0, 0), "{calls:?}");
}

/// Two servers would write over what the other remembers: the second one says so. One that takes
/// over does not, and holds the folder when the one before is gone.
#[test]
fn of_two_servers_that_keep_state_in_one_folder_the_second_says_so() {
    let server = setup().start();
    let beside = |name: &str| {
        let run = server.folder().join("run");
        let socket = format!("control.socket=\"{}\"", run.join(name).display());
        let args = ["serve", "--config", "config/hotframe.toml", "--set", &socket, "--listen"];
        let args = [&args[..], &["tcp://127.0.0.1:0"]].concat();
        Process::start(&built().join("hotframe"), &args, server.folder().path())
    };
    let is_told = |of: u32| {
        let told = format!("another server, pid {of},");
        move |record: &Record| record.field("code") == "HF0323" && record.says(&told)
    };
    let other = beside("other.sock");
    other.log().wait_for(0, "the warning", is_told(server.id()));
    other.log().wait_for(0, "it to serve", |record| record.message().starts_with("ready"));
    drop(other);
    assert_eq!(server.log().all(|record| record.says("HF0323")).len(), 0);
    let folder = server.folder().join("run/server.lock");
    let (heir, mut old) = server.take_over();
    assert_eq!(old.wait().code(), Some(0));
    wait_until("the heir to hold the folder", || {
        (fs::read_to_string(&folder).ok()? == heir.id().to_string()).then_some(())
    });
    assert_eq!(heir.log().all(|record| record.says("HF0323")).len(), 0);
    assert_eq!(heir.stop(), Some(0));
}

/// A service manager holds the sockets; the server drains, ends and is started again.
#[test]
fn sockets_that_are_passed_outlive_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::Tcp(listener.local_addr().unwrap());
    // Children inherit it under the same number.
    fcntl_setfd(&listener, FdFlags::empty()).unwrap();
    let start = || {
        let number = listener.as_raw_fd().to_string();
        let setup = setup().variable("LISTEN_FDS", "1");
        setup.variable("LISTEN_FDS_FIRST_FD", &number).start()
    };
    let mut server = start();
    assert_eq!(server.tcp(), &endpoint);
    let callers = Callers::start([&endpoint, &endpoint, &endpoint], ECHO);
    for _ in 0..scale("HOTFRAME_E2E_TAKE_OVERS", 3) {
        let drained = server.control().request(&json!({ "verb": "drain", "grace_ms": 5000 }));
        assert_eq!(drained.unwrap()["closed"], 0, "callers leave by themselves");
        assert_eq!(server.wait(), Some(0));
        server = start();
    }
    let calls = callers.stop();
    assert_eq!((calls.refused, calls.lost), (0, 0), "{calls:?}");
    assert!(calls.answered > 0, "{calls:?}");
    println!("{calls:?}");
}

#[test]
fn the_service_manager_hears_of_the_start_the_beats_and_the_end() {
    let folder = hotframe_tests::Folder::default();
    let path = folder.join("notify.sock");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    let hear = || {
        let mut room = [0; 500];
        let length = manager.recv(&mut room).expect("word before the deadline");
        String::from_utf8_lossy(&room[..length]).into_owned()
    };
    let server = setup()
        .variable("NOTIFY_SOCKET", path.to_str().unwrap())
        .variable("WATCHDOG_USEC", "200000")
        .start();
    let ready = hear();
    assert!(ready.starts_with("READY=1\nMAINPID="), "{ready}");
    let begun = std::time::Instant::now();
    assert_eq!([hear(), hear(), hear()], ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
    assert!(begun.elapsed() >= Duration::from_millis(100), "beats come at half of the time");
    let stopping = thread::spawn(move || server.stop());
    wait_until("the end to be told", || (hear() == "STOPPING=1").then_some(()));
    assert_eq!(stopping.join().unwrap(), Some(0));
}

/// The other side of `--take-over` holds the start of a server while signals come.
#[test]
fn a_signal_in_the_middle_of_the_start_waits_for_its_end() {
    for also_stop in [false, true] {
        let folder = hotframe_tests::Folder::default();
        let path = folder.join("run/hotframe.sock");
        let before = UnixListener::bind(&path).unwrap();
        before.set_nonblocking(true).unwrap();
        let settings = "listen = [\"unix://../run/frames.sock\"]\ncommands = \"commands.toml\"\n\
                        [http]\nlisten = \"\"\n[server]\nstate_dir = \"../run\"\n\
                        [control]\nsocket = \"../run/hotframe.sock\"\n[log]\nformat = \"json\"\n";
        folder.replace("config/hotframe.toml", settings.as_bytes(), Swap::Rename);
        folder.replace("config/commands.toml", b"[commands]\n", Swap::Rename);
        let program = hotframe_tests::built().join("hotframe");
        let args = ["serve", "--config", "config/hotframe.toml", "--take-over"];
        let mut server = Process::start(&program, &args, folder.path());
        let (mut asked, _) = wait_until("the question", || before.accept().ok());
        asked.set_nonblocking(false).unwrap();
        BufReader::new(&asked).read_line(&mut String::new()).unwrap();
        server.signal(Signal::HUP);
        if also_stop {
            server.signal(Signal::TERM);
        }
        // The next question finds nobody.
        drop(before);
        asked.write_all(b"{\"ok\":true,\"result\":{}}\n").unwrap();
        if !also_stop {
            let is_ready = |record: &Record| record.message().starts_with("ready");
            server.log().wait_for(0, "the server to be ready", is_ready);
            server.signal(Signal::TERM);
        }
        assert_eq!(server.wait().code(), Some(0), "{}", server.log().text());
    }
}
