//! From a node of the tree to a value: owns which kinds and ranges are taken.

use core::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::config::findings::Wrong;
use crate::config::spelling::{alternatives, nearest};
use crate::config::text::Texts;
use crate::config::tree::{Node, Value};
use crate::config::units::{self, Rate, show_duration, show_size};
use crate::diagnostics::codes::config as codes;

/// A value, or what is wrong with it.
pub(super) type Read<T> = Result<T, Wrong>;

/// The complaint that `node` is not `wanted` but what it is.
pub(super) fn wrong_type(node: &Node, wanted: &str) -> Wrong {
    let wrong = Wrong::new(codes::WRONG_TYPE, format!("expected {wanted}, found {}", node.kind()));
    match &node.value {
        Value::Text(text) if wanted.contains("number") && text.parse::<i64>().is_ok() => {
            wrong.help(format!("remove the quotes: {text}"))
        }
        Value::Text(text) if wanted.starts_with("true") && text.parse::<bool>().is_ok() => {
            wrong.help(format!("remove the quotes: {text}"))
        }
        Value::Text(text) if wanted.starts_with("true") => match text.to_ascii_lowercase().as_str()
        {
            "yes" | "on" => wrong.help("write true"),
            "no" | "off" => wrong.help("write false"),
            _ => wrong,
        },
        _ => wrong,
    }
}

/// A text.
pub(super) fn text(node: &Node) -> Read<&str> {
    match &node.value {
        Value::Text(text) => Ok(text),
        _ => Err(wrong_type(node, "text in quotes")),
    }
}

/// `true` or `false`.
pub(super) fn boolean(node: &Node) -> Read<bool> {
    match node.value {
        Value::Bool(value) => Ok(value),
        _ => Err(wrong_type(node, "true or false")),
    }
}

/// A whole number within `range`.
pub(super) fn whole<T>(node: &Node, range: RangeInclusive<u32>) -> Read<T>
where
    T: TryFrom<i128>,
{
    let Value::Whole(value) = node.value else {
        return Err(wrong_type(node, "a whole number"));
    };
    let within = (i128::from(*range.start())..=i128::from(*range.end())).contains(&value);
    let fitting = T::try_from(value).ok().filter(|_| within);
    fitting.ok_or_else(|| {
        let shown = match value {
            i128::MIN | i128::MAX => "the number".to_owned(),
            _ => value.to_string(),
        };
        out_of_range(&shown, &range.start().to_string(), &range.end().to_string())
    })
}

/// A number from 0 to 1.
pub(super) fn share(node: &Node) -> Read<f64> {
    let value = match node.value {
        Value::Float(value) => value,
        Value::Whole(0) => 0.0,
        Value::Whole(1) => 1.0,
        Value::Whole(other) => return Err(out_of_range(&other.to_string(), "0.0", "1.0")),
        _ => return Err(wrong_type(node, "a number from 0.0 to 1.0")),
    };
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(out_of_range(&value.to_string(), "0.0", "1.0"))
}

/// Numbers of commands, the protocol's own among them.
pub(super) fn commands(node: &Node) -> Read<Vec<u16>> {
    let wanted = "an array of command numbers such as [0x0100]";
    let Value::List(items) = &node.value else {
        return Err(wrong_type(node, wanted));
    };
    items.iter().map(|item| whole(item, 0..=0x3FFF)).collect()
}

/// A duration within `range`.
pub(super) fn duration(node: &Node, range: RangeInclusive<Duration>) -> Read<Duration> {
    if let Value::Whole(number) = node.value {
        let message = "a bare number is no duration: its unit is missing";
        let wrong = Wrong::new(codes::BAD_DURATION, message);
        return Err(wrong.help(format!("write \"{number}s\" or \"{number}ms\"")));
    }
    let Value::Text(text) = &node.value else {
        return Err(wrong_type(node, "a duration such as \"10s\""));
    };
    let value = units::duration(text)?;
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (show_duration(*range.start()), show_duration(*range.end()));
    Err(out_of_range(text, &least, &most))
}

/// A number of bytes within `range`.
pub(super) fn size(node: &Node, range: RangeInclusive<u32>) -> Read<usize> {
    let (value, shown) = match &node.value {
        Value::Whole(number) => (u64::try_from(*number).ok(), number.to_string()),
        Value::Text(text) => (Some(units::size(text)?), text.clone()),
        _ => return Err(wrong_type(node, "a size such as \"64KiB\"")),
    };
    let fitting =
        value.and_then(|value| u32::try_from(value).ok()).filter(|value| range.contains(value));
    fitting.and_then(|value| usize::try_from(value).ok()).ok_or_else(|| {
        let (least, most) = (u64::from(*range.start()), u64::from(*range.end()));
        out_of_range(&shown, &show_size(least), &show_size(most))
    })
}

/// A rate, or `None` for empty text.
pub(super) fn rate(node: &Node) -> Read<Option<Rate>> {
    match &node.value {
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) => units::rate(text).map(Some),
        Value::Whole(number) => {
            Err(Wrong::new(codes::BAD_RATE, "a bare number is no rate: its time is missing")
                .help(format!("write \"{number}/s\"")))
        }
        _ => Err(wrong_type(node, "a rate such as \"1000/s\"")),
    }
}

/// One of a few words.
pub(super) fn choice<T: Copy>(node: &Node, choices: &[(&'static str, T)]) -> Read<T> {
    let given = text(node)?;
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == given) {
        return Ok(*value);
    }
    let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
    let message = format!("`{given}` is not one of the choices");
    let help = match nearest(given, words.iter().copied()) {
        Some(better) => format!("did you mean `{better}`?"),
        None => format!("write {}", alternatives(&words)),
    };
    Err(Wrong::new(codes::NOT_ONE_OF, message).help(help))
}

/// A path, made absolute by the folder of the text that names it.
pub(super) fn path(node: &Node, texts: &Texts) -> Read<PathBuf> {
    let given = text(node)?;
    check_path(given)?;
    Ok(clean(&texts.base(node.span.text).join(given)))
}

/// The path of a Unix socket, made absolute by `base`.
pub(super) fn socket_path(given: &str, base: &Path) -> Read<PathBuf> {
    check_path(given)?;
    let path = clean(&base.join(given));
    fits_socket(&path)?;
    Ok(path)
}

/// Bytes of the longest path of a socket, without the zero that ends it.
const LONGEST_SOCKET: usize = 107;

/// Refuses a path that the system could not bind a socket to.
pub(super) fn fits_socket(path: &Path) -> Read<()> {
    let len = path.as_os_str().len();
    if len <= LONGEST_SOCKET {
        return Ok(());
    }
    let message = format!(
        "`{}` has {len} bytes; a socket's path has at most {LONGEST_SOCKET}",
        path.display()
    );
    Err(Wrong::new(codes::PATH_TOO_LONG, message).help("choose a folder nearer to the root"))
}

fn check_path(given: &str) -> Read<()> {
    if given.is_empty() {
        return Err(Wrong::new(codes::EMPTY_PATH, "the path is empty"));
    }
    if given.contains('\0') {
        let message = "a path cannot hold a zero byte";
        return Err(Wrong::new(codes::EMPTY_PATH, message));
    }
    Ok(())
}

/// `path` without `.` and with `..` taken back lexically, as people read paths.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    cleaned
}

/// Permission bits such as `"0600"`.
pub(super) fn mode(node: &Node) -> Read<u32> {
    let wrong = |message: &str| {
        Wrong::new(codes::BAD_MODE, message).help("octal digits in quotes, such as \"0600\"")
    };
    let Value::Text(text) = &node.value else {
        return Err(match node.value {
            Value::Whole(_) => wrong("a mode needs quotes: a bare number is decimal"),
            _ => wrong_type(node, "a mode such as \"0600\""),
        });
    };
    let octal = text.strip_prefix("0o").unwrap_or(text);
    let digits =
        (3..=4).contains(&octal.len()) && octal.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let value = u32::from_str_radix(octal, 8).ok().filter(|_| digits);
    match value {
        Some(value) if value <= 0o777 => Ok(value),
        Some(_) => Err(wrong("a socket has no more than the nine permission bits")),
        None => Err(wrong(&format!("`{text}` is not a file mode"))),
    }
}

fn out_of_range(given: &str, least: &str, most: &str) -> Wrong {
    Wrong::new(codes::OUT_OF_RANGE, format!("{given} is out of range"))
        .help(format!("at least {least}, at most {most}"))
}
