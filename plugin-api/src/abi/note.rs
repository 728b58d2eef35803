//! The ELF note: what a host reads of a plugin's file before any of its code runs.
//!
//! Owner `hotframe`, type 1, in section `.note.hotframe`. Its description, little-endian:
//! `abi_major u16, abi_minor_built u16, abi_minor_required u16, flags u16, note_size u32`, then
//! three texts that end with a NUL (name, version, SDK), then one byte for what a panic does.
//! `note_size` counts all of that; a later minor may append to it.

/// Name of the section.
pub const SECTION: &str = ".note.hotframe";
/// The note's owner, without its NUL.
pub const OWNER: &str = "hotframe";
/// The note's type.
pub const TYPE: u32 = 1;

/// Bytes of the description in front of the texts.
const HEAD: usize = 12;
/// Bytes of the note in front of the description: three words, and the owner padded to 12.
const PREFIX: usize = 24;

/// What a panic or exception inside the plugin does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Panics {
    /// Unwinds and is caught inside the plugin.
    Unwind,
    /// Ends the process.
    Abort,
}

/// The description of a note, read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Note<'a> {
    /// The ABI's major.
    pub abi_major: u16,
    /// The minor the plugin was built with.
    pub abi_minor_built: u16,
    /// The lowest minor of a host that it can do with.
    pub abi_minor_required: u16,
    /// `HF_PLUGIN_…`.
    pub flags: u16,
    /// The plugin's name.
    pub name: &'a str,
    /// Its version, any text.
    pub version: &'a str,
    /// What it was built with, `rust 0.1.0 / rustc 1.95.0` say.
    pub sdk: &'a str,
    /// What a panic does.
    pub panics: Panics,
}

/// Why a description is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malformed {
    /// It ends before it is complete, or `note_size` is not within it.
    Short,
    /// A text is not UTF-8.
    Text,
    /// The panic byte is neither `u` nor `a`.
    Panic,
}

impl core::fmt::Display for Malformed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Short => "the note ends before it is complete",
            Self::Text => "a text in the note is not UTF-8",
            Self::Panic => "the note's panic byte is neither 'u' nor 'a'",
        })
    }
}

impl core::error::Error for Malformed {}

impl<'a> Note<'a> {
    /// Reads the description of a note (without owner and type). Bytes behind `note_size` are
    /// padding, bytes behind the panic byte belong to a later minor: both are ignored.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(description: &'a [u8]) -> Result<Self, Malformed> {
        let head = description.first_chunk::<HEAD>().ok_or(Malformed::Short)?;
        let word = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let size = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
        let size = usize::try_from(size).map_err(|_| Malformed::Short)?;
        let mut rest = description.get(HEAD..size).ok_or(Malformed::Short)?;
        Ok(Self {
            abi_major: word(0),
            abi_minor_built: word(2),
            abi_minor_required: word(4),
            flags: word(6),
            name: take_text(&mut rest)?,
            version: take_text(&mut rest)?,
            sdk: take_text(&mut rest)?,
            panics: match rest.first() {
                Some(b'u') => Panics::Unwind,
                Some(b'a') => Panics::Abort,
                Some(_) => return Err(Malformed::Panic),
                None => return Err(Malformed::Short),
            },
        })
    }

    /// Bytes of the description.
    const fn description_len(&self) -> usize {
        HEAD + self.name.len() + self.version.len() + self.sdk.len() + 3 + 1
    }

    /// Bytes of the whole note, padded to a multiple of 4: the `N` of [`Note::encode`].
    pub const fn encoded_len(&self) -> usize {
        PREFIX + self.description_len().next_multiple_of(4)
    }

    /// The whole note, as it lies in the section.
    ///
    /// # Panics
    /// If `N` is not [`Note::encoded_len`], or the note has 64 KiB or more.
    pub const fn encode<const N: usize>(&self) -> Encoded<N> {
        assert!(N == self.encoded_len() && N <= 0xffff, "the length of the note");
        let mut out = Writer { bytes: [0; N], at: 0 };
        #[expect(clippy::cast_possible_truncation, reason = "below 64 KiB")]
        let (owner_len, size) = (OWNER.len() as u32 + 1, self.description_len() as u32);
        out.put(&owner_len.to_le_bytes());
        out.put(&size.to_le_bytes());
        out.put(&TYPE.to_le_bytes());
        out.put(OWNER.as_bytes());
        out.at = PREFIX;
        out.put(&self.abi_major.to_le_bytes());
        out.put(&self.abi_minor_built.to_le_bytes());
        out.put(&self.abi_minor_required.to_le_bytes());
        out.put(&self.flags.to_le_bytes());
        out.put(&size.to_le_bytes());
        out.put_text(self.name);
        out.put_text(self.version);
        out.put_text(self.sdk);
        out.put(match self.panics {
            Panics::Unwind => b"u",
            Panics::Abort => b"a",
        });
        Encoded(out.bytes)
    }
}

/// A note's bytes, aligned as ELF wants them.
#[repr(C, align(4))]
#[derive(Clone, Copy, Debug)]
pub struct Encoded<const N: usize>(pub [u8; N]);

/// Takes the text up to the next NUL off `rest`.
fn take_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Malformed> {
    let end = rest.iter().position(|&byte| byte == 0).ok_or(Malformed::Short)?;
    let text = core::str::from_utf8(&rest[..end]).map_err(|_| Malformed::Text)?;
    *rest = &rest[end + 1..];
    Ok(text)
}

/// Puts bytes one behind the other, at compile time.
struct Writer<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl<const N: usize> Writer<N> {
    const fn put(&mut self, bytes: &[u8]) {
        let mut i = 0;
        while i < bytes.len() {
            self.bytes[self.at] = bytes[i];
            self.at += 1;
            i += 1;
        }
    }

    const fn put_text(&mut self, text: &str) {
        let mut i = 0;
        while i < text.len() {
            assert!(text.as_bytes()[i] != 0, "a text in the note has no NUL");
            i += 1;
        }
        self.put(text.as_bytes());
        self.put(&[0]);
    }
}
