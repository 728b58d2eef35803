//! The screen: owns the terminal while the live view is on it.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use ratatui::DefaultTerminal;

use super::app::{App, Deed};
use super::feed::{self, News};
use super::{Ended, View, draw};
use crate::cli::Exit;
use crate::cli::failure::{Failure, Sort};

/// Shows the live view until `q`. The terminal is as before afterwards, and also after a panic.
pub fn run(view: &View) -> Ended {
    // Whoever has no server to look at is told so on a whole screen.
    let first = feed::look(&view.socket)?;
    if !std::io::stdout().is_terminal() {
        let help = "`hotframe top --once` prints one screen, `hotframe top --json` one look a line";
        let failure = Failure::new(Sort::Argument, "the live view needs a terminal", help);
        return Ok(failure.report(false));
    }
    let (sender, news) = mpsc::channel();
    let mut app = App::new(view.is_ascii, view.is_plain);
    app.history.take(first);
    let opened = ratatui::try_init();
    let shown = opened.and_then(|mut terminal| {
        feed::watch(view.socket.clone(), view.every, sender.clone());
        feed::listen(sender.clone());
        show(&mut terminal, &mut app, view, &sender, &news)
    });
    ratatui::restore();
    Ok(match shown {
        Ok(()) => Exit::Good,
        Err(error) => {
            let help = "is it a terminal that can be drawn on? try `hotframe top --once`";
            Failure::new(Sort::Input, format!("the terminal: {error}"), help).report(false)
        }
    })
}

fn show(
    terminal: &mut DefaultTerminal,
    app: &mut App,
    view: &View,
    sender: &mpsc::Sender<News>,
    news: &mpsc::Receiver<News>,
) -> std::io::Result<()> {
    let mut tap = Arc::new(AtomicBool::new(true));
    loop {
        terminal.draw(|frame| draw::screen(frame, app))?;
        // A sender is held here, so that there is always somebody who may send.
        let Ok(first) = news.recv() else { return Ok(()) };
        for one in std::iter::once(first).chain(news.try_iter()) {
            match app.take(one) {
                Deed::Draw => {}
                Deed::Quit => return Ok(()),
                Deed::Ask(verb) => feed::ask(view.socket.clone(), verb, sender.clone()),
                Deed::EndTap => tap.store(true, Ordering::Relaxed),
                Deed::Tap(of) => {
                    tap.store(true, Ordering::Relaxed);
                    tap = Arc::default();
                    feed::tap(view.socket.clone(), of, Arc::clone(&tap), sender.clone());
                }
            }
        }
    }
}
