//! Why a request, or a plugin, is refused.

use core::fmt::{self, Display};

use crate::TooLong;
use crate::abi::{
    HF_BUSY, HF_CONFIG, HF_DENIED, HF_INTERNAL, HF_INVALID, HF_STATE_VERSION, HF_TIMEOUT,
    HF_TOO_LARGE, HF_UNSUPPORTED,
};

/// Why a handler does not answer, or a plugin does not start: a kind and a text.
///
/// The client gets the kind's code and the text (cut to 253 bytes), so the text is for it; what
/// only the operator may see goes to the log. Constructors take anything that can be shown, so
/// that `.map_err(Error::invalid)?` works on the error of another crate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    returned: i32,
    code: u16,
    text: String,
}

/// A status code of the plugin's own: 1100-1999 says that the client is at fault, 2100-2999 that
/// the plugin is. A constant of another number does not compile:
///
/// ```
/// use hotframe_plugin_api::Code;
/// const SOLD_OUT: Code = Code::new(1100);
/// ```
/// ```compile_fail
/// use hotframe_plugin_api::Code;
/// const NOT_OURS: Code = Code::new(1004);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Code(u16);

impl Code {
    /// The code of this number.
    ///
    /// # Panics
    /// If it is neither in 1100-1999 nor in 2100-2999; in a constant, when it is compiled.
    pub const fn new(code: u16) -> Self {
        assert!(
            matches!(code, 1100..=1999 | 2100..=2999),
            "the codes of plugins are 1100 to 1999 and 2100 to 2999"
        );
        Self(code)
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl Error {
    /// 1001: the client's parameters are wrong.
    pub fn invalid(text: impl Display) -> Self {
        Self::of(HF_INVALID, text)
    }

    /// 1003: the client may not do this.
    pub fn denied(text: impl Display) -> Self {
        Self::of(HF_DENIED, text)
    }

    /// 2003: too much to do just now; the client may try again.
    pub fn busy(text: impl Display) -> Self {
        Self::of(HF_BUSY, text)
    }

    /// 2004: whatever the answer needed did not come in time.
    pub fn timeout(text: impl Display) -> Self {
        Self::of(HF_TIMEOUT, text)
    }

    /// 2001: this plugin does not do that.
    pub fn unsupported(text: impl Display) -> Self {
        Self::of(HF_UNSUPPORTED, text)
    }

    /// 2001: anything else that went wrong in the plugin.
    pub fn internal(text: impl Display) -> Self {
        Self::of(HF_INTERNAL, text)
    }

    /// In [`Plugin::create`](crate::Plugin::create): the configuration is wrong.
    pub fn config(text: impl Display) -> Self {
        Self::of(HF_CONFIG, text)
    }

    /// A code of the plugin's own.
    pub fn coded(code: Code, text: impl Display) -> Self {
        let returned = if code.0 < 2000 { HF_INVALID } else { HF_INTERNAL };
        Self { code: code.0, ..Self::of(returned, text) }
    }

    /// The state has no version of this number.
    pub fn unknown_state(version: u32) -> Self {
        Self::of(HF_STATE_VERSION, format_args!("it knows no version {version} of its state"))
    }

    /// The bytes are not the state that its version says.
    pub fn torn_state() -> Self {
        Self::of(HF_STATE_VERSION, "the state is damaged, or of another version than it says")
    }

    /// There is more state than the host takes.
    pub(crate) fn too_much_state() -> Self {
        Self::of(HF_TOO_LARGE, "its state is larger than plugins.max_state allows")
    }

    fn of(returned: i32, text: impl Display) -> Self {
        Self { returned, code: 0, text: text.to_string() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The negative value that the function returns to the host.
    pub(crate) fn returned(&self) -> i32 {
        self.returned
    }

    /// The code that takes the place of the returned value's; 0 keeps that.
    pub(crate) fn code(&self) -> u16 {
        self.code
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl core::error::Error for Error {}

impl From<TooLong> for Error {
    fn from(too_long: TooLong) -> Self {
        Self::of(HF_TOO_LARGE, too_long)
    }
}

/// `write!` into a [`Reply`](crate::Reply) fails for one reason only: the text does not fit.
impl From<fmt::Error> for Error {
    fn from(_: fmt::Error) -> Self {
        Self::from(TooLong)
    }
}
