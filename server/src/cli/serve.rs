//! `hotframe serve`: owns the order in which a server is put together and taken apart.

use std::io;
use std::time::Instant;

use clap::Args;
use hotframe_core::Engine;

use super::sources::SourceArgs;
use super::{Exit, report};
use crate::config::{Settings, Sources};
use crate::control::{ControlServer, ControlSocket};
use crate::diagnostics::codes::{listeners, start};
use crate::diagnostics::{Code, Diagnostic};
use crate::live::{self, ConfigUpdate, ConfigWatch, Live, Message, Parts};
use crate::logging::{self, FLUSH_PATIENCE, LogOptions, Logging};
use crate::plugins::{Host, PluginService, ServiceOptions};
use crate::shell::binding;
use crate::shell::clock::Clock;
use crate::shell::descriptors::DescriptorLimit;
use crate::shell::event_loop::{EventLoop, Foundation, LISTENERS};
use crate::shell::mailbox::Postman;

/// Arguments of `hotframe serve`.
#[derive(Clone, Debug, Default, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Listens here instead of where the configuration says: tcp://HOST:PORT or unix://PATH
    #[arg(long, value_name = "URL")]
    listen: Vec<String>,
}

/// Runs `hotframe serve`: returns when the server has stopped.
#[must_use]
pub fn run(args: &ServeArgs) -> Exit {
    let began = Instant::now();
    let sources = Sources { listens: args.listen.clone(), ..args.sources.sources() };
    let first = live::read(&sources, live::FIRST);
    if first.loaded.problems.iter().any(Diagnostic::is_error) {
        report::print(&first.loaded.problems);
        return Exit::Config;
    }
    match serve(began, sources, first) {
        Ok(()) => Exit::Good,
        Err(problem) => {
            report::print(&[*problem]);
            Exit::Failed
        }
    }
}

type Failed = Box<Diagnostic>;

fn serve(began: Instant, sources: Sources, first: ConfigUpdate) -> Result<(), Failed> {
    let (Some(settings), Some(routes)) = (first.loaded.settings, first.loaded.routes) else {
        return Err(failed(start::STATE_DIR, "the configuration came out empty"));
    };
    let listeners = binding::bind(&settings.listen, LISTENERS)?;
    let socket = ControlSocket::bind(&settings.control.socket, settings.control.mode)
        .map_err(|error| Box::new(Diagnostic::from(error)))?;
    let logging = start_logging(&settings)?;
    first.loaded.problems.iter().for_each(live::log_problem);
    let room = descriptor_room(&settings);

    let foundation = Foundation::lay(listeners).map_err(|error| poll_failed(&error))?;
    let postman = foundation.postman.clone();
    let config_file = first.loaded.files.first().cloned();
    let watch = ConfigWatch::start(sources, first.loaded.files, postman.clone())
        .map_err(|error| thread_failed("configuration", &error))?;
    let service = start_plugins(&settings, began, postman.clone())?;
    let waker = postman.clone();
    let control_path = socket.path().to_path_buf();
    let control = ControlServer::start(socket, move |request| {
        postman.post(Message::Control(request));
    })
    .map_err(|error| thread_failed("control socket", &error))?;

    let now = Clock::starting(began).now();
    let host = Host::waking(move || waker.wake());
    let mut engine = Engine::new(host, live::limits(&settings, room), env!("CARGO_PKG_VERSION"));
    if let Some(table) = first.table {
        engine.set_routes(table, now);
    }
    let parts = Parts {
        settings,
        routes,
        problems: first.loaded.problems,
        service,
        watch,
        logging,
        start: began,
        control: Some(control_path),
        config_file,
        descriptor_room: room,
    };
    let live = Live::new(parts, &mut engine, now);
    let event_loop =
        EventLoop::new(foundation, engine, live, began).map_err(|error| poll_failed(&error))?;
    let (core, live) = event_loop.run().map_err(|error| poll_failed(&error))?;
    control.stop();
    // A reader that has stopped loses the last lines; there is nobody else to tell.
    let _all_written = live.close(core).stop(FLUSH_PATIENCE);
    Ok(())
}

fn start_logging(settings: &Settings) -> Result<Logging, Failed> {
    let options = LogOptions { level: settings.log.level, format: settings.log.format };
    logging::init(&options)
        .map_err(|error| failed(start::STATE_DIR, format!("the log cannot be set up: {error}")))
}

fn start_plugins(
    settings: &Settings,
    began: Instant,
    postman: Postman<Message>,
) -> Result<PluginService, Failed> {
    let options = ServiceOptions {
        folders: live::folders(settings),
        settle: settings.plugins.settle,
        ..ServiceOptions::new(settings.server.state_dir.clone(), began)
    };
    PluginService::start(options, move |event| postman.post(Message::Plugin(event)))
        .map_err(|refusal| Box::new(Diagnostic::from(refusal)))
}

/// Raises the descriptor limit and says so where it holds fewer connections than are wanted.
fn descriptor_room(settings: &Settings) -> usize {
    let limit = DescriptorLimit::raise();
    let (room, wanted) = (limit.connections(), settings.limits.max_connections);
    log::debug!(before = limit.before, now = limit.now; "descriptor limit raised");
    if room < wanted {
        let code = listeners::TOO_FEW_DESCRIPTORS.as_str();
        log::warn!(
            code = code, limit = limit.now, max_connections = wanted;
            "the descriptor limit leaves room for {room} connections only"
        );
    }
    room
}

fn failed(code: Code, message: impl Into<String>) -> Failed {
    Box::new(Diagnostic::error(code, message))
}

fn poll_failed(error: &io::Error) -> Failed {
    failed(listeners::SOCKET_FAILED, format!("the event loop cannot poll: {error}"))
}

fn thread_failed(whose: &str, error: &io::Error) -> Failed {
    failed(listeners::SOCKET_FAILED, format!("no thread for the {whose}: {error}"))
}
