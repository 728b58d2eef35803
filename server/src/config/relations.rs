//! What keys mean together: owns contradictions.

use std::net::IpAddr;
use std::path::Path;

use crate::config::findings::{Findings, Wrong};
use crate::config::settings::{Dialect, Endpoint, Listener, Settings};
use crate::config::tree::Table;
use crate::config::values::fits_socket;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::config as codes;

/// Notes what is contradictory in `settings`, as read from `table`.
pub(super) fn check(findings: &mut Findings, table: &Table, settings: &Settings) {
    sockets(findings, table, settings);
    ports(findings, table, settings);
    raw_cannot_show_credentials(findings, table, settings);
    one_judges_credentials(findings, table, settings);
    state_is_no_plugin_folder(findings, table, settings);
}

/// Notes `problem` at the value of the first of `keys` that is set, or without a place.
fn complain(findings: &mut Findings, table: &Table, keys: &[&str], problem: Wrong) {
    let entry = keys.iter().find_map(|key| table.find(key));
    match entry {
        Some(entry) => findings.wrong(&entry.node.span, problem),
        None => {
            let mut bare = Diagnostic::error(problem.code, problem.message);
            bare.help = problem.help;
            findings.note_elsewhere(bare);
        }
    }
}

fn sockets(findings: &mut Findings, table: &Table, settings: &Settings) {
    let socket = &settings.control.socket;
    let keys = ["control.socket", "server.state_dir", "listen"];
    if let Err(wrong) = fits_socket(socket) {
        complain(findings, table, &keys, wrong);
    }
    let same = |path: &Path| path == socket;
    let shared = settings
        .listen
        .iter()
        .any(|listener| matches!(&listener.endpoint, Endpoint::Unix(path) if same(path)));
    if shared {
        let message = "the control socket is also a listener";
        let wrong = Wrong::new(codes::CONTRADICTION, message).help("give each a path of its own");
        complain(findings, table, &keys, wrong);
    }
}

fn raw_cannot_show_credentials(findings: &mut Findings, table: &Table, settings: &Settings) {
    let is_required = settings.auth.guards();
    let is_barred = |listener: &Listener| listener.dialect == Dialect::Raw && listener.auth;
    if is_required && settings.listen.iter().any(is_barred) {
        let message = "the raw dialect has no HELLO, so nobody could show a credential there";
        let wrong = Wrong::new(codes::CONTRADICTION, message)
            .help("set `auth = false` on that listener, or `auth.required = false`");
        complain(findings, table, &["listen"], wrong);
    }
}

fn one_judges_credentials(findings: &mut Findings, table: &Table, settings: &Settings) {
    if settings.auth.file.is_some() && settings.auth.plugin.is_some() {
        let message = "credentials are judged by a file or by a plugin, not by both";
        let wrong = Wrong::new(codes::CONTRADICTION, message)
            .help("leave one of `auth.file` and `auth.plugin` out");
        complain(findings, table, &["auth.plugin", "auth.file"], wrong);
    }
}

fn ports(findings: &mut Findings, table: &Table, settings: &Settings) {
    let Some(http) = settings.http.listen.filter(|http| http.port() != 0) else {
        return;
    };
    let taken = settings.listen.iter().any(|listener| match &listener.endpoint {
        Endpoint::Tcp { host, port } => {
            *port == http.port() && host.parse::<IpAddr>().is_ok_and(|host| host == http.ip())
        }
        Endpoint::Unix(_) | Endpoint::Serial { .. } => false,
    });
    if taken {
        let message = format!("`{http}` is also a listener for frames");
        let wrong = Wrong::new(codes::CONTRADICTION, message).help("give each a port of its own");
        complain(findings, table, &["http.listen", "listen"], wrong);
    }
}

fn state_is_no_plugin_folder(findings: &mut Findings, table: &Table, settings: &Settings) {
    let state = &settings.server.state_dir;
    if settings.plugins.dirs.iter().any(|dir| dir.path == *state) {
        let message = "the state folder is also a plugin folder";
        let wrong = Wrong::new(codes::CONTRADICTION, message)
            .help("the server keeps private copies of plugins there; choose two folders");
        complain(findings, table, &["server.state_dir", "plugins.dirs"], wrong);
    }
}
