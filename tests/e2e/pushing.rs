//! A plugin in C that pushes and hears of its peers: to many at once, to one who does not read, and
//! what is said of it when it ends the server in such a call.

use hotframe_protocol::Kind;
use hotframe_tests::{Fixture, Server, Wire, raise_descriptors, request, scale, wait_until};

const ALL: u16 = 0x0200;
const ME: u16 = 0x0201;
const FLOOD: u16 = 0x0202;
const TOLD: u16 = 0x0203;
const DIE: u16 = 0x0204;
const TO_ALL: u16 = 0x0300;
const BEHIND: u16 = 0x0301;

fn serve(settings: &str) -> Server {
    let setup = Server::setup().plugin("herald.so", &Fixture::compile("herald.c", &[]).bytes);
    let routes = [(ALL, "all"), (ME, "me"), (FLOOD, "flood"), (TOLD, "told"), (DIE, "die")];
    let route = |(number, handler): (u16, &str)| format!("{number:#06x} = \"herald.{handler}\"");
    let setup = routes.into_iter().fold(setup, |setup, it| setup.route(&route(it)));
    setup.settings(settings).start()
}

/// What it was told of: refused pushes, connections that came, connections that went.
fn told(wire: &mut Wire) -> [u32; 3] {
    let data = wire.ask(TOLD, b"").data;
    let number = |at: usize| u32::from_ne_bytes(data[4 * at..4 * at + 4].try_into().unwrap());
    [number(0), number(1), number(2)]
}

#[test]
fn a_push_to_all_reaches_each_once_and_what_was_pushed_later_comes_behind_it() {
    raise_descriptors();
    let server = serve("[limits]\nmax_connections = 4096\n");
    let mut caller = server.connect();
    // More than are pushed to in one round of the loop.
    let count = scale("HOTFRAME_E2E_CONNECTIONS", 700);
    let mut peers: Vec<Wire> = (0..count).map(|_| server.connect()).collect();
    wait_until("all to be let in", || (told(&mut caller)[1] as usize > peers.len()).then_some(()));
    for word in [&b"one"[..], b"two"] {
        caller.send(&request(ALL, word));
        let mut seen = [0; 3];
        while seen != [1; 3] {
            let frame = caller.receive().unwrap();
            let place = match (frame.command.kind(), frame.command.number()) {
                (Kind::Event, TO_ALL) => 0,
                (Kind::Event, BEHIND) => 1,
                (Kind::Reply, ALL) => 2,
                _ => panic!("{frame:?}"),
            };
            assert!(place != 1 || seen[0] == 1, "it was pushed later");
            seen[place] += 1;
        }
        for peer in &mut peers {
            let frame = peer.receive().unwrap();
            assert_eq!((frame.command.number(), &frame.data[..]), (TO_ALL, word));
        }
    }
    assert_eq!(peers[0].ask(ME, b"").data.len(), 8, "no second one came");
    drop((caller, peers));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_push_that_a_slow_reader_does_not_get_is_told() {
    let server = serve("[limits]\noutbound_high_water = \"64KiB\"\n");
    let (mut slow, mut caller) = (server.connect(), server.connect());
    let slow_id = slow.ask(ME, b"").data;
    let asked = [&slow_id[..], &500_u64.to_ne_bytes()].concat();
    wait_until("a push to be refused", || {
        assert_eq!(caller.ask(FLOOD, &asked).data, 500_u32.to_ne_bytes());
        (told(&mut caller)[0] > 0).then_some(())
    });
    // Who reads again gets what comes then.
    drop(slow);
    wait_until("it to be gone", || (told(&mut caller)[2] > 0).then_some(()));
    let row = server.control().plugin("herald").unwrap();
    assert!(row["heap_bytes"].as_u64() > Some(0), "{row}");
    drop(caller);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn whoever_ends_the_server_in_a_call_about_peers_is_named() {
    let server = serve("");
    let mut wire = server.connect();
    assert_eq!(wire.ask(DIE, b"").command.kind(), Kind::Reply);
    let _other = server.connect();
    let server = server.again();
    let named = server.log().wait_for(0, "the culprit", |line| line.field("code") == "HF0264");
    assert!(named.says("SIGABRT in on_connection"), "{named:?}");
    assert_eq!(server.control().plugin("herald").unwrap()["state"], "quarantined");
    assert_eq!(server.stop(), Some(0));
}
