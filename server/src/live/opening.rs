//! The doors open: owns what is told when the first plugins are there and peers may come.

use hotframe_core::{Engine, Moment, RouteState, RouteTable};

use super::report::{Lost, report_missing_handlers};
use super::{Live, Message};
use crate::cli::banner::{self, PluginFact, RouteFact, StartFacts};
use crate::config::Settings;
use crate::control::answers::PluginRow;
use crate::plugins::{Care, Host, PluginFolder, Probation, Probe};
use crate::shell::loop_core::LoopCore;
use crate::shell::mailbox::Postman;

impl Live {
    /// Every plugin that lay ready is loaded: accept, and say so.
    pub(super) fn open(&mut self, core: &mut LoopCore) {
        self.open = true;
        core.listeners.set_accept_rate(self.settings.limits.accept_rate.map(super::rate));
        core.set_max_per_source(self.settings.limits.max_per_source);
        if let Err(error) = core.open_doors() {
            log::error!("the listeners cannot be polled: {error}");
            core.ask_stop();
            return;
        }
        self.supervisor.handle_ready(core.now);
        report_missing_handlers(&core.engine, &Lost::new());
        self.tell_of_judge(core);
        banner::announce(&self.start_facts(core));
    }

    fn start_facts(&self, core: &LoopCore) -> StartFacts {
        // What was refused or set aside is in the log.
        let serves = |row: &PluginRow| row.state.serves();
        let plugins = self.roster.rows(&core.engine).into_iter().filter(serves);
        let plugins = plugins.map(|row| PluginFact {
            load_time: self.roster.load_time(&row.name),
            name: row.name,
            version: row.version,
            file: row.path.map(Into::into),
            handlers: row.handlers,
        });
        let routes = core.engine.routes().map(|route| RouteFact {
            command: route.command.to_string(),
            handler: route.handler.to_owned(),
            ok: route.state == RouteState::Ok,
        });
        let folders = self.settings.plugins.dirs.iter().map(|dir| dir.path.clone());
        StartFacts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            took: self.start.elapsed(),
            listen: core.listeners.endpoints().map(ToString::to_string).collect(),
            control: self.control.clone(),
            http: self.http.clone(),
            config: self.config_file.clone(),
            plugins: plugins.collect(),
            routes: routes.collect(),
            watched: self.watch.files().iter().cloned().chain(folders).collect(),
            problems: self.problems.len(),
            crash: self.crash.clone(),
        }
    }
}

/// The plugin folders as the service takes them.
#[must_use]
pub fn folders(settings: &Settings) -> Vec<PluginFolder> {
    let dirs = settings.plugins.dirs.iter();
    dirs.map(|dir| PluginFolder { path: dir.path.clone(), passive: dir.lenient }).collect()
}

/// How new versions of plugins are watched, as the roster takes it.
#[must_use]
pub fn probation(settings: &Settings) -> Probation {
    let plugins = &settings.plugins;
    Probation {
        window: plugins.probation,
        errors: plugins.probation_errors,
        share: plugins.probation_share,
    }
}

/// What is done with plugin files before they are loaded, as the service takes it.
#[must_use]
pub fn care(settings: &Settings) -> Care {
    let plugins = &settings.plugins;
    Care {
        normalize: plugins.normalize,
        probe: plugins.probe.then(Probe::by_this_program),
        policies: plugins.policy.clone(),
        max_state: super::bytes(plugins.max_state),
        configs: plugins.config.clone(),
    }
}

/// An engine under these settings, with room for so many connections. Its plugins wake the loop by
/// `waker`.
#[must_use]
pub fn engine(
    waker: Postman<Message>,
    (settings, room): (&Settings, usize),
    table: Option<RouteTable>,
    now: Moment,
) -> Engine<Host> {
    let host = Host::waking(move || waker.wake());
    let mut engine = Engine::new(host, super::limits(settings, room), env!("CARGO_PKG_VERSION"));
    engine.set_access(super::access(settings));
    if let Some(table) = table {
        engine.set_routes(table, now);
    }
    engine
}
