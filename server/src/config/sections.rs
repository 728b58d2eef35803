//! From the tree to [`Settings`]: owns, key by key, what is read and within which range.

use core::ops::RangeInclusive;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::config::findings::{Findings, Wrong};
use crate::config::handler;
use crate::config::known;
use crate::config::listen;
use crate::config::plugin_config;
use crate::config::plugin_policy;
use crate::config::settings::{
    Auth, Control, Heartbeat, Http, Limits, Log, OnRemove, PluginDir, Plugins, Server, Settings,
};
use crate::config::text::Texts;
use crate::config::tree::{Node, Table, Value};
use crate::config::values::{
    Read, boolean, choice, commands, duration, mode, path, rate, share, size, socket_path, text,
    whole, wrong_type,
};
use crate::diagnostics::codes::config as codes;
use crate::logging::Format;

/// Bytes of the longest frame: no buffer that is to hold one may be smaller.
const LONGEST_FRAME: u32 = 263;

/// Bytes of one read and the longest frame: garbage that arrives at once is no reason to close.
const ONE_READ: u32 = 16 * 1024 + LONGEST_FRAME;

/// Bytes of a plugin's state: up to what fits into memory twice.
const STATE: RangeInclusive<u32> = 4096..=2 << 30;

/// Bytes that all connections keep: at least what one may by default, with its answers in flight.
const BUFFERED: RangeInclusive<u32> = 1 << 20..=2 << 30;

/// Any time that makes sense to wait for.
const WAIT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(86_400);

/// A time that may also be none at all.
const GRACE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(86_400);

/// Reads keys off a tree; a key that is not there, or is wrong, leaves its default.
pub(super) struct Reader<'a> {
    pub(super) findings: &'a mut Findings,
    pub(super) table: &'a Table,
}

impl Reader<'_> {
    fn take<T>(
        &mut self,
        name: &str,
        default: T,
        read: impl FnOnce(&Node, &Texts) -> Read<T>,
    ) -> T {
        debug_assert!(known::key(name).is_some(), "{name} is read but not listed");
        let Some(entry) = self.table.find(name) else {
            return default;
        };
        match read(&entry.node, &self.findings.texts) {
            Ok(value) => value,
            Err(wrong) => {
                self.findings.wrong(&entry.node.span, wrong);
                default
            }
        }
    }
}

/// Reads every key of `table` but the secrets; what it does not hold is as in `base`.
pub(super) fn read(findings: &mut Findings, table: &Table, base: Settings) -> Settings {
    let mut keys = Reader { findings, table };
    let commands = keys.take("commands", base.commands, |node, texts| path(node, texts).map(Some));
    let server = server(&mut keys, base.server);
    let control = control(&mut keys, base.control);
    let limits = limits(&mut keys, &base.limits);
    let heartbeat = heartbeat(&mut keys, &base.heartbeat);
    let auth = auth(&mut keys, base.auth);
    let plugins = plugins(&mut keys, base.plugins);
    let http =
        Http { listen: keys.take("http.listen", base.http.listen, |node, _| http_listen(node)) };
    let log = log(&mut keys, &base.log);
    let listen = match table.entry("listen") {
        Some(entry) => listen::read(findings, &entry.node),
        None => base.listen,
    };
    Settings { listen, commands, server, limits, heartbeat, auth, plugins, control, http, log }
}

fn server(keys: &mut Reader<'_>, base: Server) -> Server {
    Server {
        state_dir: keys.take("server.state_dir", base.state_dir, path),
        shutdown_grace: keys
            .take("server.shutdown_grace", base.shutdown_grace, |node, _| duration(node, GRACE)),
        watchdog_soft: keys
            .take("server.watchdog_soft", base.watchdog_soft, |node, _| duration(node, GRACE)),
        watchdog_hard: keys
            .take("server.watchdog_hard", base.watchdog_hard, |node, _| duration(node, GRACE)),
    }
}

fn limits(keys: &mut Reader<'_>, base: &Limits) -> Limits {
    let mib = 1 << 20;
    Limits {
        max_connections: keys.take("limits.max_connections", base.max_connections, |node, _| {
            whole(node, 1..=1_000_000)
        }),
        max_questions: keys
            .take("limits.max_questions", base.max_questions, |node, _| whole(node, 0..=4096)),
        max_in_flight: keys
            .take("limits.max_in_flight", base.max_in_flight, |node, _| whole(node, 1..=65_536)),
        outbound_high_water: keys.take(
            "limits.outbound_high_water",
            base.outbound_high_water,
            |node, _| size(node, LONGEST_FRAME..=64 * mib),
        ),
        max_buffered: keys
            .take("limits.max_buffered", base.max_buffered, |node, _| size(node, BUFFERED)),
        frame_timeout: keys
            .take("limits.frame_timeout", base.frame_timeout, |node, _| duration(node, WAIT)),
        write_timeout: keys
            .take("limits.write_timeout", base.write_timeout, |node, _| duration(node, WAIT)),
        max_sync_errors: keys.take("limits.max_sync_errors", base.max_sync_errors, |node, _| {
            whole(node, 0..=1_000_000_000)
        }),
        max_garbage: keys.take("limits.max_garbage", base.max_garbage, |node, _| {
            size(node, ONE_READ..=1024 * mib)
        }),
        accept_rate: keys.take("limits.accept_rate", base.accept_rate, |node, _| rate(node)),
        request_rate: keys.take("limits.request_rate", base.request_rate, |node, _| rate(node)),
        overload: keys.take("limits.overload", base.overload, |node, _| match &node.value {
            Value::Text(text) if text.is_empty() => Ok(None),
            _ => duration(node, WAIT).map(Some),
        }),
        max_per_source: keys.take("limits.max_per_source", base.max_per_source, |node, _| {
            let most: u32 = whole(node, 0..=1_000_000)?;
            Ok((most > 0).then_some(most))
        }),
    }
}

fn heartbeat(keys: &mut Reader<'_>, base: &Heartbeat) -> Heartbeat {
    Heartbeat {
        idle_after: keys
            .take("heartbeat.idle_after", base.idle_after, |node, _| duration(node, WAIT)),
        probe_timeout: keys
            .take("heartbeat.probe_timeout", base.probe_timeout, |node, _| duration(node, WAIT)),
        session_timeout: keys.take("heartbeat.session_timeout", base.session_timeout, |node, _| {
            duration(node, WAIT)
        }),
        takeover: keys.take("heartbeat.takeover", base.takeover, |node, _| boolean(node)),
    }
}

fn auth(keys: &mut Reader<'_>, base: Auth) -> Auth {
    Auth {
        file: keys.take("auth.file", base.file, |node, texts| path(node, texts).map(Some)),
        plugin: keys.take("auth.plugin", base.plugin, |node, _| handler::plugin(node)),
        timeout: keys.take("auth.timeout", base.timeout, |node, _| duration(node, WAIT)),
        required: keys.take("auth.required", base.required, |node, _| boolean(node)),
        allow: keys.take("auth.allow", base.allow, |node, _| commands(node)),
        failure_rate: keys.take("auth.failure_rate", base.failure_rate, |node, _| rate(node)),
    }
}

fn plugins(keys: &mut Reader<'_>, base: Plugins) -> Plugins {
    let choices = [("keep", OnRemove::Keep), ("unload", OnRemove::Unload)];
    let settle = Duration::ZERO..=Duration::from_secs(60);
    Plugins {
        dirs: dirs(keys).unwrap_or(base.dirs),
        settle: keys.take("plugins.settle", base.settle, |node, _| duration(node, settle)),
        drain_timeout: keys
            .take("plugins.drain_timeout", base.drain_timeout, |node, _| duration(node, GRACE)),
        on_remove: keys.take("plugins.on_remove", base.on_remove, |node, _| choice(node, &choices)),
        normalize: keys.take("plugins.normalize", base.normalize, |node, _| boolean(node)),
        probe: keys.take("plugins.probe", base.probe, |node, _| boolean(node)),
        probation: keys.take("plugins.probation", base.probation, |node, _| duration(node, GRACE)),
        probation_errors: keys.take(
            "plugins.probation_errors",
            base.probation_errors,
            |node, _| whole(node, 1..=1_000_000),
        ),
        probation_share: keys
            .take("plugins.probation_share", base.probation_share, |node, _| share(node)),
        max_state: keys.take("plugins.max_state", base.max_state, |node, _| size(node, STATE)),
        policy: match keys.table.find("plugins.policy") {
            Some(entry) => plugin_policy::read(keys.findings, &entry.node),
            None => base.policy,
        },
        config: {
            if let Some(entry) = keys.table.find("plugins.config") {
                plugin_config::check_names(keys.findings, &entry.node);
            }
            BTreeMap::new()
        },
    }
}

/// Reads `plugins.dirs`, if it is there; mistakes are noted, and what is sound is answered.
fn dirs(keys: &mut Reader<'_>) -> Option<Vec<PluginDir>> {
    let node = &keys.table.find("plugins.dirs")?.node;
    let Value::List(items) = &node.value else {
        let wrong = wrong_type(node, "an array of folders such as [\"../plugins\"]");
        keys.findings.wrong(&node.span, wrong);
        return None;
    };
    let mut dirs: Vec<PluginDir> = Vec::new();
    for item in items {
        match path(item, &keys.findings.texts) {
            Ok(path) if dirs.iter().any(|dir| dir.path == path) => {
                let message = format!("`{}` is there twice", path.display());
                let wrong = Wrong::new(codes::CONTRADICTION, message).help("remove one of the two");
                keys.findings.wrong(&item.span, wrong);
            }
            Ok(path) => dirs.push(PluginDir { path, lenient: false }),
            Err(wrong) => keys.findings.wrong(&item.span, wrong),
        }
    }
    Some(dirs)
}

fn control(keys: &mut Reader<'_>, base: Control) -> Control {
    Control {
        socket: keys.take("control.socket", base.socket, |node, texts| {
            socket_path(text(node)?, texts.base(node.span.text))
        }),
        mode: keys.take("control.mode", base.mode, |node, _| mode(node)),
    }
}

fn http_listen(node: &Node) -> Read<Option<SocketAddr>> {
    if let Value::Whole(port) = node.value {
        let wrong = wrong_type(node, "an address and port in quotes");
        return Err(wrong.help(format!("write \"127.0.0.1:{port}\"")));
    }
    let given = text(node)?;
    if given.is_empty() {
        return Ok(None);
    }
    given.parse().map(Some).map_err(|_| {
        let wrong = Wrong::new(codes::BAD_HTTP_LISTEN, format!("`{given}` is no address and port"));
        match given.split_once("://") {
            Some((_, rest)) => wrong.help(format!("without a scheme: \"{rest}\"")),
            None => wrong.help("write for instance \"127.0.0.1:7401\", or \"\" to turn it off"),
        }
    })
}

fn log(keys: &mut Reader<'_>, base: &Log) -> Log {
    let levels = [
        ("off", log::LevelFilter::Off),
        ("error", log::LevelFilter::Error),
        ("warn", log::LevelFilter::Warn),
        ("info", log::LevelFilter::Info),
        ("debug", log::LevelFilter::Debug),
        ("trace", log::LevelFilter::Trace),
    ];
    let formats = [("auto", Format::Auto), ("text", Format::Text), ("json", Format::Json)];
    Log {
        level: keys.take("log.level", base.level, |node, _| choice(node, &levels)),
        format: keys.take("log.format", base.format, |node, _| choice(node, &formats)),
        access: keys.take("log.access", base.access, |node, _| share(node)),
        redact: keys.take("log.redact", base.redact.clone(), |node, _| commands(node)),
    }
}
