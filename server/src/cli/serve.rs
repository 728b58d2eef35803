//! `hotframe serve`: owns the order in which a server is put together and taken apart.

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::sources::SourceArgs;
use super::take_over::{self, Succession};
use super::{Exit, report};
use crate::config::{Settings, Sources};
use crate::control::{ControlServer, ControlSocket};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{self, listeners};
use crate::http::{self, HttpServer};
use crate::live::{self, ConfigUpdate, ConfigWatch, Live, Message, Parts, TakingOver};
use crate::logging::{self, FLUSH_PATIENCE, LogOptions, Logging};
use crate::plugins::{self, Crash, PluginService, ServiceOptions, crash, stack};
use crate::shell::binding;
use crate::shell::clock::Clock;
use crate::shell::descriptors::DescriptorLimit;
use crate::shell::event_loop::{EventLoop, Foundation, LISTENERS};
use crate::shell::impatience::Impatience;
use crate::shell::inherited::Inherited;
use crate::shell::mailbox::Postman;
use crate::shell::pulse::Pulse;
use crate::shell::signals::Signals;
use crate::shell::watchdog::Watchdog;

/// Arguments of `hotframe serve`.
#[derive(Clone, Debug, Default, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Listens here instead of where the configuration says: tcp://HOST:PORT or unix://PATH
    #[arg(long, value_name = "URL")]
    listen: Vec<String>,
    /// Takes the place of the server that runs here, without refusing a connection meanwhile
    #[arg(long)]
    take_over: bool,
}

/// Runs `hotframe serve`: returns when the server has stopped.
#[must_use]
pub fn run(args: &ServeArgs) -> Exit {
    let began = Instant::now();
    plugins::give_large_blocks_back();
    // While there is one thread: it changes the environment.
    let passed = Inherited::from_environment();
    let signals = Signals::listen().map_err(|error| thread_failed("signals", &error));
    let sources = Sources { listens: args.listen.clone(), ..args.sources.sources() };
    let first = live::read(&sources, live::FIRST);
    let inherited = passed.map_err(|error| Failed::from(unusable(&error)));
    let passed = inherited.and_then(|inherited| Ok((inherited, signals?)));
    match passed.and_then(|passed| serve(began, sources, first, passed, args.take_over)) {
        Ok(()) => Exit::Good,
        Err(Failed::Config(problems)) => {
            report::print(&problems);
            Exit::Config
        }
        Err(Failed::Start(problem)) => {
            report::print(&[*problem]);
            Exit::Failed
        }
    }
}

/// Why there is no server.
enum Failed {
    /// The files do not say what to serve.
    Config(Vec<Diagnostic>),
    /// The machine does not let it be served.
    Start(Box<Diagnostic>),
}

impl From<Diagnostic> for Failed {
    fn from(problem: Diagnostic) -> Self {
        Self::Start(Box::new(problem))
    }
}

fn serve(
    began: Instant,
    sources: Sources,
    first: ConfigUpdate,
    (passed, signals): (Inherited, Signals),
    take_over: bool,
) -> Result<(), Failed> {
    let ConfigUpdate { read_at, loaded, table, .. } = first;
    let is_good = !loaded.problems.iter().any(Diagnostic::is_error);
    let (Some(settings), Some(routes), true) = (loaded.settings, loaded.routes, is_good) else {
        return Err(Failed::Config(loaded.problems));
    };
    // First: it makes the state folder, in which listeners may lie, and knows the server that runs
    // here already by its name.
    let (mut inherited, socket, succession) = enter(&settings, passed, take_over)?;
    let limit = DescriptorLimit::with_room(settings.limits.max_connections);
    let listeners = binding::bind(&settings.listen, &mut inherited, LISTENERS)?;
    let logging = start_logging(&settings)?;
    loaded.problems.iter().for_each(live::log_problem);
    super::tenure::take(&settings.server.state_dir, succession.is_some());
    let http = bind_http(&settings, &mut inherited, loaded.http_is_set)?;
    warn_of_unclaimed(inherited);
    let room = limit.room_for(settings.limits.max_connections);
    let crash = record_crashes(&settings);
    let foundation = Foundation::lay(listeners, signals).map_err(|error| poll_failed(&error))?;
    let watchdog = start_watchdog(&foundation.pulse, &settings)?;
    let impatience = start_impatience(&foundation.pulse)?;
    let postman = foundation.postman.clone();
    let config_file = find_config(&loaded.files);
    let watch = ConfigWatch::start(sources, &settings, (loaded.files, read_at), postman.clone())
        .map_err(|error| thread_failed("configuration", &error))?;
    let told = crash.as_ref().map(|Crash { plugin, what, .. }| format!("{plugin}: {what}"));
    let service = start_plugins(&settings, began, crash, postman.clone())?;
    let http = http.map(|socket| start_http(socket, postman.clone())).transpose()?;
    let gate = live::open_gate(&settings, loaded.clients, &postman)
        .map_err(|error| thread_failed("credentials", &error))?;
    let (waker, successor) = (postman.clone(), postman.clone());
    let control_path = socket.path().to_path_buf();
    let control = start_control(socket, postman)?;
    let now = Clock::starting(began).now();
    let mut engine = live::engine(waker, (&settings, room), table, now);
    let parts = Parts {
        settings,
        routes,
        problems: loaded.problems,
        service,
        watch,
        logging,
        start: began,
        control: Some(control_path),
        http,
        taking_over: succession.map(|it| TakingOver::new(it, successor)),
        config_file,
        descriptor_room: room,
        watchdog,
        gate,
        crash: told,
    };
    let live = Live::new(parts, &mut engine, now);
    let event_loop =
        EventLoop::new(foundation, engine, live, began).map_err(|error| poll_failed(&error))?;
    let (core, mut live) = event_loop.run().map_err(|error| poll_failed(&error))?;
    live.end_taps();
    control.stop();
    // A reader that has stopped loses the last lines; there is nobody else to tell.
    let logging = live.close(core);
    drop(impatience);
    let _all_written = logging.stop(FLUSH_PATIENCE);
    Ok(())
}

/// The settings file, if it is there; else it is said what is served without it.
fn find_config(files: &[PathBuf]) -> Option<PathBuf> {
    let usual = files.first()?;
    if usual.exists() {
        return Some(usual.clone());
    }
    log::info!("{} is not there: the built-in configuration is served", usual.display());
    None
}

fn start_logging(settings: &Settings) -> Result<Logging, Diagnostic> {
    let options = LogOptions { level: settings.log.level, format: settings.log.format };
    logging::init(&options).map_err(|error| thread_failed("log", &error))
}

/// Binds what HTTP is served on. An address that somebody has set and that cannot be had is an
/// error; a default one is not: nobody asked for it, so frames are served without.
fn bind_http(
    settings: &Settings,
    inherited: &mut Inherited,
    is_set: bool,
) -> Result<Option<TcpListener>, Diagnostic> {
    let Some(wanted) = settings.http.listen else {
        return Ok(None);
    };
    if let Some(listener) = inherited.claim_tcp(wanted) {
        return Ok(Some(listener));
    }
    match http::bind(wanted).map(Some) {
        Err(why) if is_set => Err(why),
        Err(why) => {
            let code = listeners::HTTP_OFF;
            live::log_problem(&Diagnostic::warning(code, why.message).help(code.mend()));
            Ok(None)
        }
        Ok(listener) => Ok(listener),
    }
}

fn start_http(
    listener: TcpListener,
    postman: Postman<Message>,
) -> Result<(HttpServer, TcpListener), Diagnostic> {
    let once_more = listener.try_clone().map_err(|error| thread_failed("HTTP", &error))?;
    HttpServer::start(listener, move |question| postman.post(Message::Figures(question)))
        .map(|server| (server, once_more))
        .map_err(|error| thread_failed("HTTP", &error))
}

/// What this server listens on without binding it, the control socket, and how it takes over.
fn enter(
    settings: &Settings,
    passed: Inherited,
    take_over: bool,
) -> Result<(Inherited, ControlSocket, Option<Succession>), Diagnostic> {
    let (path, mode) = (&settings.control.socket, settings.control.mode);
    if take_over && let Some(handed) = take_over::begin(path)? {
        let socket = ControlSocket::bind_beside(path, mode)?;
        let succession = Succession::new(socket.path().to_path_buf(), socket.publisher());
        return Ok((handed, socket, Some(succession)));
    }
    Ok((passed, ControlSocket::bind(path, mode)?, None))
}

fn unusable(error: &io::Error) -> Diagnostic {
    let code = listeners::PASSED_SOCKET;
    Diagnostic::error(code, format!("a passed socket cannot be used: {error}")).help(code.mend())
}

fn warn_of_unclaimed(inherited: Inherited) {
    let code = listeners::NOT_LISTED;
    for url in inherited.unclaimed() {
        let message = format!("{url} was passed and is not in `listen`: it was closed");
        live::log_problem(&Diagnostic::warning(code, message).help(code.mend()));
    }
}

fn start_watchdog(pulse: &Arc<Pulse>, settings: &Settings) -> Result<Watchdog, Diagnostic> {
    let (pulse, task) = (Arc::clone(pulse), plugins::note_loop_thread());
    Watchdog::start(pulse, live::patience(settings), task)
        .map_err(|error| thread_failed("watchdog", &error))
}

fn start_impatience(pulse: &Arc<Pulse>) -> Result<Impatience, Diagnostic> {
    Impatience::start(Arc::clone(pulse)).map_err(|error| thread_failed("signals", &error))
}

fn start_control(
    socket: ControlSocket,
    postman: Postman<Message>,
) -> Result<ControlServer, Diagnostic> {
    ControlServer::start(socket, move |request| postman.post(Message::Control(request)))
        .map_err(|error| thread_failed("control socket", &error))
}

/// Reads how the last run ended, and has the end of this one recorded.
fn record_crashes(settings: &Settings) -> Option<Crash> {
    let warn = |error: io::Error| {
        let code = codes::plugins::RECORD_UNUSABLE;
        live::log_problem(&Diagnostic::warning(code, error.to_string()).help(code.mend()));
    };
    let state_dir = &settings.server.state_dir;
    let crash = crash::take_leftover(state_dir).unwrap_or_else(|error| {
        warn(error);
        None
    });
    if let Some(Crash { plugin, what, .. }) = &crash {
        log::error!(
            plugin = plugin.as_str(), code = codes::plugins::CRASHED.as_str();
            "plugin {plugin} is set aside: {what}"
        );
    }
    if let Err(error) = crash::install(state_dir) {
        warn(error);
    }
    if let Err(error) = stack::install() {
        log::warn!("the watchdog cannot look at the loop's stack: {error}");
    }
    crash
}

fn start_plugins(
    settings: &Settings,
    began: Instant,
    crash: Option<Crash>,
    postman: Postman<Message>,
) -> Result<PluginService, Diagnostic> {
    let options = ServiceOptions {
        folders: live::folders(settings),
        settle: settings.plugins.settle,
        care: live::care(settings),
        crash,
        ..ServiceOptions::new(settings.server.state_dir.clone(), began)
    };
    PluginService::start(options, move |event| postman.post(Message::Plugin(event)))
        .map_err(Diagnostic::from)
}

fn poll_failed(error: &io::Error) -> Diagnostic {
    Diagnostic::error(listeners::SOCKET_FAILED, format!("the event loop cannot poll: {error}"))
}

fn thread_failed(whose: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(listeners::SOCKET_FAILED, format!("no thread for the {whose}: {error}"))
}
