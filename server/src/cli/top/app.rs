//! What the person at the keys has chosen: owns tab, order, search, pause, and what a key does.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use serde_json::Value;

use super::feed::News;
use super::history::History;
use super::sheet::Sheet;
use super::tables;
use crate::control::{AskError, Verb};

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Plugins,
    Routes,
    Connections,
    Changes,
}

impl Tab {
    /// From left to right, with their names.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Plugins, "plugins"),
        (Self::Routes, "routes"),
        (Self::Connections, "connections"),
        (Self::Changes, "changes"),
    ];
}

/// What the keys mean just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each key is a command.
    Browse,
    /// Keys are the text to search for.
    Search,
    /// The keys are explained.
    Help,
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Draw again.
    Draw,
    /// End.
    Quit,
    /// Ask the server.
    Ask(Verb),
}

/// A line for the foot of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub is_bad: bool,
}

/// The state of the view.
#[derive(Clone, Debug)]
pub struct App {
    pub history: History,
    pub tab: Tab,
    pub mode: Mode,
    /// What rows have to say to be shown.
    pub wanted: String,
    /// The selected row of those that are shown.
    pub selected: usize,
    pub is_paused: bool,
    pub is_ascii: bool,
    pub is_plain: bool,
    /// What came of the last deed.
    pub word: Option<Word>,
    /// Why the newest look failed.
    pub silence: Option<String>,
    sorts: [usize; 4],
}

impl App {
    /// Before the first look.
    #[must_use]
    pub fn new(is_ascii: bool, is_plain: bool) -> Self {
        Self {
            history: History::default(),
            tab: Tab::Plugins,
            mode: Mode::Browse,
            wanted: String::new(),
            selected: 0,
            is_paused: false,
            is_ascii,
            is_plain,
            word: None,
            silence: None,
            sorts: tables::FIRST_SORTS,
        }
    }

    /// The table that is shown, arranged.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        let sheet = match self.tab {
            Tab::Plugins => tables::plugins(&self.history),
            Tab::Routes => tables::routes(&self.history),
            Tab::Connections => tables::connections(&self.history),
            Tab::Changes => tables::changes(&self.history),
        };
        match self.tab {
            // Changes have one order: that in which they came.
            Tab::Changes => sheet.arranged(usize::MAX, &self.wanted),
            _ => sheet.arranged(self.sort(), &self.wanted),
        }
    }

    /// The column by which the table is sorted.
    #[must_use]
    pub fn sort(&self) -> usize {
        self.sorts[self.place()]
    }

    /// Takes news in.
    pub fn take(&mut self, news: News) -> Deed {
        match news {
            News::Look(Ok(look)) => {
                self.silence = None;
                if !self.is_paused {
                    self.history.take(look);
                }
            }
            News::Look(Err(error)) => self.silence = Some(silence(&error)),
            News::Done(verb, answer) => self.word = Some(outcome(&verb, answer)),
            News::Terminal(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                return self.press(key);
            }
            News::Terminal(_) => {}
        }
        Deed::Draw
    }

    fn press(&mut self, key: KeyEvent) -> Deed {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        if is_control && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return Deed::Quit;
        }
        match self.mode {
            Mode::Search => self.search(key.code),
            Mode::Help => self.mode = Mode::Browse,
            Mode::Browse => return self.command(key.code),
        }
        Deed::Draw
    }

    fn search(&mut self, key: KeyCode) {
        self.selected = 0;
        match key {
            KeyCode::Char(letter) => self.wanted.push(letter),
            KeyCode::Backspace => drop(self.wanted.pop()),
            KeyCode::Enter => self.mode = Mode::Browse,
            KeyCode::Esc => {
                self.wanted.clear();
                self.mode = Mode::Browse;
            }
            _ => {}
        }
    }

    fn command(&mut self, key: KeyCode) -> Deed {
        self.word = None;
        match key {
            KeyCode::Char('q') => return Deed::Quit,
            KeyCode::Char('?' | 'h') | KeyCode::F(1) => self.mode = Mode::Help,
            KeyCode::Char('p' | ' ') => self.is_paused = !self.is_paused,
            KeyCode::Char('/' | 'f') => self.mode = Mode::Search,
            KeyCode::Esc => self.wanted.clear(),
            KeyCode::Char('s') => self.sort_by(1),
            KeyCode::Char('S') => self.sort_by(self.columns() - 1),
            KeyCode::Char('r') => return self.reload(),
            KeyCode::Tab | KeyCode::Right => self.turn(1),
            KeyCode::BackTab | KeyCode::Left => self.turn(Tab::ALL.len() - 1),
            KeyCode::Char(digit @ '1'..='4') => self.turn_to(usize::from(digit as u8 - b'1')),
            KeyCode::Down | KeyCode::Char('j') => self.select(self.selected.saturating_add(1)),
            KeyCode::Up | KeyCode::Char('k') => self.select(self.selected.saturating_sub(1)),
            KeyCode::PageDown => self.select(self.selected.saturating_add(10)),
            KeyCode::PageUp => self.select(self.selected.saturating_sub(10)),
            KeyCode::Home => self.select(0),
            KeyCode::End => self.select(usize::MAX),
            _ => {}
        }
        Deed::Draw
    }

    /// Reloads the selected plugin; elsewhere every file and every plugin.
    fn reload(&mut self) -> Deed {
        let plugin = match self.tab {
            Tab::Plugins => self.sheet().rows.into_iter().nth(self.selected).map(|row| row.key),
            _ => None,
        };
        let what = plugin.as_deref().unwrap_or("every file and plugin");
        self.word = Some(Word { text: format!("reloading {what} …"), is_bad: false });
        Deed::Ask(Verb::Reload { plugin })
    }

    fn select(&mut self, row: usize) {
        self.selected = row.min(self.sheet().rows.len().saturating_sub(1));
    }

    fn columns(&self) -> usize {
        self.sheet().columns.len()
    }

    fn sort_by(&mut self, steps: usize) {
        let columns = self.columns();
        let sort = &mut self.sorts[self.place()];
        *sort = (*sort + steps) % columns;
    }

    fn turn(&mut self, steps: usize) {
        self.turn_to((self.place() + steps) % Tab::ALL.len());
    }

    fn turn_to(&mut self, place: usize) {
        self.tab = Tab::ALL[place].0;
        self.selected = 0;
    }

    fn place(&self) -> usize {
        Tab::ALL.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0)
    }
}

fn silence(error: &AskError) -> String {
    match error {
        AskError::Unreachable(error) => format!("no server answers: {error}"),
        other => other.to_string(),
    }
}

/// What is said of an answer.
fn outcome(verb: &Verb, answer: Result<Value, AskError>) -> Word {
    let what = verb.name();
    match answer {
        Ok(result) => {
            let plugins = result["plugins"].as_array().into_iter().flatten();
            let changed = plugins.filter(|plugin| plugin["changed"] == true).count();
            let text = match (verb, changed) {
                (Verb::Reload { .. }, 0) => format!("{what}: nothing had changed"),
                (Verb::Reload { .. }, 1) => format!("{what}: one plugin is new"),
                (Verb::Reload { .. }, _) => format!("{what}: {changed} plugins are new"),
                _ => format!("{what}: done"),
            };
            Word { text, is_bad: false }
        }
        Err(error) => Word { text: format!("{what}: {error}"), is_bad: true },
    }
}
