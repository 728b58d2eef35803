//! `cargo xtask check`: owns the list of steps that CI runs, their order and how they are told.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One command that has to succeed.
struct Step {
    title: &'static str,
    /// Set for this step alone.
    env: &'static [(&'static str, &'static str)],
    cargo: &'static [&'static str],
}

/// The command that the README tells a reader to test with.
const TEST: &[&str] = &["test", "--workspace"];

/// Cheap steps first: a mistake in the spelling should not cost a build.
const STEPS: &[Step] = &[
    Step { title: "format", env: &[], cargo: &["fmt", "--all", "--check"] },
    Step { title: "tidy", env: &[], cargo: &["xtask", "tidy"] },
    Step {
        title: "lints",
        env: &[],
        cargo: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    },
    Step {
        title: "documentation",
        env: &[("RUSTDOCFLAGS", "-D warnings")],
        cargo: &["doc", "--no-deps", "--workspace"],
    },
    Step { title: "tests", env: &[], cargo: TEST },
    Step {
        title: "serial lines",
        env: &[],
        cargo: &["test", "-p", "hotframe-server", "--features", "serial", "--test", "serial"],
    },
    Step { title: "release build", env: &[], cargo: &["build", "--release"] },
];

/// Needs a tool that a machine may not have, so it stands apart from [`STEPS`]. Advisories are
/// left out: they come over the network and change by themselves, so they would make the same
/// tree pass today and fail tomorrow.
const DENY: Step = Step {
    title: "dependencies",
    env: &[],
    cargo: &["deny", "check", "bans", "licenses", "sources"],
};

impl Step {
    /// What a person types to repeat this step alone.
    fn typed(&self) -> String {
        let env = self.env.iter().map(|(key, value)| format!("{key}=\"{value}\" "));
        format!("{}cargo {}", env.collect::<String>(), self.cargo.join(" "))
    }

    /// Runs the step with its output on the terminal; true when it succeeded.
    fn run(&self, top: &Path) -> bool {
        println!("\n=== {}: {}", self.title, self.typed());
        let begun = Instant::now();
        let ended = Command::new(cargo())
            .args(self.cargo)
            .envs(self.env.iter().copied())
            .current_dir(top)
            .status();
        let passed = ended.is_ok_and(|status| status.success());
        let word = if passed { "passed" } else { "FAILED" };
        println!("=== {}: {word} in {}", self.title, seconds(begun.elapsed()));
        passed
    }
}

/// Runs every step below `top` until one fails; true when all succeeded.
pub fn run(top: &Path) -> bool {
    let begun = Instant::now();
    let has_deny = has_cargo_deny();
    let steps = STEPS.iter().chain(has_deny.then_some(&DENY));
    for step in steps {
        if !step.run(top) {
            eprintln!(
                "\ncheck failed at `{}`; to repeat it:\n\n    {}\n",
                step.title,
                step.typed()
            );
            return false;
        }
    }
    if !has_deny {
        println!("\n=== {}: NOT CHECKED, cargo-deny is not installed", DENY.title);
    }
    println!("\nall checks passed in {}", seconds(begun.elapsed()));
    true
}

/// The cargo that started this task, so that no second toolchain slips in.
fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn has_cargo_deny() -> bool {
    let mut probe = Command::new("cargo-deny");
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_names_the_test_command_that_ci_runs() {
        let readme = std::fs::read_to_string(crate::top().join("README.md")).unwrap();
        let command = format!("cargo {}", TEST.join(" "));
        assert!(
            readme.lines().any(|line| line.trim_start_matches("$ ") == command),
            "no line `{command}`"
        );
    }

    #[test]
    fn a_step_is_told_as_it_is_typed() {
        let docs = STEPS.iter().find(|step| step.title == "documentation").unwrap();
        let typed = "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps --workspace";
        assert_eq!(docs.typed(), typed);
    }

    #[test]
    fn a_failing_command_fails_its_step() {
        let wrong = Step { title: "wrong", env: &[], cargo: &["no-such-command"] };
        assert!(!wrong.run(&crate::top()));
        let right = Step { title: "right", env: &[], cargo: &["--version"] };
        assert!(right.run(&crate::top()));
    }
}
