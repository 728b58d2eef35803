//! The feed: owns the questions to the server, and how they and the keys reach the view in one
//! queue.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event};
use serde_json::{Value, from_value};

use crate::control::answers::Overview;
use crate::control::{self, AskError, Verb};

/// A look at the server may take so long.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the view hears of.
#[derive(Debug)]
pub enum News {
    /// A look at the server.
    Look(Result<Box<Overview>, AskError>),
    /// What came of something that was asked for.
    Done(Verb, Result<Value, AskError>),
    /// A request that passed.
    Tapped(Value),
    /// No more requests are shown, and why, if that was not wished for.
    TapEnded(Option<AskError>),
    /// A key, or another size of the terminal.
    Terminal(Event),
}

/// Looks once.
///
/// # Errors
/// Why there is no overview.
pub fn look(socket: &std::path::Path) -> Result<Box<Overview>, AskError> {
    let result = control::ask(socket, &Verb::Overview, PATIENCE)?;
    from_value(result)
        .map(Box::new)
        .map_err(|error| AskError::Garbled(format!("{error} (is the server of another version?)")))
}

/// Looks every so often, for as long as somebody listens.
pub fn watch(socket: PathBuf, every: Duration, news: Sender<News>) {
    thread::spawn(move || {
        loop {
            let began = Instant::now();
            if news.send(News::Look(look(&socket))).is_err() {
                return;
            }
            thread::park_timeout(every.saturating_sub(began.elapsed()));
        }
    });
}

/// Passes on what happens at the terminal, until the process ends.
pub fn listen(news: Sender<News>) {
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            if news.send(News::Terminal(event)).is_err() {
                return;
            }
        }
    });
}

/// Asks for something beside the looks.
pub fn ask(socket: PathBuf, verb: Verb, news: Sender<News>) {
    thread::spawn(move || {
        let answer = control::ask(&socket, &verb, control::patience(&verb) + PATIENCE);
        // The view may have ended meanwhile.
        let _ended = news.send(News::Done(verb, answer));
    });
}

/// Shows requests as they pass, until `is_over` is set.
pub fn tap(socket: PathBuf, of: Option<String>, is_over: Arc<AtomicBool>, news: Sender<News>) {
    thread::spawn(move || {
        let verb = Verb::Tap { command: of };
        let shown = control::follow(&socket, &verb, control::patience(&verb) + PATIENCE, |row| {
            !is_over.load(Ordering::Relaxed) && news.send(News::Tapped(row)).is_ok()
        });
        if !is_over.load(Ordering::Relaxed) {
            // The view may have ended meanwhile.
            let _ended = news.send(News::TapEnded(shown.err()));
        }
    });
}
