//! The console blocks of a document: what a reader is told to type, and what it is said to print.

/// One command of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of the command in its document, from 1.
    pub line: usize,
    /// What is typed, without the `$ `; lines that begin with `> ` continue it.
    pub typed: String,
    /// What it prints: `[..]` stands for anything within a line, a line `...` for any lines.
    pub printed: String,
}

/// The commands of every ```` ```console ```` block of a document, in order.
#[must_use]
pub fn blocks(document: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut inside = false;
    for (at, line) in document.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            let last = found.last_mut();
            match (line.strip_prefix("$ "), line.strip_prefix("> "), last) {
                (Some(typed), _, _) => {
                    let (typed, printed) = (typed.to_owned(), String::new());
                    found.push(Block { line: at + 1, typed, printed });
                }
                (None, Some(more), Some(block)) if block.printed.is_empty() => {
                    block.typed.push('\n');
                    block.typed.push_str(more);
                }
                (None, _, Some(block)) => {
                    block.printed.push_str(line);
                    block.printed.push('\n');
                }
                (None, _, None) => panic!("line {}: output without a command", at + 1),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_with_their_output() {
        let document = "text\n```console\n$ a \\\n> b\n1\n2\n$ c\n```\n$ no\n```sh\n$ no\n```\n";
        let block = |line, typed: &str, printed: &str| Block {
            line,
            typed: typed.to_owned(),
            printed: printed.to_owned(),
        };
        let wanted = [block(3, "a \\\nb", "1\n2\n"), block(7, "c", "")];
        assert_eq!(blocks(document), wanted);
    }
}
