//! Verbs and their request lines.

use super::*;

#[test]
fn every_verb_comes_back_from_its_line() {
    let one = Verb::Reload { plugin: Some("echo \"two\"".into()) };
    let all = Verb::Reload { plugin: None };
    let kick = Verb::Kick { id: "press-7".into() };
    let whole = [Verb::Plan, Verb::Rollback { plugin: None }];
    let plain = [Verb::Status, Verb::Plugins, Verb::Routes, Verb::Connections, Verb::Shutdown];
    let echo = || "echo".to_owned();
    let back = Verb::Rollback { plugin: Some(echo()) };
    let (off, on) = (Verb::Disable { plugin: echo() }, Verb::Enable { plugin: echo() });
    let drain = |grace_ms| Verb::Drain { grace_ms };
    let doors = [drain(None), drain(Some(250)), Verb::HandOver, Verb::StepDown];
    let more = [Verb::Sessions, Verb::Overview, kick, one, all, back, off, on];
    for verb in plain.into_iter().chain(whole).chain(more).chain(doors) {
        assert_eq!(Verb::from_line(verb.to_line().as_bytes()), Ok(verb));
    }
}

#[test]
fn every_name_is_a_verb() {
    for name in Verb::NAMES {
        let id = match *name {
            "kick" => r#","id":"7""#,
            "disable" | "enable" => r#","plugin":"echo""#,
            _ => "",
        };
        let line = format!(r#"{{"verb":"{name}"{id}}}"#);
        assert_eq!(Verb::from_line(line.as_bytes()).unwrap().name(), *name);
    }
}

#[test]
fn an_unknown_verb_lists_the_known_ones_and_guesses() {
    let error = Verb::from_line(br#"{"verb":"relaod"}"#).unwrap_err();
    assert_eq!(error.code, "HF0502");
    let help = error.help.unwrap();
    assert!(help.starts_with("did you mean `reload`?"), "{help}");
    assert!(Verb::NAMES.iter().all(|name| help.contains(name)), "{help}");
}

#[test]
fn malformed_lines_are_refused() {
    for line in [
        "",
        "status",
        "[]",
        "{}",
        r#"{"verb":7}"#,
        r#"{"verb":"status","plugin":"x"}"#,
        r#"{"verb":"reload","plugin":3}"#,
        r#"{"verb":"kick"}"#,
        r#"{"verb":"kick","id":7}"#,
        "{\"verb\":\"status\"",
        "\u{0}\u{1}",
    ] {
        let error = Verb::from_line(line.as_bytes()).unwrap_err();
        assert_eq!(error.code, "HF0503", "{line:?}");
    }
    assert_eq!(Verb::from_line(b"\xff\xfe").unwrap_err().code, "HF0503");
}
