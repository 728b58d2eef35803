//! The comparison: owns the expressions that must not hold, and the earlier report they refer to.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use serde_json::{Value, json};

use crate::cli::failure::{Failure, Sort};

/// The figures of a report that an expression may name.
const FIGURES: &[&str] = &[
    "frames",
    "frames_per_s",
    "errors",
    "mismatches",
    "unanswered",
    "closed_by_server",
    "client_cpu",
    "p50",
    "p90",
    "p99",
    "p999",
    "max",
];

/// `p99>1.2x`: a figure, a side and a bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    figure: &'static str,
    /// Whether it holds above the bound, not below it.
    above: bool,
    bound: f64,
    /// Whether the bound counts in the baseline's figure.
    is_ratio: bool,
}

/// The expressions, and what their ratios refer to.
#[derive(Debug)]
pub struct Judge {
    expressions: Vec<Expression>,
    baseline: Value,
}

/// What became of one expression.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    /// Whether it holds, which fails the run.
    pub holds: bool,
    expression: Expression,
    figure: f64,
    baseline: Option<f64>,
}

impl FromStr for Expression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal =
            || format!("`{text}` is no comparison like p99>1.2x; figures: {}", FIGURES.join(", "));
        let at = text.find(['<', '>']).ok_or_else(refusal)?;
        let name = text[..at].trim();
        let bound = text[at + 1..].trim();
        let (number, is_ratio) = match bound.strip_suffix('x') {
            Some(number) => (number, true),
            None => (bound, false),
        };
        let figure = FIGURES.iter().find(|figure| **figure == name).ok_or_else(refusal)?;
        let bound = number.parse().ok().filter(|bound: &f64| bound.is_finite());
        let bound = bound.ok_or_else(refusal)?;
        let above = text[at..].starts_with('>');
        Ok(Self { text: text.to_owned(), figure, above, bound, is_ratio })
    }
}

impl Judge {
    /// Reads the baseline where there is one.
    ///
    /// # Errors
    /// It cannot be read, or an expression needs one and there is none.
    pub fn new(expressions: Vec<Expression>, baseline: Option<&Path>) -> Result<Self, Failure> {
        let needs_one = expressions.iter().find(|expression| expression.is_ratio);
        let baseline = match (baseline, needs_one) {
            (Some(file), _) => read(file)?,
            (None, None) => Value::Null,
            (None, Some(expression)) => {
                let text =
                    format!("`{}` compares with a baseline, and there is none", expression.text);
                let help = "name an earlier --json output with --baseline";
                return Err(Failure::new(Sort::Argument, text, help));
            }
        };
        Ok(Self { expressions, baseline })
    }

    /// What becomes of every expression with the figures of a report.
    pub fn judge(&self, report: &Value) -> Vec<Verdict> {
        let judged = self.expressions.iter().map(|expression| {
            let figure = figure(report, expression.figure).unwrap_or(f64::NAN);
            let baseline = figure_of_ratio(&self.baseline, expression);
            let bound = expression.bound * baseline.unwrap_or(1.0);
            let holds = if expression.above { figure > bound } else { figure < bound };
            Verdict { holds, expression: expression.clone(), figure, baseline }
        });
        judged.collect()
    }
}

impl Verdict {
    /// Says on standard error what holds, and what it was compared with.
    pub fn tell(&self, json: bool) {
        if json {
            let (text, holds) = (&self.expression.text, self.holds);
            let (figure, baseline) = (self.figure, self.baseline);
            eprintln!(
                "{}",
                json!({
                    "fail_if": text, "holds": holds, "figure": figure, "baseline": baseline
                })
            );
        } else {
            eprintln!("{self}");
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = if self.holds { "FAILED" } else { "passed" };
        write!(f, "{word}: fail if {}: {}", self.expression.text, self.figure)?;
        match self.baseline {
            Some(baseline) => write!(f, ", {:.3}x of {baseline}", self.figure / baseline),
            None => Ok(()),
        }
    }
}

fn read(file: &Path) -> Result<Value, Failure> {
    let refuse = |why: String| {
        let message = format!("cannot read the baseline {}: {why}", file.display());
        Failure::new(Sort::Argument, message, "make one with `hotframe bench --json > FILE`")
    };
    let text = fs::read_to_string(file).map_err(|error| refuse(error.to_string()))?;
    let report: Value = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    let is_report = FIGURES.iter().all(|name| figure(&report, name).is_some());
    if is_report { Ok(report) } else { Err(refuse("it is no report of this tool".to_owned())) }
}

fn figure(report: &Value, name: &str) -> Option<f64> {
    report.get(name).or_else(|| report.get("latency_us")?.get(name))?.as_f64()
}

fn figure_of_ratio(baseline: &Value, expression: &Expression) -> Option<f64> {
    if expression.is_ratio { figure(baseline, expression.figure) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Exit;

    fn report(rate: f64, p99: f64) -> Value {
        let mut report = json!({ "latency_us": {} });
        for name in FIGURES {
            report[name] = json!(0.0);
        }
        report["frames_per_s"] = json!(rate);
        report["p99"] = Value::Null;
        report.as_object_mut().unwrap().remove("p99");
        report["latency_us"]["p99"] = json!(p99);
        report
    }

    fn holds(text: &str, now: &Value, before: Value) -> bool {
        let judge = Judge { expressions: vec![text.parse().unwrap()], baseline: before };
        judge.judge(now)[0].holds
    }

    #[test]
    fn ratios_refer_to_the_baseline() {
        let before = || report(1000.0, 50.0);
        assert!(holds("frames_per_s<0.9x", &report(899.0, 50.0), before()));
        assert!(!holds("frames_per_s<0.9x", &report(901.0, 50.0), before()));
        assert!(holds("p99 > 1.2x", &report(1000.0, 61.0), before()));
        assert!(!holds("p99 > 1.2x", &report(1000.0, 59.0), before()));
    }

    #[test]
    fn plain_bounds_need_no_baseline() {
        assert!(holds("p99>500", &report(1.0, 501.0), Value::Null));
        assert!(!holds("errors>0", &report(1.0, 501.0), Value::Null));
        let ratio: Expression = "p99>1.2x".parse().unwrap();
        assert_eq!(Judge::new(vec![ratio], None).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn what_is_no_comparison_is_refused() {
        for text in ["", "p99", "p99>", "p98>1", "p99=1", "p99>1.2y", "p99>NaN"] {
            assert!(text.parse::<Expression>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_that_is_no_report_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "{}").unwrap();
        assert_eq!(Judge::new(Vec::new(), Some(file.path())).unwrap_err().exit, Exit::Usage);
        fs::write(file.path(), report(1.0, 1.0).to_string()).unwrap();
        assert!(Judge::new(Vec::new(), Some(file.path())).is_ok());
    }
}
