//! Owns the state that a trial is given, and how it gets there: version, slices, and an end.
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use crate::plugins::state::SavedState;

/// So much of the state of what serves a trial is given, in bytes; with the slice that goes beyond
/// it, that is the end.
pub(in crate::plugins) const MOST: u64 = 16 << 20;

/// What stands in the place of a slice's length behind the last one.
const WHOLE: u32 = u32::MAX;
const CUT: u32 = u32::MAX - 1;

/// State, as it would go over.
#[derive(Debug, Clone)]
pub(in crate::plugins) struct Sample {
    /// As of which version of it.
    pub version: u32,
    pub slices: Slices,
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// What `load_state` gets, call by call.
#[derive(Debug, Clone)]
pub(in crate::plugins) enum Slices {
    Saved(Vec<Vec<u8>>),
    Kept(Arc<SavedState>),
}

/// What comes next of a sample.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Slice(Vec<u8>),
    /// That was all.
    Whole,
    /// There is more, which the trial does not get.
    Cut,
}

impl Sample {
    /// What was kept in a file is one slice.
    pub fn of_kept(kept: Arc<SavedState>) -> Self {
        Self { version: kept.version, slices: Slices::Kept(kept), is_whole: true }
    }

    /// Bytes of the largest slice.
    pub fn largest(&self) -> usize {
        self.each().map(<[u8]>::len).max().unwrap_or(0)
    }

    /// What a trial reads, piece by piece; `None`: that there is no state.
    pub fn pieces(sample: Option<&Self>) -> VecDeque<Cow<'_, [u8]>> {
        let number = |number: u32| Cow::from(number.to_le_bytes().to_vec());
        let Some(sample) = sample else {
            return VecDeque::from([number(0)]);
        };
        let mut pieces = VecDeque::from([number(sample.version)]);
        for slice in sample.each() {
            pieces.push_back(number(u32::try_from(slice.len()).unwrap_or(CUT)));
            pieces.push_back(Cow::from(slice));
        }
        pieces.push_back(number(if sample.is_whole { WHOLE } else { CUT }));
        pieces
    }

    fn each(&self) -> impl Iterator<Item = &[u8]> {
        let (saved, kept) = match &self.slices {
            Slices::Saved(slices) => (&slices[..], None),
            Slices::Kept(kept) => (&[][..], Some(&kept.bytes[..])),
        };
        saved.iter().map(Vec::as_slice).chain(kept)
    }
}

/// Reads as of which version a sample is; `None`: there is none.
pub(super) fn read_version(from: &mut impl Read) -> io::Result<Option<u32>> {
    Ok(Some(read_number(from)?).filter(|version| *version != 0))
}

/// Reads what comes next of a sample.
pub(super) fn read_next(from: &mut impl Read) -> io::Result<Next> {
    let len = match read_number(from)? {
        WHOLE => return Ok(Next::Whole),
        CUT => return Ok(Next::Cut),
        len => u64::from(len),
    };
    let mut slice = Vec::new();
    let read = from.take(len).read_to_end(&mut slice)?;
    if u64::try_from(read) != Ok(len) {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Next::Slice(slice))
}

fn read_number(from: &mut impl Read) -> io::Result<u32> {
    let mut number = [0; 4];
    from.read_exact(&mut number)?;
    Ok(u32::from_le_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut wire: &[u8]) -> io::Result<(Option<u32>, Vec<Next>)> {
        let (version, mut parts) = (read_version(&mut wire)?, Vec::new());
        while version.is_some() && !matches!(parts.last(), Some(Next::Whole | Next::Cut)) {
            parts.push(read_next(&mut wire)?);
        }
        assert!(wire.is_empty(), "it has an end");
        Ok((version, parts))
    }

    fn wire(sample: Option<&Sample>) -> Vec<u8> {
        Sample::pieces(sample).into_iter().flat_map(Cow::into_owned).collect()
    }

    #[test]
    fn a_trial_reads_what_there_is_slice_by_slice() {
        let slices = Slices::Saved(vec![b"one".to_vec(), Vec::new(), vec![7; 70_000]]);
        let cut = Sample { version: 3, slices, is_whole: false };
        let (version, parts) = read(&wire(Some(&cut))).unwrap();
        assert_eq!((version, parts.len(), parts.last()), (Some(3), 4, Some(&Next::Cut)));
        assert_eq!(parts.first(), Some(&Next::Slice(b"one".to_vec())));
        let kept = SavedState { version: 2, bytes: vec![1; 9], ..SavedState::default() };
        let kept = Sample::of_kept(Arc::new(kept));
        let whole = (Some(2), vec![Next::Slice(vec![1; 9]), Next::Whole]);
        assert_eq!(read(&wire(Some(&kept))).unwrap(), whole);
        assert_eq!(read(&wire(None)).unwrap(), (None, Vec::new()));
    }

    #[test]
    fn what_ends_early_is_no_state() {
        let slices = Slices::Saved(vec![b"slice".to_vec()]);
        let wire = wire(Some(&Sample { version: 1, slices, is_whole: true }));
        for len in 0..wire.len() {
            let error = read(&wire[..len]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{len}");
        }
    }
}
