//! Holds the JSON Schemas of both files to the reference: what editors complete and underline is
//! what `docs/configuration.md` says, and that is what the code does.

use serde_json::{Map, Value, json};

use super::documentation::{rows, unquoted};
use super::repository;

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema of a value, from how the reference calls its kind.
fn kind(kind: &str) -> Map<String, Value> {
    let (first, rest) = kind.split_once([',', ' ']).unwrap_or((kind, ""));
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let choices: Vec<_> =
        kind.split('`').skip(1).step_by(2).map(|it| it.trim_matches('"')).collect();
    let schema = match first {
        "duration" if rest.contains("`\"\"`") => pattern("^([0-9]+(ms|s|m|h))?$"),
        "duration" => pattern("^[0-9]+(ms|s|m|h)$"),
        "size" => json!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            pattern("^[0-9]+(B|KiB|MiB|GiB)$"),
        ] }),
        "rate" => pattern("^([0-9]+/(s|m|h))?$"),
        "mode" => pattern("^0?[0-7]{3}$"),
        "path" | "text" | "address" => json!({ "type": "string" }),
        "true" => json!({ "type": "boolean" }),
        "table" => json!({ "type": "object", "additionalProperties": { "type": "object" } }),
        "array" if kind == "array of addresses" => json!({
            "type": "array",
            "items": { "anyOf": [{ "type": "string" }, { "$ref": "#/definitions/listener" }] },
        }),
        "array" if kind == "array of paths" => {
            json!({ "type": "array", "items": { "type": "string" } })
        }
        "array" if kind == "array of numbers" => json!({
            "type": "array",
            "items": { "type": "integer", "minimum": 0, "maximum": 0xFFFF },
        }),
        "array" => json!({ "type": "array", "items": { "anyOf": [
            { "type": "integer", "minimum": 0, "maximum": 255 },
            { "type": "string" },
        ] } }),
        _ if !choices.is_empty() => json!({ "type": "string", "enum": choices }),
        _ => range(kind),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => unreachable!("each of them is an object"),
    }
}

/// `1 to 65536`, `0.0 to 1.0`.
fn range(kind: &str) -> Value {
    let ends = kind.split_once(" to ");
    let numbers = ends.and_then(|(from, to)| {
        Some((from.parse::<serde_json::Number>().ok()?, to.parse::<serde_json::Number>().ok()?))
    });
    let (from, to) = numbers.unwrap_or_else(|| panic!("which schema has the kind `{kind}`?"));
    let kind = if from.is_f64() { "number" } else { "integer" };
    json!({ "type": kind, "minimum": from, "maximum": to })
}

/// The schema of the object whose keys the table below `heading` lists, as (key, kind, meaning).
fn object(keys: impl Iterator<Item = (String, String, String)>) -> Value {
    let mut properties = Map::new();
    let mut sections: Map<String, Value> = Map::new();
    for (name, of, meaning) in keys {
        let mut schema = kind(&of);
        schema.insert("description".into(), json!(meaning.replace(['`', '*'], "")));
        match name.split_once('.') {
            None => drop(properties.insert(name, Value::Object(schema))),
            Some((section, key)) => {
                let section = sections.entry(section).or_insert_with(|| json!({}));
                section[key] = Value::Object(schema);
            }
        }
    }
    for (name, keys) in sections {
        let section =
            json!({ "type": "object", "properties": keys, "additionalProperties": false });
        properties.insert(name, section);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn options(heading: &str) -> Value {
    object(rows(heading).into_iter().map(|row| (unquoted(&row[0]), row[1].clone(), row[3].clone())))
}

fn settings() -> Value {
    let keys = rows("## hotframe.toml").into_iter();
    let mut schema = object(keys.map(|row| (unquoted(&row[0]), row[1].clone(), row[4].clone())));
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("hotframe.toml");
    schema["definitions"] = json!({ "listener": options("### Listeners") });
    schema["definitions"]["listener"]["required"] = json!(["url"]);
    schema
}

fn commands() -> Value {
    let mut table = options("## commands.toml");
    table["required"] = json!(["handler"]);
    let name = "^[a-z][a-z0-9_-]*\\.[a-z][a-z0-9_-]*$";
    let routes = json!({
        "type": "object",
        "additionalProperties": false,
        "patternProperties": {
            "^(0[xX][0-9a-fA-F]{1,4}|[0-9]{1,5}|default)$": { "$ref": "#/definitions/route" },
        },
    });
    json!({
        "$schema": DRAFT,
        "title": "commands.toml",
        "type": "object",
        "required": ["commands"],
        "additionalProperties": false,
        "properties": { "commands": routes, "raw": routes },
        "definitions": { "route": {
            "anyOf": [{ "type": "string", "pattern": name }, table],
        } },
    })
}

/// `HOTFRAME_BLESS=1` writes them anew.
#[test]
fn the_schemas_are_the_reference() {
    for (name, schema) in [("hotframe", settings()), ("commands", commands())] {
        let path = repository().join(format!("config/schema/{name}.schema.json"));
        let wanted = format!("{schema:#}\n");
        if std::env::var_os("HOTFRAME_BLESS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = wanted.lines().zip(found.lines()).find(|(one, other)| one != other);
        assert!(
            wanted == found,
            "{} is not the reference (HOTFRAME_BLESS=1 mends it): {differs:?}",
            path.display()
        );
        let shipped = std::fs::read_to_string(repository().join(format!("config/{name}.toml")));
        let first = format!("#:schema schema/{name}.schema.json\n");
        assert!(shipped.unwrap().starts_with(&first), "editors look for it in the first line");
    }
}
