//! A loop without sockets: engine, host, roster and service, and one connection that asks.
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use hotframe_core::{ConnectionId, Engine, Limits, Moment, Profile, RouteSpec, RouteTable};
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};
use hotframe_server::config::OnRemove;
use hotframe_server::control::answers::PluginRow;
use hotframe_server::plugins::{
    Host, PluginEvent, PluginFolder, PluginService, Roster, ServiceOptions, Unloading,
};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Desk {
    pub engine: Engine<Host>,
    pub roster: Roster,
    pub service: PluginService,
    pub config: String,
    /// Every event that came, in words: refusals as their codes.
    pub log: Vec<String>,
    events: Receiver<PluginEvent>,
    connection: ConnectionId,
    start: Instant,
}

/// An answer: its kind and its data.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Reply(Vec<u8>),
    Error(u16, String),
    Pushed(Vec<u8>),
    Nothing,
}

pub const HANDLERS: [(u16, &str); 19] = [
    (0x0100, "demo.who"),
    (0x0101, "demo.echo"),
    (0x0102, "demo.returns"),
    (0x0103, "demo.says"),
    (0x0104, "demo.mind"),
    (0x0105, "demo.overlong"),
    (0x0106, "demo.threads"),
    (0x0107, "builtin.echo"),
    (0x0200, "later.keep"),
    (0x0201, "later.answer"),
    (0x0202, "later.misuse"),
    (0x0203, "later.threads"),
    (0x0204, "later.waver"),
    (0x0205, "later.promises"),
    (0x0206, "later.timed"),
    (0x0207, "later.beat"),
    (0x0208, "later.blocking"),
    (0x0209, "later.stuck"),
    (0x020A, "later.books"),
];

impl Desk {
    /// Watches `folder`; the first look is over when this returns.
    pub fn open(folder: &Path, state_dir: PathBuf) -> Self {
        Self::with(state_dir, |options| {
            options.folders = vec![PluginFolder { path: folder.to_owned(), passive: false }];
        })
    }

    pub fn with(state_dir: PathBuf, set: impl FnOnce(&mut ServiceOptions)) -> Self {
        let start = Instant::now();
        let mut options = ServiceOptions::new(state_dir, start);
        set(&mut options);
        let (sender, events) = mpsc::channel();
        let service = PluginService::start(options, move |event| {
            let _ = sender.send(event);
        });
        let mut engine = Engine::new(Host::new(), Limits::default(), "test");
        let mut roster = Roster::new(OnRemove::Keep);
        roster.handle_start(&mut engine, Moment::default());
        let routes = HANDLERS.map(|(number, handler)| (number, route(handler)));
        engine.set_routes(RouteTable::build(routes, None, 1), Moment::default());
        let connection = engine.handle_accepted(Profile::DEFAULT, Moment::default()).unwrap();
        let (service, config) = (service.unwrap(), "{}".to_owned());
        let log = Vec::new();
        let mut desk = Self { engine, roster, service, config, log, events, connection, start };
        desk.until_looked(0);
        desk
    }

    pub fn now(&self) -> Moment {
        Moment::from_nanos(u64::try_from(self.start.elapsed().as_nanos()).unwrap())
    }

    /// Lets one command alone lead to a handler.
    pub fn route(&mut self, number: u16, handler: &str) {
        let now = self.now();
        self.engine.set_routes(RouteTable::build([(number, route(handler))], None, 2), now);
    }

    /// Sends a request and takes the answer.
    pub fn ask(&mut self, number: u16, data: &[u8]) -> Answer {
        self.send(number, data);
        let mut answers = self.take();
        assert!(answers.len() <= 1, "one request, one answer: {answers:?}");
        answers.pop().unwrap_or(Answer::Nothing)
    }

    /// Sends a request.
    pub fn send(&mut self, number: u16, data: &[u8]) {
        let command = Command::new(Kind::Request, number);
        let mut room = [0; MAX_FRAME];
        let len = Frame { address: 7, command, data }.encode(&mut room).unwrap();
        let now = self.now();
        self.engine.handle_received(self.connection, &room[..len], now);
    }

    /// Takes all answers that are there.
    pub fn take(&mut self) -> Vec<Answer> {
        let now = self.now();
        let sent: Vec<u8> = self.engine.all_outbound(self.connection).flatten().copied().collect();
        self.engine.handle_written(self.connection, sent.len(), now);
        let (mut rest, mut decoder, mut answers) = (&*sent, Decoder::default(), Vec::new());
        while let Some(decoded) = decoder.decode(&mut rest) {
            match decoded {
                Decoded::Frame(frame) => answers.push(answer_of(&frame)),
                Decoded::LostSync => panic!("the engine sent no frame: {sent:02x?}"),
            }
        }
        answers
    }

    /// The peer is gone, and another one comes.
    pub fn hang_up(&mut self) {
        let now = self.now();
        self.engine.handle_lost(self.connection, now);
        self.connection = self.engine.handle_accepted(Profile::default(), now).unwrap();
        self.round();
    }

    /// What the loop does in a round beside the turns of connections.
    pub fn round(&mut self) {
        let now = self.now();
        self.roster.handle_errands(&mut self.engine, now);
        for finding in self.roster.handle_probation(&mut self.engine, now) {
            self.log.push(format!("{finding:?}"));
            self.service.note(finding);
        }
        self.engine.handle_due(now);
        self.roster.handle_cancelled(&mut self.engine);
        self.retire();
        self.engine.invariants();
    }

    /// Lets the loop go round until `done`; panics when it takes too long.
    pub fn rounds(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(Instant::now() < deadline, "{what}: not after {PATIENCE:?}");
            while let Ok(event) = self.events.try_recv() {
                self.handle(event);
            }
            self.round();
            std::thread::yield_now();
        }
    }

    /// Version of the demo plugin that answers, and its generation's number.
    pub fn who(&mut self) -> Option<(String, u64)> {
        let Answer::Reply(data) = self.ask(0x0100, b"me") else {
            return None;
        };
        let text = String::from_utf8(data).unwrap();
        let [version, generation, "me"] = text.split(' ').collect::<Vec<_>>()[..] else {
            panic!("not an answer of demo.who: {text:?}");
        };
        Some((version.to_owned(), generation.parse().unwrap()))
    }

    pub fn version(&mut self) -> Option<String> {
        self.who().map(|(version, _)| version)
    }

    /// Handles events until `done`; panics when it takes too long.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(event) = self.events.recv_timeout(left) else {
                panic!("{what}: not after {PATIENCE:?}; so far {:?}", self.log);
            };
            self.handle(event);
        }
    }

    /// Lets the service look at everything, and handles all that it found.
    pub fn settle(&mut self) {
        let ticket = self.service.look_now();
        self.until_looked(ticket);
    }

    pub fn until_looked(&mut self, ticket: u64) {
        let line = format!("looked {ticket}");
        self.until("the look", |desk| desk.log.contains(&line));
        self.until("the unloading", |desk| desk.roster_owes_nothing());
    }

    pub fn row(&self, name: &str) -> Option<PluginRow> {
        self.roster.rows(&self.engine).into_iter().find(|row| row.name == name)
    }

    pub fn count(&self, line: &str) -> usize {
        self.log.iter().filter(|logged| *logged == line).count()
    }

    fn roster_owes_nothing(&self) -> bool {
        let count = |start: &str| self.log.iter().filter(|line| line.starts_with(start)).count();
        count("unloading") == count("unloaded")
    }

    fn handle(&mut self, event: PluginEvent) {
        self.log.push(line_of(&event));
        let (now, config) = (self.now(), self.config.clone());
        let failed = self.roster.handle_event(&mut self.engine, event, &|_| config.clone(), now);
        if let Some(unloading) = failed {
            self.unload(unloading);
        }
        self.retire();
    }

    fn retire(&mut self) {
        self.roster.handle_cancelled(&mut self.engine);
        for unloading in self.roster.handle_retired(&mut self.engine) {
            self.unload(unloading);
        }
    }

    fn unload(&mut self, unloading: Unloading) {
        self.log.push(format!("unloading {}", unloading.generation()));
        self.service.unload(unloading);
    }
}

fn line_of(event: &PluginEvent) -> String {
    match event {
        PluginEvent::Staged(loaded) => format!("staged {} {}", loaded.name(), loaded.version()),
        PluginEvent::Restored(loaded) => {
            format!("restored {} {}", loaded.name(), loaded.version())
        }
        PluginEvent::Returned { plugin, loaded } => {
            format!("returned {plugin} {}", loaded.is_ok())
        }
        PluginEvent::Refused(refusal) => format!("refused {}", refusal.defect.code()),
        PluginEvent::SetAside(refusal) => format!("set aside {}", refusal.defect.code()),
        PluginEvent::Configured { plugin, .. } => format!("configured {plugin}"),
        PluginEvent::Unchanged { plugin, .. } => format!("unchanged {plugin}"),
        PluginEvent::Gone { plugin, .. } => format!("gone {plugin}"),
        PluginEvent::Forgotten { .. } => "forgotten".to_owned(),
        PluginEvent::Kept { plugin, is_written } => format!("kept {plugin} {is_written}"),
        PluginEvent::Unloaded(report) => match &report.lingering {
            // Then `until_looked` waits in vain.
            Some(_) => format!("lingering {}", report.generation),
            None => format!("unloaded {}", report.generation),
        },
        PluginEvent::Inquired(_) => "inquired".to_owned(),
        PluginEvent::Looked { ticket } => format!("looked {ticket}"),
    }
}

fn answer_of(frame: &Frame<'_>) -> Answer {
    match frame.command.kind() {
        Kind::Reply => Answer::Reply(frame.data.to_vec()),
        Kind::Event => Answer::Pushed(frame.data.to_vec()),
        _ => {
            let (code, text) = frame.data.split_first_chunk::<2>().unwrap();
            Answer::Error(u16::from_be_bytes(*code), String::from_utf8(text.to_vec()).unwrap())
        }
    }
}

fn route(handler: &str) -> RouteSpec {
    RouteSpec::new(handler)
}
