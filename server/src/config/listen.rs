//! The entries of `listen`: owns the grammar of their URLs and tables.

use core::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use crate::config::findings::{Findings, Wrong};
use crate::config::settings::{Dialect, Endpoint, Listener, ReplyOrder};
use crate::config::spelling::nearest;
use crate::config::text::Span;
use crate::config::tree::{Entry, Node, Table, Value};
use crate::config::values::{Read, boolean, choice, socket_path, text, whole, wrong_type};
use crate::diagnostics::codes::config as codes;

/// Where the server listens when nothing says otherwise.
pub(super) const DEFAULT: &str = "tcp://127.0.0.1:7400";

/// Bits a second of a serial line, where nothing else is said, and what may be said.
const DEFAULT_BAUD: u32 = 115_200;
const BAUDS: core::ops::RangeInclusive<u32> = 50..=4_000_000;

/// The keys of the table form.
pub(super) const OPTIONS: [&str; 6] =
    ["url", "dialect", "reply_order", "error_command", "probe", "auth"];

impl Listener {
    /// A listener with every option at its default.
    #[must_use]
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            dialect: Dialect::default(),
            reply_order: ReplyOrder::default(),
            error_command: None,
            probe: true,
            auth: true,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Serial { path, baud } => write!(f, "serial://{}?baud={baud}", path.display()),
        }
    }
}

/// Reads the value of `listen`; mistakes are noted, and what is sound is answered.
pub(super) fn read(findings: &mut Findings, node: &Node) -> Vec<Listener> {
    let entries = match &node.value {
        Value::List(entries) => entries.as_slice(),
        Value::Text(_) | Value::Table(_) => core::slice::from_ref(node),
        _ => {
            let port = match node.value {
                Value::Whole(port) => port.to_string(),
                _ => "PORT".to_owned(),
            };
            let wrong = wrong_type(node, "an array of addresses")
                .help(format!("write [\"tcp://127.0.0.1:{port}\"]"));
            findings.wrong(&node.span, wrong);
            return Vec::new();
        }
    };
    if entries.is_empty() {
        let wrong = Wrong::new(codes::BAD_LISTEN, "there is nothing to listen on")
            .help(format!("name at least one address, such as \"{DEFAULT}\""));
        findings.wrong(&node.span, wrong);
    }
    let mut listeners: Vec<Listener> = Vec::new();
    for entry in entries {
        let Some(listener) = listener(findings, entry) else {
            continue;
        };
        let taken = |other: &Listener| is_same(&other.endpoint, &listener.endpoint);
        if listeners.iter().any(taken) {
            let message = format!("`{}` is listened on twice", listener.endpoint);
            findings.wrong(&entry.span, Wrong::new(codes::DUPLICATE_LISTEN, message));
        }
        listeners.push(listener);
    }
    listeners
}

/// Whether the second of two endpoints could not be bound; port 0 is another port each time.
fn is_same(one: &Endpoint, other: &Endpoint) -> bool {
    one == other && !matches!(one, Endpoint::Tcp { port: 0, .. })
}

fn listener(findings: &mut Findings, node: &Node) -> Option<Listener> {
    match &node.value {
        Value::Text(_) => endpoint(findings, node).map(Listener::new),
        Value::Table(table) => with_options(findings, node, table),
        _ => {
            let wanted = "an address such as \"tcp://127.0.0.1:7400\"";
            findings.wrong(&node.span, wrong_type(node, wanted));
            None
        }
    }
}

fn endpoint(findings: &mut Findings, node: &Node) -> Option<Endpoint> {
    let base = findings.texts.base(node.span.text);
    match text(node).and_then(|url| parse(url, base)) {
        Ok(endpoint) => Some(endpoint),
        Err(wrong) => {
            findings.wrong(&node.span, wrong);
            None
        }
    }
}

fn with_options(findings: &mut Findings, node: &Node, table: &Table) -> Option<Listener> {
    let Some(url) = table.entry("url") else {
        let wrong = Wrong::new(codes::MISSING_KEY, "the listener has no `url`")
            .help(format!("add url = \"{DEFAULT}\""));
        findings.wrong(&node.span, wrong);
        return None;
    };
    let endpoint = endpoint(findings, &url.node);
    let mut listener = Listener::new(endpoint?);
    for entry in &table.entries {
        if let Err(wrong) = option(&mut listener, entry) {
            let span = match wrong.code {
                codes::UNKNOWN_KEY => &entry.key_span,
                _ => &entry.node.span,
            };
            findings.wrong(span, wrong);
        }
    }
    relations(findings, table, &listener);
    Some(listener)
}

fn option(listener: &mut Listener, entry: &Entry) -> Read<()> {
    let node = &entry.node;
    match entry.key.as_str() {
        "url" => {}
        "dialect" => {
            let choices = [("flagged", Dialect::Flagged), ("raw", Dialect::Raw)];
            listener.dialect = choice(node, &choices)?;
        }
        "reply_order" => {
            let choices = [("strict", ReplyOrder::Strict), ("any", ReplyOrder::Any)];
            listener.reply_order = choice(node, &choices)?;
        }
        "error_command" => listener.error_command = Some(whole(node, 0..=0xFFFF)?),
        "probe" => listener.probe = boolean(node)?,
        "auth" => listener.auth = boolean(node)?,
        other => {
            let message = format!("unknown key `{other}` of a listener");
            let help = match nearest(other, OPTIONS) {
                Some(better) => format!("did you mean `{better}`?"),
                None => format!("known here: {}", OPTIONS.join(", ")),
            };
            return Err(Wrong::new(codes::UNKNOWN_KEY, message).help(help));
        }
    }
    Ok(())
}

/// What does not go together.
fn relations(findings: &mut Findings, table: &Table, listener: &Listener) {
    let span_of = |key: &str| table.entry(key).map(|entry| entry.node.span.clone());
    let flagged = listener.dialect == Dialect::Flagged;
    let mut contradiction = |span: &Span, message: &str, help: &str| {
        findings.wrong(span, Wrong::new(codes::CONTRADICTION, message).help(help));
    };
    let has_word = listener.error_command.is_some();
    if let (true, true, Some(span)) = (flagged, has_word, span_of("error_command")) {
        let message = "`error_command` has a meaning in the raw dialect only";
        contradiction(&span, message, "remove it: flagged errors carry their request's command");
    }
    if let (false, true, Some(span)) = (flagged, listener.probe, span_of("probe")) {
        let message = "the raw dialect has no PING to probe with";
        contradiction(&span, message, "remove it: connections in the raw dialect may be silent");
    }
}

/// Reads a URL; relative paths are relative to `base`.
fn parse(url: &str, base: &Path) -> Read<Endpoint> {
    let wrong = |message: String| Wrong::new(codes::BAD_LISTEN, message);
    let Some((scheme, rest)) = url.split_once("://") else {
        let help = match url.split_once(':') {
            Some((host, _)) if !host.is_empty() && !url.contains('/') => {
                format!("write \"tcp://{url}\"")
            }
            _ if url.contains('/') => format!("write \"unix://{url}\""),
            _ => format!("write for instance \"{DEFAULT}\""),
        };
        return Err(wrong(format!("`{url}` has no scheme")).help(help));
    };
    match scheme {
        "tcp" => tcp(rest),
        "unix" => socket_path(rest, base).map(Endpoint::Unix),
        "serial" if cfg!(feature = "serial") => serial(rest),
        "serial" => {
            let message = "`serial://` is not in this build";
            let wrong = Wrong::new(codes::NOT_IN_THIS_VERSION, message);
            Err(wrong.help("build the server with `--features serial`"))
        }
        "tls" => {
            let message = format!("`{scheme}://` is not in this version");
            Err(Wrong::new(codes::NOT_IN_THIS_VERSION, message))
        }
        _ => Err(wrong(format!("unknown scheme `{scheme}://`")).help(
            match nearest(scheme, ["tcp", "unix"]) {
                Some(better) => format!("did you mean \"{better}://{rest}\"?"),
                None => "write `tcp://HOST:PORT` or `unix://PATH`".to_owned(),
            },
        )),
    }
}

/// A device and, behind a question mark, its rate.
fn serial(rest: &str) -> Read<Endpoint> {
    let wrong = |message: String| Wrong::new(codes::BAD_LISTEN, message);
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    if !path.starts_with('/') {
        return Err(wrong(format!("`{path}` is not the path of a device"))
            .help("write for instance \"serial:///dev/ttyUSB0?baud=115200\""));
    }
    let baud = match options.split_once('=') {
        None if options.is_empty() => DEFAULT_BAUD,
        Some(("baud", rate)) => {
            rate.parse().ok().filter(|rate| BAUDS.contains(rate)).ok_or_else(|| {
                wrong(format!("`{rate}` is no rate")).help("50 to 4000000 bits a second")
            })?
        }
        _ => {
            return Err(wrong(format!("`{options}` is not known of a serial line"))
                .help("write `?baud=115200` and nothing behind it"));
        }
    };
    Ok(Endpoint::Serial { path: path.into(), baud })
}

fn tcp(rest: &str) -> Read<Endpoint> {
    let wrong = |message: String| Wrong::new(codes::BAD_LISTEN, message);
    if rest.contains(['/', '?', '#', '@']) {
        return Err(wrong(format!("`tcp://{rest}` is more than a host and a port"))
            .help("write `tcp://HOST:PORT` and nothing behind it"));
    }
    let colons = rest.matches(':').count();
    if !rest.starts_with('[') && colons > 1 {
        return Err(wrong(format!("`{rest}` is ambiguous"))
            .help("write IPv6 addresses in brackets: \"tcp://[::1]:7400\""));
    }
    let Some((host, port)) = rest.rsplit_once(':').filter(|(_, port)| !port.contains(']')) else {
        return Err(wrong(format!("`tcp://{rest}` has no port"))
            .help(format!("write \"tcp://{rest}:7400\"")));
    };
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|_| digits).ok_or_else(|| {
        wrong(format!("`{port}` is not a port")).help("a number from 0 to 65535; 0 takes any free")
    })?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = match bare {
        Some(inner) => inner
            .parse::<Ipv6Addr>()
            .map(|address| address.to_string())
            .map_err(|_| wrong(format!("`{inner}` is not an IPv6 address")))?,
        None => name_or_v4(host)?,
    };
    Ok(Endpoint::Tcp { host, port })
}

fn name_or_v4(host: &str) -> Read<String> {
    let wrong = |message: String| Wrong::new(codes::BAD_LISTEN, message);
    if host.is_empty() || host == "*" {
        return Err(wrong("the host is missing".to_owned())
            .help("127.0.0.1 for this machine alone, 0.0.0.0 for every network"));
    }
    let numeric = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if numeric && host.parse::<Ipv4Addr>().is_err() {
        return Err(wrong(format!("`{host}` is not an IPv4 address")));
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if !host.bytes().all(legal) || host.len() > 253 {
        return Err(wrong(format!("`{host}` is not a host name")));
    }
    Ok(host.to_owned())
}
