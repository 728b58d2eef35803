//! Owns the form of state in a file: a header of ours, then what the plugin wrote.
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crc::{CRC_32_ISCSI, Crc, Table};

use crate::plugins::defect::Fault;

/// CRC-32C.
const CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
/// What every file begins with; the digit is the version of this header.
const MAGIC: [u8; 8] = *b"HFSTATE1";
/// Bytes in front of the name.
const HEAD: usize = 8 + 4 + 4 + 4 + 8 + 8 + 4;

/// State that was saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedState {
    /// The plugin.
    pub plugin: String,
    /// What its state is, by its own number.
    pub schema: u32,
    /// As of which version of it.
    pub version: u32,
    /// When, in milliseconds since 1970.
    pub saved_at: u64,
    /// What it wrote.
    pub bytes: Vec<u8>,
    /// The same as of the oldest version that the plugin writes, where that is another; in a file
    /// of its own.
    pub older: Option<Arc<SavedState>>,
}

/// State that was kept of a plugin, or why it cannot be used.
pub type KeptState = Result<Arc<SavedState>, Fault>;

impl SavedState {
    /// Milliseconds since 1970.
    #[must_use]
    pub fn now() -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// How long ago it was saved, in milliseconds.
    #[must_use]
    pub fn age(&self) -> u64 {
        Self::now().saturating_sub(self.saved_at)
    }

    /// As a file holds it: magic, CRC-32C of all that follows it, schema, version, moment, length,
    /// length of the name; name; state. Numbers are little-endian.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let len = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let name_len = u32::try_from(self.plugin.len()).unwrap_or(u32::MAX);
        let mut file = Vec::with_capacity(HEAD + self.plugin.len() + self.bytes.len());
        file.extend_from_slice(&MAGIC);
        file.extend_from_slice(&[0; 4]);
        file.extend_from_slice(&self.schema.to_le_bytes());
        file.extend_from_slice(&self.version.to_le_bytes());
        file.extend_from_slice(&self.saved_at.to_le_bytes());
        file.extend_from_slice(&len.to_le_bytes());
        file.extend_from_slice(&name_len.to_le_bytes());
        file.extend_from_slice(self.plugin.as_bytes());
        file.extend_from_slice(&self.bytes);
        let crc = CRC.checksum(file.get(12..).unwrap_or_default());
        for (place, byte) in file.iter_mut().skip(8).zip(crc.to_le_bytes()) {
            *place = byte;
        }
        file
    }

    /// Reads what a file holds.
    ///
    /// # Errors
    /// Why it is none that was written whole, in a few words.
    pub fn decode(file: &[u8]) -> Result<Self, &'static str> {
        let mut rest = file;
        if take::<8>(&mut rest)? != MAGIC {
            return Err("it does not begin as a file of state does");
        }
        if u32::from_le_bytes(take(&mut rest)?) != CRC.checksum(rest) {
            return Err("its checksum is wrong");
        }
        let schema = u32::from_le_bytes(take(&mut rest)?);
        let version = u32::from_le_bytes(take(&mut rest)?);
        let saved_at = u64::from_le_bytes(take(&mut rest)?);
        let len = u64::from_le_bytes(take(&mut rest)?);
        let name_len = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).map_err(|_| CUT)?;
        let (name, bytes) = rest.split_at_checked(name_len).ok_or(CUT)?;
        if u64::try_from(bytes.len()) != Ok(len) {
            return Err(CUT);
        }
        let plugin = String::from_utf8(name.to_vec()).map_err(|_| "its name is no text")?;
        Ok(Self { plugin, schema, version, saved_at, bytes: bytes.to_vec(), older: None })
    }
}

const CUT: &str = "it is cut short";

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], &'static str> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(CUT)?;
    *rest = left;
    Ok(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> SavedState {
        let (plugin, bytes) = ("kv".to_owned(), b"what it wrote".to_vec());
        SavedState { plugin, schema: 7, version: 3, saved_at: 17, bytes, older: None }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(SavedState::decode(&kept().encode()), Ok(kept()));
        assert_eq!(kept().encode().len(), HEAD + 2 + 13);
        let empty = SavedState { bytes: Vec::new(), ..kept() };
        assert_eq!(SavedState::decode(&empty.encode()), Ok(empty));
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_noticed() {
        let good = kept().encode();
        for len in 0..good.len() {
            assert!(SavedState::decode(&good[..len]).is_err(), "{len}");
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(SavedState::decode(&bad).is_err(), "{at}");
        }
        let longer = [&good[..], &[0]].concat();
        assert!(SavedState::decode(&longer).is_err());
    }
}
