//! Owns the figures that plugins define: the book of all, and those of one generation.
//!
//! A series lives as long as a generation that has defined it, so that it goes on over a reload.
mod naming;
mod series;
mod table;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

pub use self::series::{Definition, Kind, Reading, Series};
pub(super) use self::table::TABLE;

/// So many series may one generation define.
const MOST: usize = 128;

/// One for each host, shared with all its generations.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<BTreeMap<String, Vec<Weak<Series>>>>);

/// The series of one generation, by their numbers. Room is made with the first.
#[derive(Debug, Default)]
pub(super) struct Own(OnceLock<Box<[OnceLock<Arc<Series>>]>>);

impl Book {
    /// The series of that definition: one that is there, or a new one.
    pub fn series(&self, plugin: &str, definition: Definition) -> Arc<Series> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = book.entry(plugin.to_owned()).or_default();
        let mut found = None;
        known.retain(|series| {
            let Some(series) = series.upgrade() else {
                return false;
            };
            // One of another kind by the same name was the generation's before: it is not shown
            // any more, because no two may be in one family.
            let keeps = series.definition().name != definition.name
                || series.definition().goes_with(&definition);
            if *series.definition() == definition {
                found = Some(series);
            }
            keeps
        });
        found.unwrap_or_else(|| {
            let series = Arc::new(Series::new(definition));
            known.push(Arc::downgrade(&series));
            series
        })
    }

    /// Every series of every plugin.
    pub fn all(&self) -> Vec<(String, Arc<Series>)> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.retain(|_, known| {
            known.retain(|series| series.strong_count() > 0);
            !known.is_empty()
        });
        let living = book.iter().flat_map(|(plugin, known)| {
            known.iter().filter_map(|series| Some((plugin.clone(), series.upgrade()?)))
        });
        living.collect()
    }
}

impl Own {
    /// The series of that number; numbers begin with 1.
    pub fn at(&self, number: u32) -> Option<&Series> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.0.get()?.get(index)?.get().map(Arc::as_ref)
    }

    /// The number of a definition; a new one if that is not the first time. `make` gives the
    /// series. On the loop thread only.
    pub fn define(
        &self,
        definition: Definition,
        make: impl FnOnce(Definition) -> Arc<Series>,
    ) -> Result<u32, String> {
        naming::check(&definition)?;
        let room = || (0..MOST).map(|_| OnceLock::new()).collect();
        let all = self.0.get_or_init(room);
        for (number, place) in (1..).zip(all) {
            let Some(series) = place.get() else {
                let _is_first = place.set(make(definition));
                return Ok(number);
            };
            if *series.definition() == definition {
                return Ok(number);
            }
            let is_family = series.definition().name == definition.name;
            if is_family && !series.definition().goes_with(&definition) {
                return Err("another series of this name is of another kind or help".to_owned());
            }
        }
        Err(format!("the plugin has defined {MOST} already"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(label: &str) -> Definition {
        Definition {
            kind: Kind::Counter,
            name: "frames_total".into(),
            help: "Frames.".into(),
            labels: vec![("kind".into(), label.into())],
            bounds: Box::default(),
        }
    }

    #[test]
    fn a_series_goes_on_as_long_as_one_generation_has_it() {
        let book = Book::default();
        let (old, new) = (Own::default(), Own::default());
        let make = |definition| book.series("p", definition);
        assert_eq!(old.define(counter("good"), make), Ok(1));
        old.at(1).unwrap().add(5);
        assert_eq!(new.define(counter("bad"), make), Ok(1));
        assert_eq!(new.define(counter("good"), make), Ok(2));
        assert_eq!(new.define(counter("bad"), make), Ok(1), "the same again");
        drop(old);
        new.at(2).unwrap().add(1);
        assert_eq!(new.at(2).unwrap().read(), Reading::Counter(6));
        assert_eq!(book.all().len(), 2);
        drop(new);
        assert!(book.all().is_empty());
    }

    #[test]
    fn no_family_has_two_kinds() {
        let book = Book::default();
        let (old, new) = (Own::default(), Own::default());
        let make = |definition| book.series("p", definition);
        old.define(counter("good"), make).unwrap();
        let other = Definition { help: "Other.".into(), ..counter("bad") };
        assert!(old.define(other.clone(), make).is_err());
        assert_eq!(new.define(other, make), Ok(1), "a new version may say it anew");
        assert_eq!(book.all().len(), 1);
    }

    #[test]
    fn their_number_is_bounded_and_what_is_not_there_does_nothing() {
        let (book, own) = (Book::default(), Own::default());
        assert!(own.at(0).is_none() && own.at(1).is_none());
        let make = |definition| book.series("p", definition);
        for number in 0..MOST {
            own.define(counter(&number.to_string()), make).unwrap();
        }
        assert!(own.define(counter("more"), make).is_err());
        assert!(own.at(u32::MAX).is_none());
        own.at(1).unwrap().set(1.0);
        own.at(1).unwrap().observe(1.0);
        assert_eq!(own.at(1).unwrap().read(), Reading::Counter(0));
    }
}
