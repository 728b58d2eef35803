//! What a server remembers of a plugin file, for people and for programs.

use serde_json::{Value, json};

use crate::logging::timestamp;
use crate::plugins::{Cause, Recollection, SetAside};

/// For programs.
pub(super) fn as_json(memory: &Recollection) -> Value {
    let held = memory.set_aside.as_ref().map(|held| {
        json!({
            "code": held.fault.defect.code().as_str(),
            "reason": held.fault.message,
            "cause": held.cause,
            "count": held.count,
            "since": timestamp(held.since),
            "until": held.until.map(timestamp),
        })
    });
    json!({
        "file": memory.file,
        "is_there": memory.is_there,
        "set_aside": held,
        "disabled": memory.is_disabled,
        "kept": memory.kept,
    })
}

/// For people: a line for each thing, and what lifts it.
pub(super) fn rows(memory: &Recollection, plugin: &str, row: &mut impl FnMut(&str, &str)) {
    if let Some(held) = &memory.set_aside {
        row("set aside", &words(held));
        row("", &way_out(held, plugin));
    }
    if memory.is_disabled {
        row("disabled", &format!("by the operator; `hotframe ctl enable {plugin}` lifts that"));
    }
    if let Some(kept) = memory.kept {
        row("kept", &format!("a copy of it: {kept}"));
    }
    if memory.is_there {
        row("record", &memory.file.display().to_string());
    }
}

fn words(held: &SetAside) -> String {
    let by = match held.cause {
        Cause::Trial => "by its trial",
        Cause::Probation => "by its probation",
        Cause::Crash => "by a crash",
        Cause::Operator => "by the operator",
    };
    let times = if held.count > 1 { format!(", {} times", held.count) } else { String::new() };
    format!("{by}, since {}{times}: {}", timestamp(held.since), held.fault.message)
}

fn way_out(held: &SetAside, plugin: &str) -> String {
    let lift = format!("`hotframe ctl reload {plugin}` has it loaded all the same");
    match held.until {
        Some(until) => format!("tried again after {}; {lift}", timestamp(until)),
        None => lift,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::plugins::Defect;

    #[test]
    fn it_is_said_since_when_and_what_lifts_it() {
        let since = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let mut held = SetAside {
            fault: Defect::ProbeExited.because("it ended its trial by exit(3)"),
            cause: Cause::Trial,
            count: 2,
            since,
            until: Some(since + Duration::from_secs(20)),
        };
        let stamp = "2023-11-14T22:13:20.000000Z";
        let told = format!("by its trial, since {stamp}, 2 times: it ended its trial by exit(3)");
        assert_eq!(words(&held), told);
        assert!(way_out(&held, "echo").starts_with("tried again after 2023-11-14T22:13:40.0"));
        held.until = None;
        let lift = "`hotframe ctl reload echo` has it loaded all the same";
        assert_eq!(way_out(&held, "echo"), lift);
    }
}
