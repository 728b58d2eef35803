//! The plugin without a server.

use hotframe_plugin_api::testing::{Loaded, Pushed, Receiver, TestHost};

use super::*;

fn with(clients: &[&str]) -> Loaded<Presence> {
    let mut presence = TestHost::new().load::<Presence>().unwrap();
    for (connection, client) in (1..).zip(clients) {
        presence.connect(connection);
        presence.hello(connection, client);
    }
    presence
}

/// The names of a page, and whether there are more.
fn names(page: &[u8]) -> (bool, Vec<String>) {
    let (more, mut rest) = page.split_first().unwrap();
    let mut names = Vec::new();
    while !rest.is_empty() {
        let (name, words) = frame::addressed(rest).unwrap();
        names.push(name.to_owned());
        rest = words;
    }
    (*more == 1, names)
}

/// `words` to `client`, on its way from connection 1.
fn to(client: &str, words: &str) -> Vec<u8> {
    frame::signed(client, words.as_bytes()).unwrap()
}

fn count(presence: &mut Loaded<Presence>, prefix: &str) -> u32 {
    let answer = presence.call("count", prefix);
    u32::from_be_bytes(answer.reply().try_into().unwrap())
}

#[test]
fn all_are_listed_page_by_page() {
    let clients: Vec<String> = (0..50).map(|n| format!("client-number-{n:02}")).collect();
    let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
    let mut presence = with(&clients);
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let page = presence.call("list", &after);
        let (more, names) = names(page.reply());
        listed.extend(names);
        if !more {
            break;
        }
        after.clone_from(listed.last().unwrap());
    }
    assert_eq!(listed, clients);
    assert_eq!(count(&mut presence, "client-number-1"), 10);
    assert_eq!(count(&mut presence, ""), 50);
}

#[test]
fn who_subscribes_hears_of_those_he_named() {
    let mut presence = with(&["watcher"]);
    assert_eq!(presence.call("subscribe", "pump").reply(), [0; 4]);
    for (connection, client) in [(2, "pump-1"), (3, "valve")] {
        presence.connect(connection);
        presence.hello(connection, client);
    }
    presence.disconnect(2);
    let heard: Vec<_> =
        presence.pushed().into_iter().map(|push| (push.number, push.data)).collect();
    assert_eq!(heard, [(CHANGED, b"\x01pump-1".to_vec()), (CHANGED, b"\0pump-1".to_vec())]);
    assert_eq!(presence.call("unsubscribe", "").reply(), b"");
    presence.connect(4);
    presence.hello(4, "pump-2");
    assert!(presence.pushed().is_empty());
}

#[test]
fn a_word_goes_to_one_or_to_all_with_the_senders_name() {
    let mut presence = with(&["adam", "bob", "bert"]);
    presence.call("tell", to("bob", "hi")).reply();
    assert_eq!(presence.call("tell_all", to("b", "all")).reply(), [0, 0, 0, 2]);
    let pushed = presence.pushed();
    let expected = |to, data: &[u8]| Pushed {
        to,
        number: TOLD,
        address: 0,
        data: data.to_vec(),
        ask: None,
        ahead: false,
    };
    assert_eq!(
        pushed,
        [
            expected(Receiver::Connection(2), b"\x04adamhi"),
            expected(Receiver::Clients("b".into()), b"\x04adamall"),
        ]
    );
    assert_eq!(presence.call("tell", to("eve", "hi")).error(), (1100, "eve is not online"));
    let long = presence.call("tell", to("bob", &"x".repeat(251)));
    assert_eq!(long.error(), (1001, "at most 250 bytes fit behind your name"));
    assert_eq!(presence.call("tell", b"\x09bob").error().0, 1001);
    assert_eq!(presence.call("tell", b"\x01\xFF").error().0, 1001);
}

#[test]
fn a_question_is_answered_with_what_the_client_says() {
    let mut presence = with(&["ada", "bob"]);
    let outcomes: [(Result<&[u8], NoAnswer<'_>>, _); 5] = [
        (Ok(b"42"), Ok(&b"42"[..])),
        (
            Err(NoAnswer::Error { code: 1234, text: b"no" }),
            Err((2100, "the client answered 1234: no")),
        ),
        (Err(NoAnswer::TimedOut), Err((2004, "the client did not answer in time"))),
        (Err(NoAnswer::Gone), Err((2004, "the client was gone before it answered"))),
        (Err(NoAnswer::Busy), Err((2003, "too much waits for the client"))),
    ];
    for (said, expected) in outcomes {
        let token = presence.call("ask", to("bob", "how much?")).deferred();
        let asked = presence.pushed().pop().unwrap();
        assert_eq!((asked.number, &asked.data[..]), (ASKED, &b"\x03adahow much?"[..]));
        presence.answer_ask(asked.ask.unwrap(), said);
        let answer = presence.wait(token);
        match expected {
            Ok(data) => assert_eq!(answer.reply(), data),
            Err(error) => assert_eq!(answer.error(), error),
        }
    }
    assert_eq!(presence.call("ask", to("eve", "?")).error().0, 1100);
    assert_eq!(presence.metric("questions_total", &["answered"]), [1.0]);
    assert_eq!(presence.metric("questions_total", &["failed"]), [4.0]);
    assert_eq!(presence.metric("answer_seconds", &[]).len(), 1);
    assert_eq!(presence.metric("online", &[]), [2.0]);
}

#[test]
fn an_answer_for_who_is_gone_is_dropped() {
    let mut presence = with(&["ada", "bob"]);
    let token = presence.call("ask", to("bob", "?")).deferred();
    let asked = presence.pushed().pop().unwrap();
    presence.cancel(token);
    presence.answer_ask(asked.ask.unwrap(), Ok(b"late"));
    assert!(presence.log().is_empty());
}

#[test]
fn subscriptions_go_over_to_the_next_version() {
    let mut old = with(&["watcher"]);
    old.call("subscribe", "").reply();
    let reload = TestHost::new().following(2, Reason::Reload, "0.1.0");
    let saved = old.save_state(1).unwrap();
    let mut new = reload.load::<Presence>().unwrap();
    new.load_state(1, &saved).unwrap();
    new.connect(1);
    new.connect(2);
    new.hello(2, "pump");
    assert_eq!(new.pushed().len(), 1);
    let mut restarted = TestHost::new().load::<Presence>().unwrap();
    restarted.load_state(1, &saved).unwrap();
    restarted.connect(1);
    restarted.hello(1, "somebody else");
    assert!(restarted.pushed().is_empty(), "connections have other numbers after a restart");
}
