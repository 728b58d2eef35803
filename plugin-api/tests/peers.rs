//! A plugin that hears of its peers and pushes to them, through its real tables.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::testing::{Pushed, Receiver, TestHost};
use hotframe_plugin_api::{
    AskId, ConnectionEvent, ConnectionInfo, NoAnswer, Peers, Push, Session, SessionEvent, To,
};

struct Porter {
    host: Host,
    asked: Vec<(AskId, Token)>,
}

impl Plugin for Porter {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        Ok(Self { host: create.host().clone(), asked: Vec::new() })
    }
}

impl Peers for Porter {
    fn on_connection(&mut self, event: ConnectionEvent, connection: &ConnectionInfo) {
        self.host.info(format_args!("{event:?} {}", connection.id().to_bits()));
    }

    fn on_session(&mut self, event: SessionEvent, session: &Session<'_>) {
        self.host.info(format_args!("{event:?} {}", session.client));
        if event == SessionEvent::Up {
            let hello = Push::new(0x0200, b"hello").address(3);
            self.host.push(To::Connection(session.connection), hello).unwrap();
        }
    }

    fn on_answer(&mut self, ask: AskId, answer: Result<&[u8], NoAnswer<'_>>) {
        let at = self.asked.iter().position(|(asked, _)| *asked == ask).unwrap();
        let (_, token) = self.asked.swap_remove(at);
        token.answer(answer.map_err(|no| Error::timeout(format_args!("{no:?}"))));
    }
}

impl Porter {
    fn ask(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let question = Push::new(0x0201, request.data()).ahead();
        let ask = self.host.ask(To::Client("pump"), question, Duration::from_secs(1))?;
        self.asked.push((ask, request.defer(Duration::ZERO)?));
        Ok(Outcome::Deferred)
    }

    fn misuse(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let long = [0; 256];
        let second = Duration::from_secs(1);
        let refused = [
            self.host.push(To::All, Push::new(0x00FF, b"")).unwrap_err(),
            self.host.push(To::All, Push::new(0x0100, &long)).unwrap_err(),
            self.host.ask(To::All, Push::new(0x0100, b""), second).unwrap_err(),
            self.host
                .push(To::Connection(request.connection()), Push::new(0x100, b""))
                .unwrap_err(),
        ];
        assert!(self.host.connection(request.connection()).is_none());
        assert!(!self.host.close(request.connection()));
        write!(reply, "{}", refused.len())?;
        Ok(Outcome::Reply)
    }

    fn who(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let info = self.host.connection(request.connection()).ok_or_else(|| Error::busy("gone"))?;
        write!(reply, "{} from {}", info.client().unwrap_or("nobody"), info.peer())?;
        self.host.close(info.id());
        Ok(Outcome::Reply)
    }
}

hotframe_plugin_api::plugin! {
    Porter,
    name: "porter",
    extensions: [peers],
    handlers: { "ask" => Porter::ask, "misuse" => Porter::misuse, "who" => Porter::who },
}

#[test]
fn it_hears_who_comes_and_greets_him() {
    let mut porter = TestHost::new().load::<Porter>().unwrap();
    porter.connect(1);
    porter.hello(1, "pump");
    let greeting = Pushed {
        to: Receiver::Connection(1),
        number: 0x0200,
        address: 3,
        data: b"hello".to_vec(),
        ask: None,
        ahead: false,
    };
    assert_eq!(porter.pushed(), [greeting]);
    assert_eq!(porter.call("who", "").reply(), b"pump from test");
    assert_eq!(porter.closed(), [1]);
    porter.disconnect(1);
    let heard: Vec<String> = porter.log().into_iter().map(|line| line.text).collect();
    assert_eq!(heard, ["Opened 1", "Up pump", "Down pump", "Closed 1"]);
}

#[test]
fn an_answer_completes_what_waited_for_it() {
    let mut porter = TestHost::new().load::<Porter>().unwrap();
    let outcomes: [Result<&[u8], NoAnswer<'_>>; 4] = [
        Ok(b"42"),
        Err(NoAnswer::Error { code: 1100, text: b"no" }),
        Err(NoAnswer::TimedOut),
        Err(NoAnswer::Gone),
    ];
    for outcome in outcomes {
        let token = porter.call("ask", "how much?").deferred();
        let pushed = porter.pushed().pop().unwrap();
        assert_eq!((pushed.number, pushed.ahead), (0x0201, true));
        assert_eq!(pushed.to, Receiver::Client("pump".into()));
        porter.answer_ask(pushed.ask.unwrap(), outcome);
        match outcome {
            Ok(data) => assert_eq!(porter.wait(token).reply(), data),
            Err(no) => assert_eq!(porter.wait(token).error(), (2004, &*format!("{no:?}"))),
        }
    }
}

#[test]
fn what_is_no_push_is_refused() {
    let mut porter = TestHost::new().load::<Porter>().unwrap();
    assert_eq!(porter.call("misuse", "").reply(), b"4");
    assert!(porter.pushed().is_empty());
}
