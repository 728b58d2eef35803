//! A line as one JSON object with flat keys.

use std::time::SystemTime;

use log::{
    Level, Record,
    kv::{self, Key, Value, VisitSource},
};
use serde::Serialize;

use super::{super::stamp, OWN_KEYS};

/// Appends the object, without a line feed; returns where the text behind the timestamp starts.
pub(super) fn write(out: &mut Vec<u8>, record: &Record<'_>, when: SystemTime) -> usize {
    let start = out.len();
    out.extend_from_slice(br#"{"timestamp":""#);
    stamp::write_micros(out, when);
    let body = out.len() - start;
    out.extend_from_slice(br#"","level":""#);
    out.extend_from_slice(level_name(record.level()).as_bytes());
    out.extend_from_slice(br#"","target":"#);
    write_value(out, record.target());
    out.extend_from_slice(br#","message":"#);
    write_value(out, record.args());
    let _never_fails = record.key_values().visit(&mut Pairs { out });
    out.push(b'}');
    body
}

/// Levels are spelled as in the configuration.
const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}

/// Appends `value`; one that cannot be put into JSON is said to be so, and the line stays whole.
fn write_value(out: &mut Vec<u8>, value: impl Serialize) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, &value).is_err() {
        out.truncate(start);
        out.extend_from_slice(br#""(not representable)""#);
    }
}

struct Pairs<'a> {
    out: &'a mut Vec<u8>,
}

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        self.out.push(b',');
        if OWN_KEYS.contains(&key.as_str()) {
            write_value(self.out, format!("{key}_"));
        } else {
            write_value(self.out, key.as_str());
        }
        self.out.push(b':');
        write_value(self.out, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::UNIX_EPOCH};

    use serde_json::json;

    use super::*;

    fn line(message: &str, pairs: &[(&str, Value<'_>)]) -> (String, serde_json::Value) {
        let mut out = Vec::new();
        let args = format_args!("{message}");
        let mut builder = Record::builder();
        let record = builder.level(Level::Info).target("control").args(args);
        write(&mut out, &record.key_values(&pairs).build(), UNIX_EPOCH);
        let text = String::from_utf8(out).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn keys_are_flat_and_in_order() {
        let urls = ["tcp://127.0.0.1:7400", "unix:/run/x"];
        let none: Option<String> = None;
        let (text, _) = line(
            "ready",
            &[
                ("listen", Value::from_serde(&urls)),
                ("http", Value::from_serde(&none)),
                ("connection", Value::from(7_u64)),
                ("peer", Value::from_display(&std::net::Ipv4Addr::LOCALHOST)),
                ("ok", Value::from(true)),
            ],
        );
        assert_eq!(
            text,
            concat!(
                r#"{"timestamp":"1970-01-01T00:00:00.000000Z","level":"info","target":"control","#,
                r#""message":"ready","listen":["tcp://127.0.0.1:7400","unix:/run/x"],"#,
                r#""http":null,"connection":7,"peer":"127.0.0.1","ok":true}"#
            )
        );
    }

    #[test]
    fn whatever_the_message_holds_the_line_is_one_json_object() {
        let every_control: String = (0..0x20_u8).map(char::from).collect();
        for message in [
            every_control.as_str(),
            "\"quoted\" \\ back",
            "\u{7f}\u{85}\u{2028}\u{2029}\u{feff}\u{fffd}\u{10ffff}",
            "a\r\n{\"level\":\"error\"}",
            "",
        ] {
            let (text, value) = line(message, &[("text", Value::from(message))]);
            assert!(!text.contains('\n'), "{text:?}");
            assert_eq!(value["message"], message);
            assert_eq!(value["text"], message);
        }
    }

    #[test]
    fn bytes_that_are_no_text_arrive_as_replaced_text() {
        let lossy = String::from_utf8_lossy(b"\xff\xfe\x00ok");
        let (_, value) = line(&lossy, &[]);
        assert_eq!(value["message"], "\u{fffd}\u{fffd}\u{0}ok");
    }

    #[test]
    fn values_without_json_are_named_and_the_line_stays_whole() {
        let odd_keys = BTreeMap::from([(vec![1], 2)]);
        let (_, value) = line(
            "x",
            &[
                ("nan", Value::from(f64::NAN)),
                ("keys", Value::from_serde(&odd_keys)),
                ("after", Value::from(1)),
            ],
        );
        assert_eq!(value["nan"], json!(null));
        assert_eq!(value["keys"], "(not representable)");
        assert_eq!(value["after"], 1);
    }

    #[test]
    fn the_lines_own_keys_cannot_be_taken() {
        let (text, value) = line("real", &[("message", Value::from("fake")), ("level", 9.into())]);
        assert_eq!(value["message"], "real");
        assert_eq!(value["message_"], "fake");
        assert_eq!(value["level_"], 9);
        assert_eq!(text.matches("\"message\"").count(), 1);
    }
}
