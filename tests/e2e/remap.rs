//! Commands that move between handlers under load, and by every way a file is replaced.

use std::collections::BTreeSet;

use hotframe_tests::{Fixture, Ledger, Server, Swap, scale};

const COMMAND: u16 = 0x0200;

/// Two plugins from one source: each says which of them answered.
fn serve() -> Server {
    let side = |name: &str, version: &str| {
        Fixture::compile("stamp.c", &[("NAME", &format!("\"{name}\"")), ("VERSION", version)])
    };
    let setup = Server::setup().route("0x0200 = \"left.stamp\"");
    let setup = setup.plugin("left.so", &side("left", "1").bytes);
    setup.plugin("right.so", &side("right", "2").bytes).start()
}

#[test]
fn every_reply_is_from_exactly_one_of_two_handlers() {
    let server = serve();
    let connections = scale("HOTFRAME_E2E_CONNECTIONS", 8);
    let ledger = Ledger::open(server.endpoints(), connections, COMMAND, true);
    assert_eq!(ledger.sight(0, 1).stamp.version, 1);
    let generation = || server.control().ask("status")["generation"].as_u64().unwrap();
    for round in 0..scale("HOTFRAME_E2E_ROUNDS", 20) {
        let handler = if round % 2 == 0 { "right.stamp" } else { "left.stamp" };
        let how = Swap::ALL[round % Swap::ALL.len()];
        let before = generation();
        server.remap(&format!("0x0200 = \"{handler}\""), how);
        hotframe_tests::wait_until("the route to move", || {
            let route = server.control().route("0x0200").unwrap();
            (route["handler"] == handler).then_some(())
        });
        assert!(generation() > before, "each change has a number of its own");
    }
    let books = ledger.close();
    assert_eq!(books.versions(), BTreeSet::from([1, 2]));
    assert_eq!(books.stamps.len(), 2, "no plugin was loaded again for a route's sake");
    let calls = |name: &str| server.control().plugin(name).unwrap()["calls"].as_u64().unwrap();
    assert_eq!(calls("left") + calls("right"), books.requests);
    assert_eq!(books.stamps.values().copied().collect::<Vec<_>>(), [calls("left"), calls("right")]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_volume_swap_of_a_whole_folder_is_noticed() {
    // What a cluster does with a mounted configuration: `commands.toml` leads through `..data`,
    // and `..data` is made to lead to another folder.
    let server = serve();
    let config = server.folder().join("config");
    let publish = |name: &str, handler: &str| {
        let folder = config.join(name);
        std::fs::create_dir(&folder).unwrap();
        let text = format!("[commands]\n0x0200 = \"{handler}\"\n");
        std::fs::write(folder.join("commands.toml"), text).unwrap();
        let link = config.join("..data_tmp");
        std::os::unix::fs::symlink(name, &link).unwrap();
        std::fs::rename(&link, config.join("..data")).unwrap();
    };
    let wait_for = |handler: &str| {
        hotframe_tests::wait_until("the route to move", || {
            (server.control().route("0x0200")?["handler"] == handler).then_some(())
        });
    };
    publish("..1", "right.stamp");
    let link = config.join("link");
    std::os::unix::fs::symlink("..data/commands.toml", &link).unwrap();
    std::fs::rename(&link, server.commands_file()).unwrap();
    wait_for("right.stamp");
    publish("..2", "left.stamp");
    wait_for("left.stamp");
    publish("..3", "right.stamp");
    wait_for("right.stamp");
}
