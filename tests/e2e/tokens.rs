//! Tokens under load, while the plugin that has them is replaced again and again: under each policy
//! every request is answered once, in order, as the policy says, and the host's books of tokens are
//! the plugin's.
//!
//! `HOTFRAME_E2E_TOKENS` says how many requests are answered later under each policy, at least, and
//! `HOTFRAME_E2E_RELOADS` how often the plugin is replaced meanwhile; with `--nocapture` each tells
//! its figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use hotframe_protocol::Kind;
use hotframe_tests::{Endpoint, Fixture, Owned, Rng, Scrape, Server, Wire, request};
use hotframe_tests::{scale, wait_until};
use serde_json::{Value, json};

const WORK: u16 = 0x0210;
/// How a request is to be treated: the first byte of its data.
const TWICE: u8 = 0;
const RACED: u8 = 1;
const TOO_LATE: u8 = 2;
const HELD: u8 = 3;

const TIMEOUT: u16 = 2004;
const UNAVAILABLE: u16 = 2005;

/// Requests that a connection sends before it takes the answers.
const BURST: usize = 16;

/// What clients got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Came {
    /// Answers by the generation that was asked.
    own: u64,
    /// Answers by a later one.
    adopted: u64,
    timed_out: u64,
    /// Answered 2005.
    forsaken: u64,
}

/// What all share.
struct Stage {
    is_over: AtomicBool,
    asked: AtomicU64,
    /// Whether requests that are under way in a reload may be answered 2005.
    may_be_forsaken: bool,
    /// Whether another generation than the one that was asked may answer.
    may_be_adopted: bool,
}

impl Stage {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }
}

/// Asks in bursts until it is over; every answer has to be the one that is owed.
fn client(endpoint: &Endpoint, number: u64, stage: &Stage) -> Came {
    let (mut wire, mut rng) = (Wire::connect(endpoint), Rng::new(number));
    let (mut came, mut nonce) = (Came::default(), number << 32);
    while stage.goes_on() {
        let mut owed = Vec::new();
        for _ in 0..BURST {
            let how = [TWICE, RACED, RACED, TOO_LATE][rng.below(4)];
            let after = u8::try_from(rng.below(8)).unwrap();
            nonce += 1;
            let data = [&[how, after], &nonce.to_be_bytes()[..]].concat();
            wire.send(&request(WORK, &data));
            owed.push(data);
        }
        stage.asked.fetch_add(owed.len() as u64, Ordering::Relaxed);
        for data in owed {
            let reply = wire.receive().expect("an answer is owed, not the end");
            came.enter(&data, &reply, stage);
        }
    }
    wire.finish();
    assert_eq!(wire.receive(), None, "an answer that nobody has asked for");
    came
}

impl Came {
    fn enter(&mut self, asked: &[u8], reply: &Owned, stage: &Stage) {
        match (reply.command.kind(), reply.error_code()) {
            (Kind::Reply, _) => {
                assert_ne!(asked[0], TOO_LATE, "its time was over: {reply:?}");
                let (who, rest) = reply.data.split_at(8);
                let (whom, echo) = rest.split_at(8);
                assert_eq!(echo, asked, "lost, doubled, out of order, or somebody else's");
                let is_own = who == whom;
                assert!(is_own || stage.may_be_adopted, "{who:?} for {whom:?}");
                assert!(who >= whom, "an older one has answered");
                *if is_own { &mut self.own } else { &mut self.adopted } += 1;
            }
            (_, Some(TIMEOUT)) if asked[0] == TOO_LATE => self.timed_out += 1,
            (_, Some(UNAVAILABLE)) if stage.may_be_forsaken => self.forsaken += 1,
            _ => panic!("{asked:?} was answered {reply:?}"),
        }
    }

    fn add(&mut self, other: Self) {
        self.own += other.own;
        self.adopted += other.adopted;
        self.timed_out += other.timed_out;
        self.forsaken += other.forsaken;
    }
}

/// Comes, asks for what is never answered, and goes without a word.
fn leaver(endpoint: &Endpoint, stage: &Stage) {
    while stage.goes_on() {
        let mut wire = Wire::connect(endpoint);
        // What it does not read makes its end a reset.
        wire.send(&request(WORK, &[TWICE, 0]));
        (0..4).for_each(|_| wire.send(&request(WORK, &[HELD, 0])));
        let _first = wire.receive();
        wire.send(&request(WORK, &[HELD, 0]));
        wire.cut();
    }
}

/// Replaces the plugin `reloads` times and until enough was asked; how often it had to wait because
/// too many generations were in memory.
fn replace(server: &Server, stage: &Stage, reloads: u64, tokens: u64) -> u64 {
    let reload = json!({ "verb": "reload", "plugin": "tokens" });
    let (mut done, mut waited) = (0, 0);
    while done < reloads || stage.asked.load(Ordering::Relaxed) < tokens {
        let Err(error) = server.control().request(&reload) else {
            done += 1;
            continue;
        };
        assert_eq!(error["errors"][0]["code"], "HF0355", "{error}");
        waited += 1;
        wait_until("room for another generation", || {
            let row = server.control().plugin("tokens").unwrap();
            (row["reason"] == Value::Null).then_some(())
        });
    }
    waited
}

/// The host's and the plugin's figures.
struct Figures(Scrape);

impl Figures {
    fn of(server: &Server) -> Self {
        Self(Scrape::read(&server.http().get("/metrics").body))
    }

    fn host(&self, name: &str) -> u64 {
        self.value(&format!("hotframe_{name}"))
    }

    fn ended(&self, how: &str) -> u64 {
        self.host(&format!("deferred_ended_total{{how=\"{how}\"}}"))
    }

    fn plugin(&self, name: &str) -> u64 {
        self.value(&format!("hotframe_plugin_tokens_{name}_total"))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn value(&self, series: &str) -> u64 {
        self.0.value(series) as u64
    }

    /// Tokens that became void before they were answered.
    fn void(&self) -> u64 {
        ["timed_out", "abandoned", "forsaken"].iter().map(|how| self.ended(how)).sum()
    }

    /// Whether every token has come to its end, the plugin was told of each that became void, and
    /// every answer of it is in the books. The last of that comes some rounds after the last reply.
    fn are_settled(&self) -> bool {
        self.host("deferred_total") == self.ended("completed") + self.void()
            && self.plugin("taken") == self.ended("completed")
            && self.plugin("stale") == self.host("stale_completions_total")
            && self.plugin("cancelled") >= self.void()
            && self.host("plugin_resident_generations{plugin=\"tokens\"}") == 1
    }
}

fn under(policy: &str) {
    let (tokens, reloads) = (scale("HOTFRAME_E2E_TOKENS", 400), scale("HOTFRAME_E2E_RELOADS", 8));
    let stage = Arc::new(Stage {
        is_over: AtomicBool::new(false),
        asked: AtomicU64::new(0),
        may_be_forsaken: policy == "fail",
        may_be_adopted: policy == "adopt",
    });
    let settings = format!(
        "probation = \"0s\"\ndrain_timeout = \"2m\"\n[plugins.policy.tokens]\n\
         tokens = \"{policy}\"\n"
    );
    let setup = Server::setup().http().settings(&settings).route("0x0210 = \"tokens.work\"");
    let file = Fixture::compile("tokens.c", &[]);
    let server = setup.plugin("tokens.so", &file.bytes).start();
    let connections = scale("HOTFRAME_E2E_CONNECTIONS", 4) as u64;
    let ends = server.endpoints().iter().cycle();
    let clients: Vec<JoinHandle<Came>> = (0..connections)
        .zip(ends)
        .map(|(number, end)| {
            let (end, stage) = (end.clone(), Arc::clone(&stage));
            thread::spawn(move || client(&end, number, &stage))
        })
        .collect();
    let (end, shared) = (server.tcp().clone(), Arc::clone(&stage));
    let leaver = thread::spawn(move || leaver(&end, &shared));
    let waited = replace(&server, &stage, reloads as u64, tokens as u64);
    stage.is_over.store(true, Ordering::Relaxed);
    let mut came = Came::default();
    clients.into_iter().for_each(|client| came.add(client.join().expect("all came as owed")));
    leaver.join().expect("it comes and goes");
    let figures = wait_until("the books to agree", || {
        let figures = Figures::of(&server);
        figures.are_settled().then_some(figures)
    });
    judge(policy, &figures, came);
    let row = server.control().plugin("tokens").unwrap();
    println!(
        "{policy}: {} requests of {connections} connections, {} reloads, {waited} waited; \
         {came:?}; {} abandoned; the plugin: {} taken, {} stale, {} cancelled; the host: {} stale",
        stage.asked.load(Ordering::Relaxed),
        row["reloads"],
        figures.ended("abandoned"),
        figures.plugin("taken"),
        figures.plugin("stale"),
        figures.plugin("cancelled"),
        figures.host("stale_completions_total"),
    );
    assert_eq!(server.stop(), Some(0));
}

/// What clients got, what the host counted and what the plugin did are one story.
fn judge(policy: &str, figures: &Figures, came: Came) {
    let (completed, abandoned) = (figures.ended("completed"), figures.ended("abandoned"));
    let void = figures.void();
    assert!(figures.plugin("stale") > 0 && abandoned > 0, "every mistake was made");
    assert!(came.timed_out > 0 && came.own > 0, "{came:?}");
    assert!(came.own + came.adopted <= completed, "{came:?}, {completed}");
    assert_eq!(came.timed_out, figures.ended("timed_out"));
    let told = figures.plugin("cancelled");
    match policy {
        "drain" => {
            assert_eq!((figures.ended("forsaken"), figures.plugin("adopted")), (0, 0));
            assert_eq!(told, void);
        }
        "fail" => {
            assert!(came.forsaken > 0, "some were under way in a reload: {came:?}");
            assert!(came.forsaken <= figures.ended("forsaken"));
            assert_eq!(told, void);
        }
        _ => {
            assert!(came.adopted > 0, "some were taken over: {came:?}");
            assert_eq!(figures.ended("forsaken"), 0);
            // The one that had them is told, too, of those that were taken over.
            assert!((1..=figures.plugin("adopted")).contains(&(told - void)), "{told}, {void}");
        }
    }
}

#[test]
fn drained() {
    under("drain");
}

#[test]
fn adopted() {
    under("adopt");
}

#[test]
fn forsaken() {
    under("fail");
}
