//! What changes while the server runs: owns the settings, routes and plugins that are live.
//!
//! [`Live`] is the loop's [`Steward`]: helper threads read files and load libraries, and what they
//! finish arrives here as a [`Message`] and goes live between two rounds of the loop.

mod answers;
mod apply;
mod bounds;
mod claims;
mod closing;
mod config_watch;
mod draining;
mod figures;
mod in_force;
mod message;
mod opening;
mod plugin_config;
mod plugin_events;
mod reloads;
mod report;
mod rollback;
mod stepping_down;
mod supervisor;
mod switches;
mod taking_over;
mod told;
mod watching;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotframe_core::{Engine, Moment};

pub use apply::log_problem;
use bounds::bytes;
pub use bounds::{limits, patience, rate};
use claims::access;
pub use claims::{Gate, open_gate};
pub use config_watch::{ConfigWatch, FIRST, read};
pub use message::{ConfigUpdate, Message};
pub use opening::{care, engine, folders};
pub use plugin_config::problems as config_problems;
pub use taking_over::TakingOver;

use crate::config::{Change, Routes, Settings};
use crate::control::answers::ConfigReads;
use crate::diagnostics::Diagnostic;
use crate::http::HttpServer;
use crate::logging::Logging;
use crate::plugins::{Host, PluginService, Refusal, Roster};
use crate::shell::loop_core::LoopCore;
use crate::shell::steward::Steward;
use crate::shell::watchdog::Watchdog;
use crate::witness::{Report, Witness};
use draining::Drain;
use in_force::Past;
use reloads::Reload;
use stepping_down::SteppingDown;
use supervisor::Supervisor;
use switches::Switching;
use told::Told;

/// The live state of a server and the helpers that feed it. Lives on the loop thread.
pub struct Live {
    settings: Settings,
    routes: Arc<Routes>,
    past: Past,
    /// What the files say that waits for a restart.
    held: Vec<Change>,
    problems: Vec<Diagnostic>,
    /// What plugins find wrong with their configurations, by their names.
    misconfigured: BTreeMap<String, Refusal>,
    /// Number of the configuration that serves; every change that goes live has a new one.
    generation: u64,
    roster: Roster,
    service: PluginService,
    watch: ConfigWatch,
    logging: Logging,
    witness: Witness,
    reloads: Vec<Reload>,
    switchings: Vec<Switching>,
    start: Instant,
    control: Option<PathBuf>,
    http: Option<String>,
    config_reads: ConfigReads,
    plugin_refusals: u64,
    config_file: Option<PathBuf>,
    /// Connections that the descriptor limit leaves room for.
    descriptor_room: usize,
    open: bool,
    watchdog: Watchdog,
    gate: Gate,
    crash: Option<String>,
    told: Told,
    drain: Option<Drain>,
    supervisor: Supervisor,
    /// The HTTP thread, and its socket once more for a server that takes over.
    http_server: Option<HttpServer>,
    http_socket: Option<TcpListener>,
    taking_over: Option<TakingOver>,
    stepping_down: Option<SteppingDown>,
}

/// What a [`Live`] is made of.
pub struct Parts {
    /// The settings in force.
    pub settings: Settings,
    /// The routes in force.
    pub routes: Routes,
    /// The warnings of the start.
    pub problems: Vec<Diagnostic>,
    /// The thread that loads plugins.
    pub service: PluginService,
    /// The thread that reads the configuration again.
    pub watch: ConfigWatch,
    /// The logger, for its level.
    pub logging: Logging,
    /// When the process started.
    pub start: Instant,
    /// The control socket.
    pub control: Option<PathBuf>,
    /// What serves HTTP, and its socket once more.
    pub http: Option<(HttpServer, TcpListener)>,
    /// The server that is to be taken over from.
    pub taking_over: Option<TakingOver>,
    /// The configuration file; `None` for the built-in default.
    pub config_file: Option<PathBuf>,
    /// Connections that the descriptor limit leaves room for.
    pub descriptor_room: usize,
    /// Who says what holds the loop.
    pub watchdog: Watchdog,
    /// Who may be which client, and who judges that.
    pub gate: Gate,
    /// By what the last run was ended, for the start screen.
    pub crash: Option<String>,
}

impl Live {
    /// The state at the start, with the built-in plugin in the engine; others arrive as messages.
    #[must_use]
    pub fn new(parts: Parts, engine: &mut Engine<Host>, now: Moment) -> Self {
        let mut roster = Roster::new(parts.settings.plugins.on_remove);
        roster.set_probation(opening::probation(&parts.settings));
        let plugins = &parts.settings.plugins;
        roster.set_policies(plugins.policy.clone(), bytes(plugins.max_state));
        roster.handle_start(engine, now);
        let witness = Witness::new(&parts.settings.log);
        let (http_server, http_socket) = parts.http.unzip();
        witness.direct(engine, now);
        Self {
            settings: parts.settings,
            routes: Arc::new(parts.routes),
            past: Past::default(),
            held: Vec::new(),
            problems: parts.problems,
            misconfigured: BTreeMap::new(),
            generation: FIRST,
            roster,
            service: parts.service,
            watch: parts.watch,
            logging: parts.logging,
            witness,
            reloads: Vec::new(),
            switchings: Vec::new(),
            start: parts.start,
            control: parts.control,
            http: http_server.as_ref().map(HttpServer::url),
            config_reads: ConfigReads::default(),
            plugin_refusals: 0,
            config_file: parts.config_file,
            descriptor_room: parts.descriptor_room,
            open: false,
            watchdog: parts.watchdog,
            gate: parts.gate,
            crash: parts.crash,
            told: Told::default(),
            drain: None,
            supervisor: Supervisor::of_process(),
            http_server,
            http_socket,
            taking_over: parts.taking_over,
            stepping_down: None,
        }
    }
}

impl Steward for Live {
    type Message = Message;

    fn handle_message(&mut self, message: Message, core: &mut LoopCore) {
        match message {
            Message::Config(update) => self.apply(*update, core),
            Message::Back(back) => self.go_back(*back, core),
            Message::ConfigLooked(ticket) => {
                for reload in &mut self.reloads {
                    reload.config.take_if(|waiting| *waiting <= ticket);
                }
            }
            Message::Plugin(event) => self.handle_plugin(event, core),
            Message::Judged(verdict) => self.hear_verdict(verdict, core),
            Message::Control(request) => self.answer(request, core),
            Message::SteppedDown(left) => self.handle_stepped_down(left),
            Message::Figures(question) => question.answer(self.snapshot(core)),
        }
        self.answer_reloads(core);
    }

    fn handle_reread(&mut self) {
        log::info!("SIGHUP: the files are read again");
        self.reread_if_differing();
        let _nobody_waits = (self.watch.look_now(), self.service.look_now());
    }

    fn handle_stop(&mut self, core: &mut LoopCore) {
        let connections = core.sockets.iter().count();
        log::info!(connections = connections; "stopping: what is owed is answered first");
        // Where another server goes on, the service does not stop.
        match self.stepping_down {
            None => self.supervisor.handle_stop(),
            Some(_) => core.hold_end(true),
        }
    }

    fn handle_errands(&mut self, core: &mut LoopCore) {
        core.introduce();
        let was_handing_over = self.roster.is_handing_over(None);
        self.roster.handle_errands(&mut core.engine, core.now);
        self.pass_claims_on(core);
        if was_handing_over {
            self.clear_leavings();
            self.answer_reloads(core);
        }
    }

    fn handle_sightings(&mut self, core: &mut LoopCore) {
        while let Some(sighting) = core.engine.poll_sighting() {
            let session = sighting.session.and_then(|id| core.engine.session(id));
            let client = session.map(|session| session.client);
            let peer = core.sockets.peer(sighting.connection);
            self.witness.take(&Report { sighting: &sighting, peer, client }, core.now);
        }
        self.witness.direct(&mut core.engine, core.now);
    }

    fn next_wake(&self, core: &LoopCore) -> Option<Moment> {
        let is_busy = self.roster.is_handing_over(None)
            || self.roster.is_sampling()
            || self.roster.has_backlog()
            || core.engine.has_claims();
        let at_once = is_busy.then_some(core.now);
        let plugins = [core.engine.handlers().next_wake(), self.roster.next_probation()];
        let stepping = self.stepping_down.as_ref().map(SteppingDown::next_wake);
        let own = [at_once, stepping, self.told.next_due(), self.supervisor.next_beat()];
        plugins.into_iter().chain(own).chain([self.witness.next_look()]).flatten().min()
    }

    fn handle_round(&mut self, core: &mut LoopCore) {
        let findings = self.roster.handle_probation(&mut core.engine, core.now);
        if !findings.is_empty() {
            findings.into_iter().for_each(|finding| self.service.note(finding));
            self.clear_leavings();
        }
        self.pass_state_on(core);
        self.answer_switchings(core);
        self.roster.handle_cancelled(&mut core.engine);
        self.roster.handle_answered(&mut core.engine);
        for unloading in self.roster.handle_retired(&mut core.engine) {
            self.service.unload(unloading);
        }
        self.tell(core);
        self.answer_drain(core);
        self.supervisor.handle_round(core.now);
    }

    fn handle_rest(&mut self, took: Duration, core: &mut LoopCore) {
        self.judge_round(took, core);
    }
}
