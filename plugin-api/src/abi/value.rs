//! Borrowed bytes and text, and the codes that functions return.

use core::ptr;

/// Which connection: equal for the frames of one connection, never given twice. 0 = none.
pub type hf_conn = u64;

/// The right to answer one deferred request, once. Never given twice. 0 = none.
pub type hf_token = u64;

/// A running timer of one instance. Never given twice. 0 = none.
pub type hf_timer = u64;

/// Done; for `complete`: send the data.
pub const HF_OK: i32 = 0;
/// The parameters are wrong: 1001.
pub const HF_INVALID: i32 = -1;
/// Not supported: 2001.
pub const HF_UNSUPPORTED: i32 = -2;
/// Try again later: 2003.
pub const HF_BUSY: i32 = -3;
/// Does not fit: 2001.
pub const HF_TOO_LARGE: i32 = -4;
/// Too late: 2004.
pub const HF_TIMEOUT: i32 = -5;
/// Anything else, and what every unknown value means: 2001.
pub const HF_INTERNAL: i32 = -6;
/// A panic was caught inside the plugin: 2001.
pub const HF_PANICKED: i32 = -7;
/// State of a version that cannot be read: 2001.
pub const HF_STATE_VERSION: i32 = -8;
/// The configuration is wrong: 2001.
pub const HF_CONFIG: i32 = -9;
/// Out of memory: 2001.
pub const HF_NO_MEMORY: i32 = -10;
/// What was named is gone: 2001.
pub const HF_STALE: i32 = -11;
/// Called on a thread that may not: 2001.
pub const HF_WRONG_THREAD: i32 = -12;
/// Ending: 2001.
pub const HF_SHUTDOWN: i32 = -13;
/// The client may not do this: 1003.
pub const HF_DENIED: i32 = -14;

/// Borrowed bytes. `ptr` may be null where `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_bytes {
    /// The first byte.
    pub ptr: *const u8,
    /// How many.
    pub len: usize,
}

/// Borrowed UTF-8 text, not terminated. `ptr` may be null where `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hf_str {
    /// The first byte.
    pub ptr: *const u8,
    /// How many bytes.
    pub len: usize,
}

impl hf_bytes {
    /// No bytes at all.
    pub const EMPTY: Self = Self { ptr: ptr::null(), len: 0 };

    /// Points at `bytes`.
    pub const fn new(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes; an empty slice for a null pointer or a length no object can have.
    ///
    /// # Safety
    /// A pointer that is not null points at `len` bytes that stay and do not change for `'a`.
    pub const unsafe fn as_slice<'a>(self) -> &'a [u8] {
        if self.ptr.is_null() || self.len > isize::MAX as usize {
            return &[];
        }
        // SAFETY: not null and no longer than an object can be; the caller vouches for the rest.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }
}

impl hf_str {
    /// No text at all.
    pub const EMPTY: Self = Self { ptr: ptr::null(), len: 0 };

    /// Points at `text`.
    pub const fn new(text: &str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }

    /// The bytes of the text, which the other side may not have kept to UTF-8.
    ///
    /// # Safety
    /// As for [`hf_bytes::as_slice`].
    pub const unsafe fn as_slice<'a>(self) -> &'a [u8] {
        // SAFETY: the caller keeps the same promise.
        unsafe { hf_bytes { ptr: self.ptr, len: self.len }.as_slice() }
    }
}
