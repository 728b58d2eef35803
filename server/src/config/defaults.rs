//! The built-in configuration: owns every default value.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::Rate;
use crate::config::settings::{
    Auth, Control, Endpoint, Heartbeat, Http, Limits, Listener, Log, OnRemove, PluginDir, Plugins,
    Server, Settings,
};
use crate::config::sources::Sources;
use crate::logging::Format;

impl Settings {
    /// What is in force where nothing is set: one TCP port of this machine alone, the state in
    /// `run/` under the working folder, plugins from `plugins/` and the executable's folder.
    #[must_use]
    pub fn built_in(sources: &Sources) -> Self {
        let state_dir = sources.cwd.join("run");
        Self {
            listen: vec![Listener::new(Endpoint::Tcp {
                host: Ipv4Addr::LOCALHOST.to_string(),
                port: 7400,
            })],
            commands: None,
            control: Control { socket: state_dir.join("hotframe.sock"), mode: 0o600 },
            server: Server {
                state_dir,
                shutdown_grace: Duration::from_secs(10),
                watchdog_soft: Duration::from_millis(100),
                watchdog_hard: Duration::ZERO,
            },
            limits: Limits::default(),
            heartbeat: Heartbeat::default(),
            auth: Auth::default(),
            plugins: Plugins {
                dirs: plugin_dirs(sources),
                settle: Duration::from_millis(100),
                drain_timeout: Duration::from_secs(10),
                on_remove: OnRemove::Keep,
                normalize: true,
                probe: true,
                probation: Duration::from_secs(10),
                probation_errors: 10,
                probation_share: 0.05,
                max_state: 256 << 20,
                policy: BTreeMap::new(),
                config: BTreeMap::new(),
            },
            http: Http { listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 7401))) },
            log: Log::default(),
        }
    }
}

/// `plugins/` under the working folder, and where a build from source leaves its plugins.
fn plugin_dirs(sources: &Sources) -> Vec<PluginDir> {
    let mut dirs = vec![PluginDir { path: sources.cwd.join("plugins"), lenient: false }];
    if let Some(exe_dir) = &sources.exe_dir {
        dirs.push(PluginDir { path: exe_dir.clone(), lenient: true });
    }
    dirs
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_in_flight: 1024,
            max_questions: 64,
            outbound_high_water: 64 * 1024,
            max_buffered: 256 << 20,
            frame_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            max_sync_errors: 100,
            max_garbage: 64 * 1024,
            accept_rate: None,
            request_rate: None,
            overload: None,
            max_per_source: None,
        }
    }
}

impl Default for Auth {
    fn default() -> Self {
        let failure_rate = Some(Rate { count: 10, per: Duration::from_secs(60) });
        let timeout = Duration::from_secs(5);
        let (required, allow) = (true, Vec::new());
        Self { file: None, plugin: None, timeout, required, allow, failure_rate }
    }
}

impl Default for Log {
    fn default() -> Self {
        let (level, format) = (log::LevelFilter::Info, Format::Auto);
        Self { level, format, access: 0.0, redact: Vec::new() }
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            idle_after: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(10),
            session_timeout: Duration::from_secs(90),
            takeover: true,
        }
    }
}
