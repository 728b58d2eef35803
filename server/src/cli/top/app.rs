//! What the person at the keys has chosen: owns tab, order, search, pause, and what a key does.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::feed::News;
use super::history::History;
use super::sheet::Sheet;
use super::tables;
use super::tapped::Tapped;
use super::word::{Word, outcome, silence, wish};
use crate::control::Verb;

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Plugins,
    Routes,
    Connections,
    Changes,
    Requests,
}

impl Tab {
    /// From left to right, with their names.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Plugins, "plugins"),
        (Self::Routes, "routes"),
        (Self::Connections, "connections"),
        (Self::Changes, "changes"),
        (Self::Requests, "requests"),
    ];

    /// Whether the order of its rows is that in which they came.
    pub const fn is_chronicle(self) -> bool {
        matches!(self, Self::Changes | Self::Requests)
    }
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
    /// `y` has this done, and every other key leaves it.
    Confirm(Verb),
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
    /// Show requests as they pass, all or those of a command or a plugin, in place of others.
    Tap(Option<String>),
    /// Show no requests any more.
    EndTap,
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
    /// The requests that have passed since a tap was opened.
    pub tapped: Tapped,
    /// What came of the last deed.
    pub word: Option<Word>,
    /// Why the newest look failed.
    pub silence: Option<String>,
    sorts: [usize; Tab::ALL.len()],
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
            tapped: Tapped::default(),
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
            Tab::Requests => self.tapped.sheet(),
        };
        let column = if self.tab.is_chronicle() { usize::MAX } else { self.sort() };
        sheet.arranged(column, &self.wanted)
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
            News::Tapped(row) if !self.is_paused => self.tapped.take(row),
            News::Tapped(_) => {}
            News::TapEnded(error) => {
                self.tapped.end();
                self.word = error.map(|error| Word { text: format!("tap: {error}"), is_bad: true });
            }
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
        match self.mode.clone() {
            Mode::Search => self.search(key.code),
            Mode::Help => self.mode = Mode::Browse,
            Mode::Browse => return self.command(key.code),
            Mode::Confirm(verb) => {
                self.mode = Mode::Browse;
                if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                    return self.ask(verb);
                }
            }
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
            KeyCode::Char('r') => {
                let plugin = self.selected_of(Tab::Plugins);
                return self.ask(Verb::Reload { plugin });
            }
            KeyCode::Char('b') => {
                let plugin = self.selected_of(Tab::Plugins);
                self.mode = Mode::Confirm(Verb::Rollback { plugin });
            }
            KeyCode::Char('t') => return self.tap(),
            KeyCode::Tab | KeyCode::Right => self.turn(1),
            KeyCode::BackTab | KeyCode::Left => self.turn(Tab::ALL.len() - 1),
            KeyCode::Char(digit @ '1'..='5') => self.turn_to(usize::from(digit as u8 - b'1')),
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

    fn ask(&mut self, verb: Verb) -> Deed {
        self.word = Some(Word { text: format!("{} ...", wish(&verb)), is_bad: false });
        Deed::Ask(verb)
    }

    /// What is selected in the table `tab`, if that is shown.
    fn selected_of(&self, tab: Tab) -> Option<String> {
        let sheet = (self.tab == tab).then(|| self.sheet())?;
        sheet.rows.into_iter().nth(self.selected).map(|row| row.key)
    }

    /// Shows the requests of what is selected, of all where nothing can be; or none any more.
    fn tap(&mut self) -> Deed {
        if self.tapped.is_open() {
            self.tapped.end();
            return Deed::EndTap;
        }
        let route = self.selected_of(Tab::Routes).filter(|command| command.starts_with("0x"));
        let of = self.selected_of(Tab::Plugins).or(route);
        self.tapped.open(of.clone());
        self.turn_to(Tab::ALL.len() - 1);
        Deed::Tap(of)
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
