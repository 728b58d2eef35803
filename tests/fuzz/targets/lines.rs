//! Changes of a configuration's text: by lines and values that the shipped files show, so that
//! what is made is mostly well formed, and by single bytes as well.

use libfuzzer_sys::fuzzer_mutate;

/// Values of every kind that a key may have.
const VALUES: [&str; 16] = [
    "\"100/s\"",
    "\"50ms\"",
    "\"2s\"",
    "\"64KiB\"",
    "\"\"",
    "0",
    "1",
    "65536",
    "true",
    "false",
    "[]",
    "[0x0002, 0x0100]",
    "[1, \"16-31\", \"0x20\"]",
    "{ file = \"clients.toml\" }",
    "{ handler = \"echo.echo\" }",
    "\"echo.echo\"",
];

/// What may stand among the options of a route or of a listener.
const OPTIONS: [&str; 8] = [
    "enabled = false",
    "timeout = \"2s\"",
    "retries = 2",
    "rate = \"100/s\"",
    "addresses = [1, \"16-31\"]",
    "dialect = \"raw\"",
    "reply_order = \"any\"",
    "mode = \"0660\"",
];

/// The numbers of one seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % bound.max(1)
    }
}

/// Changes the text in the first `size` bytes of `data`, which may grow up to `most`; `shipped` is
/// a file with every key in it, be it behind a `#`. How long it is then.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32, shipped: &str) -> usize {
    let mut chance = Chance(u64::from(seed));
    let text = std::str::from_utf8(&data[..size]);
    let Some(text) = text.ok().filter(|_| chance.below(2) == 0) else {
        return fuzzer_mutate(data, size, most);
    };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=chance.below(3) {
        change(&mut lines, &mut chance, shipped);
    }
    let changed = lines.join("\n");
    let len = changed.len().min(most).min(data.len());
    data[..len].copy_from_slice(&changed.as_bytes()[..len]);
    len
}

fn change(lines: &mut Vec<String>, chance: &mut Chance, shipped: &str) {
    let at = chance.below(lines.len());
    match (chance.below(8), lines.get_mut(at)) {
        // Behind a mistake nothing is looked at that needs a good file: begin with one.
        (7, _) => {
            lines.clear();
            (0..=chance.below(5)).for_each(|_| insert(lines, chance, shipped));
        }
        (0, Some(_)) => drop(lines.remove(at)),
        (1, Some(line)) => {
            if let Some((key, _)) = line.split_once(" = ") {
                *line = format!("{key} = {}", VALUES[chance.below(VALUES.len())]);
            }
        }
        (2, Some(line)) => {
            if let Some((head, tail)) = line.rsplit_once(" }") {
                *line = format!("{head}, {} }}{tail}", OPTIONS[chance.below(OPTIONS.len())]);
            }
        }
        (3, Some(line)) => {
            let line = line.clone();
            let to = chance.below(lines.len());
            lines.insert(to, line);
        }
        _ => insert(lines, chance, shipped),
    }
}

/// Puts a known key where it belongs: behind the head of its section.
fn insert(lines: &mut Vec<String>, chance: &mut Chance, shipped: &str) {
    let known: Vec<&str> = shipped.lines().filter_map(stripped).collect();
    let from = chance.below(known.len());
    let Some(line) = known.get(from).filter(|line| !line.starts_with('[')) else {
        return;
    };
    let line = varied(line, chance);
    let head = known[..from].iter().rfind(|line| line.starts_with('['));
    let place = head.and_then(|head| lines.iter().position(|line| line == head));
    match (head, place) {
        (None, _) => lines.insert(0, line),
        (Some(_), Some(place)) => lines.insert(place + 1, line),
        (Some(head), None) => lines.extend([(*head).to_owned(), line]),
    }
}

/// The line, or with another value; a route may get options.
fn varied(line: &str, chance: &mut Chance) -> String {
    let Some((key, value)) = line.split_once(" = ") else {
        return line.to_owned();
    };
    let mut option = || OPTIONS[chance.below(OPTIONS.len())];
    let (first, second) = (option(), option());
    let is_handler = value.starts_with('"') && value.contains('.') && !value.contains('/');
    match chance.below(3) {
        0 if is_handler => format!("{key} = {{ handler = {value}, {first}, {second} }}"),
        1 => format!("{key} = {}", VALUES[chance.below(VALUES.len())]),
        _ => line.to_owned(),
    }
}

/// A key or the head of a section, without the `#` before and the comment behind it.
fn stripped(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(['#', ' ']);
    let line = line.split("  #").next().unwrap_or(line).trim_end();
    (line.starts_with('[') || line.contains(" = ")).then_some(line)
}
