//! Good values, and what becomes of them.

use std::path::Path;
use std::time::Duration;

use hotframe_core::RouteKey;

use super::{folder, load_text, settings_of, sources};
use crate::config::{
    Addresses, Dialect, Endpoint, OnRemove, ReplyOrder, Route, Routes, Settings, load,
};

fn routes_of(text: &str) -> Routes {
    let folder = folder(b"", Some(text.as_bytes()));
    let loaded = load(&sources(folder.path()));
    loaded.routes.unwrap_or_else(|| panic!("{text}: {:?}", loaded.problems))
}

#[test]
fn an_empty_file_is_the_built_in_configuration() {
    let folder = folder(b"", None);
    let sources = sources(folder.path());
    let loaded = load(&sources);
    assert_eq!(loaded.settings, Some(Settings::built_in(&sources)));
    assert_eq!(loaded.routes, Some(Routes::built_in()));
    assert_eq!(loaded.problems, []);
}

#[test]
fn every_section_is_read() {
    let settings = settings_of(
        r#"
        listen = ["tcp://[::1]:0", { url = "unix://../run/data.sock", dialect = "flagged" }]
        server = { state_dir = "/var/lib/x", shutdown_grace = "0s" }
        limits.max_connections = 1_000
        limits.outbound_high_water = 4096
        limits.max_garbage = "1MiB"
        limits.frame_timeout = "250ms"
        plugins.on_remove = "unload"
        plugins.dirs = []
        control.mode = "0o660"
        http.listen = ""
        log = { level = "off", format = "json", access = 0 }
        "#,
    );
    let urls: Vec<_> = settings.listen.iter().map(|l| l.endpoint.to_string()).collect();
    assert_eq!(urls[0], "tcp://[::1]:0");
    assert!(urls[1].starts_with("unix:///") && urls[1].ends_with("/run/data.sock"), "{urls:?}");
    assert!(!urls[1].contains(".."), "{urls:?}");
    assert_eq!(settings.listen[1].dialect, Dialect::Flagged);
    assert_eq!(settings.server.shutdown_grace, Duration::ZERO);
    assert_eq!(settings.control.socket, Path::new("/var/lib/x/hotframe.sock"));
    assert_eq!(settings.control.mode, 0o660);
    assert_eq!(settings.limits.max_connections, 1000);
    assert_eq!(settings.limits.outbound_high_water, 4096);
    assert_eq!(settings.limits.max_garbage, 1 << 20);
    assert_eq!(settings.limits.frame_timeout, Duration::from_millis(250));
    assert_eq!(settings.plugins.on_remove, OnRemove::Unload);
    assert_eq!(settings.plugins.dirs, []);
    assert_eq!(settings.http.listen, None);
    assert_eq!(settings.log.level, log::LevelFilter::Off);
    assert_eq!(settings.log.format, crate::logging::Format::Json);
}

#[test]
fn a_lone_address_is_a_list_of_one() {
    let settings = settings_of("listen = \"tcp://localhost:1\"");
    let host = "localhost".to_owned();
    assert_eq!(settings.listen[0].endpoint, Endpoint::Tcp { host, port: 1 });
}

#[test]
fn turning_off_what_is_not_there_is_no_reason_to_warn() {
    let loaded = load_text("http.listen = \"\"\nlimits.overload = \"\"\nlimits.accept_rate = \"\"");
    assert_eq!(loaded.problems, []);
}

#[test]
fn routes_are_read_and_sorted() {
    let routes = routes_of(
        r#"
        [commands]
        0x3FFF = "a.b"
        256 = { handler = "echo.echo", addresses = [1, "16-31", "0x20"], timeout = "2s" }
        0x0101.handler = "x.y"
        0x0101.enabled = false
        default = "echo.reverse"
        "#,
    );
    let numbers: Vec<_> = routes.entries.iter().map(|route| route.key).collect();
    assert_eq!(numbers, [0x0100, 0x0101, 0x3FFF].map(RouteKey::Number));
    let first = &routes.entries[0];
    let addresses: Vec<_> = first.addresses.iter().collect();
    assert_eq!(addresses.len(), 18);
    assert_eq!(first.addresses.words(), [0x1_FFFF_0002, 0, 0, 0]);
    assert!(addresses.contains(&1) && addresses.contains(&31) && addresses.contains(&32));
    assert_eq!(first.timeout, Some(Duration::from_secs(2)));
    assert_eq!(first.place.as_ref().map(|place| place.line), Some(4));
    assert!(!routes.entries[1].enabled);
    assert_eq!(routes.entries[2].addresses, Addresses::ALL);
    let default = routes.default.as_ref().map(Route::command);
    assert_eq!(default.as_deref(), Some("default"));
    assert_eq!(routes.iter().count(), 4);
}

#[test]
fn every_word_of_the_raw_dialect_may_be_routed() {
    let routes = routes_of(
        "[commands]\n0x0100 = \"a.b\"\n[raw]\n0xFFFF = \"a.b\"\n2 = \"c.d\"\n\
         default = { handler = \"x.y\", enabled = false }\n",
    );
    let commands: Vec<_> = routes.iter().map(Route::command).collect();
    assert_eq!(commands, ["0x0100", "raw:default", "raw:0x0002", "raw:0xFFFF"]);
    assert_eq!((routes.raw[0].enabled, routes.raw[1].handler.as_str()), (false, "c.d"));
}

#[test]
fn a_raw_listener_has_its_options() {
    let settings = settings_of(
        "listen = [{ url = \"tcp://[::1]:0\", dialect = \"raw\", error_command = 0xFFFF, \
         reply_order = \"any\" }]",
    );
    let listener = &settings.listen[0];
    assert_eq!((listener.dialect, listener.reply_order), (Dialect::Raw, ReplyOrder::Any));
    assert_eq!(listener.error_command, Some(0xFFFF));
}

#[test]
fn a_plugin_is_handed_its_table_as_json() {
    let settings = settings_of(
        "[plugins.config.echo]\nprefix = \"> \"\nlist = [1, 2.5, true]\nday = 1979-05-27\n",
    );
    let config = &settings.plugins.config["echo"];
    let json = r#"{"prefix":"> ","list":[1,2.5,true],"day":"1979-05-27"}"#;
    assert_eq!(config.reveal_json(), json);
}
