//! Reloads that somebody waits for: owns what is still to be looked at before the answer.

use std::collections::BTreeMap;

use hotframe_core::Moment;

use crate::control::answers::{Answer, ConfigRolledBack, Problem, Reloaded, ReloadedPlugin};
use crate::control::{ControlError, ReplyChannel, codes};
use crate::plugins::Refusal;

/// What serves: name, version, generation.
pub type Serving = BTreeMap<String, (String, u64)>;

/// One `ctl reload` under way.
#[derive(Debug)]
pub struct Reload {
    reply: ReplyChannel,
    began: Moment,
    before: Serving,
    only: Option<String>,
    /// It is the way back to the configuration before.
    back: Option<ConfigRolledBack>,
    /// The look of the configuration's watcher; `None` once it is over.
    pub config: Option<u64>,
    /// The look of the plugin service; `None` once it is over.
    pub plugins: Option<u64>,
    refusals: Vec<Problem>,
}

impl Reload {
    /// A reload that waits for the two looks.
    #[must_use]
    pub fn new(reply: ReplyChannel, began: Moment, before: Serving, only: Option<String>) -> Self {
        let (config, plugins, refusals) = (None, None, Vec::new());
        Self { reply, began, before, only, back: None, config, plugins, refusals }
    }

    /// One that goes back to the configuration before, and is answered so.
    #[must_use]
    pub fn going_back(self, answer: ConfigRolledBack) -> Self {
        Self { back: Some(answer), ..self }
    }

    /// A plugin file was refused meanwhile.
    pub fn note_refusal(&mut self, refusal: &Refusal) {
        let concerned = self.only.is_none() || refusal.plugin == self.only;
        if concerned {
            self.refusals.push(problem_of(refusal));
        }
    }

    /// The one plugin that it is about.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        self.only.as_deref()
    }

    /// Whether it is about every file, the configuration included.
    #[must_use]
    pub const fn looks_at_all(&self) -> bool {
        self.only.is_none()
    }

    /// Whether both looks are over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.config.is_none() && self.plugins.is_none()
    }

    /// Answers who waits: what is live now, or every reason why something is not.
    pub fn answer(mut self, now: Moment, generation: u64, config: &[Problem], serving: &Serving) {
        let mut errors = std::mem::take(&mut self.refusals);
        if self.only.is_none() && self.back.is_none() {
            errors.extend_from_slice(config);
        }
        if !errors.is_empty() {
            let count = errors.len();
            let error = ControlError::new(
                codes::RELOAD_REFUSED,
                match count {
                    1 => "one problem; what served before serves on".to_owned(),
                    _ => format!("{count} problems; what served before serves on"),
                },
            );
            self.reply.send(Err(error.with_errors(errors)));
            return;
        }
        if let Some(back) = self.back {
            self.reply.send(Ok(Answer::ConfigRolledBack(back)));
            return;
        }
        let plugins = serving
            .iter()
            .filter(|(name, _)| self.only.as_ref().is_none_or(|only| only == *name))
            .map(|(name, (version, generation))| ReloadedPlugin {
                name: name.clone(),
                version: version.clone(),
                generation: *generation,
                changed: self.before.get(name).is_none_or(|(_, old)| old != generation),
            })
            .collect();
        let took = now.since(self.began).as_micros();
        self.reply.send(Ok(Answer::Reloaded(Reloaded {
            generation,
            duration_us: u64::try_from(took).unwrap_or(u64::MAX),
            plugins,
        })));
    }
}

/// A refusal as an answer shows it.
pub fn problem_of(refusal: &Refusal) -> Problem {
    Problem {
        code: refusal.defect.code().as_str().to_owned(),
        message: format!("{}. {}", refusal.message, refusal.defect.code().mend()),
        file: Some(refusal.path.display().to_string()),
        ..Problem::default()
    }
}
