//! What the loop answers over the control socket: owns how its facts become the answers' rows.

use std::time::Duration;

use hotframe_core::{ConnectionId, ConnectionView, Moment, RouteView, SessionView};

use super::reloads::{Reload, Serving};
use super::report::leads_nowhere;
use super::{Live, config_problems};
use crate::control::answers::{
    Answer, ConfigState, ConnectionRow, ConnectionState, Kicked, LagMicros, Overview, Problem,
    RouteRow, RouteState, ServerState, SessionRow, SessionState, Status, Stopping,
};
use crate::control::{ControlError, ControlRequest, ReplyChannel, Verb, codes};
use crate::diagnostics::Diagnostic;
use crate::shell::loop_core::LoopCore;
use crate::shell::sockets::Socket;

impl Live {
    pub(super) fn answer(&mut self, request: ControlRequest, core: &mut LoopCore) {
        let ControlRequest { verb, tap, reply } = request;
        match verb {
            Verb::Status => reply.send(Ok(Answer::Status(Box::new(self.status(core))))),
            Verb::Plugins => {
                reply.send(Ok(Answer::Plugins(self.roster.rows_in_full(&core.engine))));
            }
            Verb::Routes => reply.send(Ok(Answer::Routes(routes(core)))),
            Verb::Sessions => reply.send(Ok(Answer::Sessions(sessions(core)))),
            Verb::Overview => {
                let overview = Overview::from(self.snapshot(core));
                reply.send(Ok(Answer::Overview(Box::new(overview))));
            }
            Verb::Kick { id } => reply.send(kick(&id, core).map(Answer::Kicked)),
            Verb::Connections => reply.send(Ok(Answer::Connections(connections(core)))),
            Verb::Reload { plugin } => self.begin_reload(plugin, reply, core),
            Verb::Plan => self.plan(reply),
            Verb::Rollback { plugin: Some(plugin) } => self.roll_back(plugin, reply, core),
            Verb::Rollback { plugin: None } => self.roll_back_config(reply),
            Verb::Disable { plugin } => self.disable(plugin, reply, core),
            Verb::Enable { plugin } => self.enable(plugin, reply, core),
            Verb::Drain { grace_ms } => {
                let grace = grace_ms.map(Duration::from_millis);
                self.begin_drain(grace, Some(reply), core);
            }
            Verb::HandOver => reply.send(Ok(Answer::HandedOver(self.hand_over(core)))),
            Verb::StepDown => self.step_down(reply, core),
            Verb::Tap { command } => reply.send(self.tap(command, tap, core)),
            Verb::SlowLog => reply.send(Ok(Answer::SlowLog(self.witness.slowest()))),
            Verb::Log { level, target } => reply.send(self.set_log(level, target, core)),
            Verb::Shutdown => {
                log::info!("shutdown was asked for over the control socket");
                reply.send(Ok(Answer::Stopping(Stopping::default())));
                core.ask_stop();
            }
        }
    }

    fn begin_reload(&mut self, only: Option<String>, reply: ReplyChannel, core: &LoopCore) {
        if let Some(name) = only.as_ref().filter(|name| !self.roster.knows(name)) {
            let known = self.serving(core);
            let error = ControlError::new(codes::UNKNOWN_PLUGIN, format!("no plugin `{name}`"));
            reply.send(Err(error.with_help(who_is_here(&known))));
            return;
        }
        let mut reload = Reload::new(reply, core.now, self.serving(core), only.clone());
        reload.plugins = Some(match only {
            Some(plugin) => self.service.reload(plugin),
            None => self.service.look_now(),
        });
        if reload.looks_at_all() {
            self.reread_if_differing();
            reload.config = Some(self.watch.look_now());
        }
        self.reloads.push(reload);
    }

    pub(super) fn answer_reloads(&mut self, core: &LoopCore) {
        let is_over =
            |reload: &Reload| reload.is_over() && !self.roster.is_handing_over(reload.only());
        let (over, waiting) = self.reloads.drain(..).partition(is_over);
        self.reloads = waiting;
        let over: Vec<Reload> = over;
        if over.is_empty() {
            return;
        }
        let (problems, serving) = (self.config_errors(), self.serving(core));
        for reload in over {
            reload.answer(core.now, self.generation, &problems, &serving);
        }
    }

    pub(super) fn serving(&self, core: &LoopCore) -> Serving {
        let rows = self.roster.rows(&core.engine).into_iter();
        rows.filter(|row| row.generation > 0)
            .map(|row| (row.name, (row.version, row.generation)))
            .collect()
    }

    fn config_errors(&self) -> Vec<Problem> {
        let errors = self.problems.iter().filter(|problem| problem.is_error());
        let refused = self.misconfigured.values();
        let refused = refused.flat_map(|refusal| config_problems(refusal, &self.settings));
        errors.map(problem_row).chain(refused.map(|problem| problem_row(&problem))).collect()
    }

    pub(super) fn status(&self, core: &LoopCore) -> Status {
        let counters = core.engine.counters();
        let lag = core.lag.quantiles();
        let errors = self.config_errors();
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_s: self.start.elapsed().as_secs(),
            state: if core.is_stopping() { ServerState::Draining } else { ServerState::Running },
            generation: self.generation,
            config: ConfigState { ok: errors.is_empty(), errors, differs: self.past.differs },
            connections: core.engine.connections().count() as u64,
            sessions: core.engine.session_count() as u64,
            routes: core.engine.routes().count() as u64,
            routes_missing: core.engine.routes().filter(leads_nowhere).count() as u64,
            frames_in: counters.frames_in,
            frames_out: counters.frames_out,
            errors_out: counters.errors_out,
            buffered_bytes: super::bytes(core.engine.buffered()),
            loop_lag_us: LagMicros { p50: lag.p50, p99: lag.p99, max: lag.max },
            listen: core.listeners.endpoints().map(ToString::to_string).collect(),
            http: self.http.clone(),
            control: self.control.as_ref().map(|path| path.display().to_string()),
        }
    }
}

/// The way out for who named a plugin that is not here.
pub(super) fn who_is_here(serving: &Serving) -> String {
    if serving.is_empty() {
        return "no plugin is loaded; `hotframe ctl plugins` says which were refused, and why"
            .into();
    }
    let names: Vec<&str> = serving.keys().map(String::as_str).collect();
    format!("plugins here: {}", names.join(", "))
}

pub(super) fn problem_row(problem: &Diagnostic) -> Problem {
    let place = problem.place.as_ref();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Problem {
        code: problem.code.as_str().to_owned(),
        message: problem.message.clone(),
        file: place.map(|place| place.file.clone()),
        line: place.map(|place| number(place.line)),
        column: place.map(|place| number(place.column)),
    }
}

fn routes(core: &LoopCore) -> Vec<RouteRow> {
    core.engine.routes().map(|route| route_row(&route)).collect()
}

pub(super) fn route_row(route: &RouteView<'_>) -> RouteRow {
    RouteRow {
        command: route.command.to_string(),
        handler: route.handler.to_owned(),
        state: match route.state {
            hotframe_core::RouteState::Ok => RouteState::Ok,
            hotframe_core::RouteState::Missing => RouteState::Missing,
            hotframe_core::RouteState::Disabled => RouteState::Disabled,
        },
        calls: route.calls,
        errors: route.errors,
    }
}

fn connections(core: &mut LoopCore) -> Vec<ConnectionRow> {
    let listeners: Vec<String> = core.listeners.endpoints().map(ToString::to_string).collect();
    let mut rows = Vec::new();
    for view in core.engine.connections() {
        let Some(socket) = core.sockets.find(view.id) else {
            continue;
        };
        let client = view.session.and_then(|id| Some(core.engine.session(id)?.client));
        rows.push(connection_row(&view, client, socket, &listeners, core.now));
    }
    rows
}

/// One row, with the session's client and the URLs of the `listeners` in their order.
pub(super) fn connection_row(
    view: &ConnectionView,
    client: Option<&str>,
    socket: &Socket,
    listeners: &[String],
    now: Moment,
) -> ConnectionRow {
    ConnectionRow {
        id: view.id.to_bits(),
        peer: Some(socket.peer.to_string()),
        listener: listeners.get(usize::from(socket.listener)).cloned().unwrap_or_default(),
        session: client.map(str::to_owned),
        state: state_of(view.state),
        age_s: now.since(view.accepted).as_secs(),
        idle_s: now.since(view.last_received).as_secs(),
        frames_in: view.frames_in,
        frames_out: view.frames_out,
        in_flight: u64::from(view.in_flight),
        outbound_bytes: view.outbound_bytes as u64,
        buffered_bytes: view.buffered_bytes as u64,
    }
}

fn sessions(core: &LoopCore) -> Vec<SessionRow> {
    let row = |view: SessionView<'_>| SessionRow {
        id: view.id.to_bits(),
        client: view.client.to_owned(),
        state: match view.connection {
            Some(_) => SessionState::Online,
            None => SessionState::Offline,
        },
        connection: view.connection.map(ConnectionId::to_bits),
        age_s: core.now.since(view.opened).as_secs(),
        idle_s: core.now.since(view.last_received).as_secs(),
        resumed: u64::from(view.resumed),
    };
    core.engine.sessions().map(row).collect()
}

/// Closes the connection of that id, or ends the session of the client of that name.
fn kick(id: &str, core: &mut LoopCore) -> Result<Kicked, ControlError> {
    let connection = id.parse().ok().and_then(ConnectionId::from_bits);
    if let Some(connection) = connection
        && core.engine.handle_kicked(connection, core.now)
    {
        return Ok(Kicked { connection: Some(connection.to_bits()), client: None });
    }
    let Some(session) = core.engine.session_of(id) else {
        let error = ControlError::new(codes::NOBODY, format!("nobody here is `{id}`"));
        return Err(error.with_help("see `hotframe ctl connections` and `hotframe ctl sessions`"));
    };
    let (session, connection) = (session.id, session.connection);
    core.engine.handle_dismissed(session, core.now);
    let connection = connection.map(ConnectionId::to_bits);
    Ok(Kicked { connection, client: Some(id.to_owned()) })
}

pub(super) fn state_of(state: hotframe_core::ConnectionState) -> ConnectionState {
    match state {
        hotframe_core::ConnectionState::Active => ConnectionState::Active,
        hotframe_core::ConnectionState::Idle => ConnectionState::Idle,
        hotframe_core::ConnectionState::Unresponsive => ConnectionState::Unresponsive,
        hotframe_core::ConnectionState::Draining => ConnectionState::Draining,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_names_an_unknown_plugin_gets_a_way_out_even_where_none_is() {
        assert!(who_is_here(&Serving::new()).contains("hotframe ctl plugins"));
        let row = ("1".to_owned(), 1);
        let two = Serving::from([("echo".to_owned(), row.clone()), ("tally".to_owned(), row)]);
        assert_eq!(who_is_here(&two), "plugins here: echo, tally");
    }
}
