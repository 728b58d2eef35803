//! Owns what the process of a rehearsal does: it bounds itself, loads the plugin, plays the script
//! and ends.
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::house::House;
use super::player::Player;
use super::script::{Offer, Script, Word};
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::generation::Loaded;
use crate::plugins::preflight::Preflight;
use crate::plugins::probe::trial;
use crate::plugins::shadow::ShadowFile;

/// Where words are said: the plugin's log comes from any of its threads.
pub(super) struct Speaker(Mutex<File>);

impl Speaker {
    /// Says a word. Nobody to hear it is no reason to go on otherwise: the process is ended then.
    pub fn say(&self, word: &Word) {
        if let Ok(mut line) = serde_json::to_vec(word) {
            line.push(b'\n');
            let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The other end is gone with who asked for this.
            let _gone = out.write_all(&line);
        }
    }
}

/// What the plugin logs, and what the host warns of, becomes words.
struct Herald(&'static Speaker);

impl log::Log for Herald {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("plugin::") || metadata.level() == log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = record.level().as_str().to_ascii_lowercase();
            self.0.say(&Word::Logged(level, record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// Plays the script from standard input with the library at `copy`, which a person knows as
/// `path`, and ends the process. To be called before this process has opened anything or started
/// a thread.
pub fn run(copy: &Path, path: &Path) -> ! {
    let code = match trial::prepare() {
        Ok((out, text)) => {
            // For the rest of the process.
            let speaker: &'static Speaker = Box::leak(Box::new(Speaker(Mutex::new(out))));
            let is_first = log::set_boxed_logger(Box::new(Herald(speaker))).is_ok();
            log::set_max_level(log::LevelFilter::Info);
            if let Err(Fault { defect, message, .. }) = play(copy, path, &text, speaker) {
                speaker.say(&Word::Refused(defect.code().as_str().to_owned(), message));
            }
            speaker.say(&Word::Ended);
            i32::from(!is_first)
        }
        Err(_) => 1,
    };
    trial::end(code)
}

/// Maps a copy of the library that a person knows as `path`.
fn load(copy: &Path, path: &Path, start: Instant) -> Result<Loaded, Fault> {
    let bytes =
        std::fs::read(copy).map_err(|error| Defect::ProbeUnavailable.because(error.to_string()))?;
    let preflight = Preflight::read(&bytes)?;
    Loaded::open(path, ShadowFile::of_another(copy), preflight, String::new(), start)
}

fn play(copy: &Path, path: &Path, text: &str, speaker: &'static Speaker) -> Result<(), Fault> {
    let unreadable = |error: String| Defect::ProbeUnavailable.because(error);
    let script: Script =
        serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    let start = Instant::now();
    let loaded = load(copy, path, start)?;
    let offers: Vec<Offer> = loaded.offers().collect();
    speaker.say(&Word::Offers(offers.clone()));
    let Some(steps) = script.steps else {
        drop(loaded.discard().unload());
        return Ok(());
    };
    let plugin = loaded.name().to_owned();
    let mut house = House::open(&plugin, &offers, start);
    loaded.judge(&script.config)?;
    house.take_in(loaded, &script.config)?;
    speaker.say(&Word::Serves);
    let mut copies = script.copies.iter();
    let load = || {
        let copy = copies.next().ok_or_else(|| unreadable("no copy is left".to_owned()))?;
        load(copy, path, start)
    };
    Player::new(&mut house, speaker).play(&steps, &script.config, load)?;
    speaker.say(&Word::Leaves);
    if let Some(reason) = house.close() {
        speaker.say(&Word::Stays(reason));
    }
    Ok(())
}
