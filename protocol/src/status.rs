//! Status codes: the four-digit answers to a request that failed.

/// Why a request failed. The first digit of the code says whose fault it is: 1 the client's,
/// 2 the server's. `1100`-`1999` and `2100`-`2999` belong to plugins and have no value here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u16)]
pub enum Status {
    /// The handler refuses the parameters.
    BadRequest = 1001,
    /// HELLO with a valid credential is required first.
    Unauthenticated = 1002,
    /// This client may not use that address or command.
    Forbidden = 1003,
    /// No route leads anywhere.
    UnknownCommand = 1004,
    /// The client id is in use and may not be taken over.
    Conflict = 1009,
    /// Synchronisation was lost: bytes arrived that are no frame.
    BadCrc = 1010,
    /// A rate limit of this client or command.
    TooManyRequests = 1029,
    /// The handler failed, panicked or crashed.
    HandlerFailed = 2001,
    /// The server sheds load.
    Overloaded = 2003,
    /// The handler did not answer in time.
    Timeout = 2004,
    /// The handler's plugin is not loaded or is quarantined.
    HandlerUnavailable = 2005,
    /// The server drains.
    ShuttingDown = 2006,
}

impl Status {
    /// Every status, in the order of the codes.
    pub const ALL: &[Self] = &[
        Self::BadRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::UnknownCommand,
        Self::Conflict,
        Self::BadCrc,
        Self::TooManyRequests,
        Self::HandlerFailed,
        Self::Overloaded,
        Self::Timeout,
        Self::HandlerUnavailable,
        Self::ShuttingDown,
    ];

    /// The code that goes on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The name that tools and logs show, for instance `UNKNOWN_COMMAND`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::UnknownCommand => "UNKNOWN_COMMAND",
            Self::Conflict => "CONFLICT",
            Self::BadCrc => "BAD_CRC",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::HandlerFailed => "HANDLER_FAILED",
            Self::Overloaded => "OVERLOADED",
            Self::Timeout => "TIMEOUT",
            Self::HandlerUnavailable => "HANDLER_UNAVAILABLE",
            Self::ShuttingDown => "SHUTTING_DOWN",
        }
    }

    /// The status of `code`; `None` for codes of plugins and for unknown ones.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        let mut index = 0;
        while index < Self::ALL.len() {
            if Self::ALL[index].code() == code {
                return Some(Self::ALL[index]);
            }
            index += 1;
        }
        None
    }
}

/// The name to show for any code that came off the wire: that of its [`Status`], else
/// `PLUGIN_CLIENT_ERROR` or `PLUGIN_SERVER_ERROR` in the plugins' ranges, else `UNKNOWN`.
#[must_use]
pub const fn status_name(code: u16) -> &'static str {
    match (Status::from_code(code), code) {
        (Some(status), _) => status.name(),
        (None, 1100..=1999) => "PLUGIN_CLIENT_ERROR",
        (None, 2100..=2999) => "PLUGIN_SERVER_ERROR",
        (None, _) => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_found_by_its_code_and_the_list_is_sorted() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(*status));
            assert_eq!(status_name(status.code()), status.name());
        }
        assert!(Status::ALL.is_sorted_by(|a, b| a.code() < b.code()));
    }

    #[test]
    fn the_published_codes_stay() {
        let codes: std::vec::Vec<u16> = Status::ALL.iter().map(|status| status.code()).collect();
        let published = [1001, 1002, 1003, 1004, 1009, 1010, 1029, 2001, 2003, 2004, 2005, 2006];
        assert_eq!(codes, published);
    }

    #[test]
    fn codes_of_plugins_and_unknown_ones_have_a_name_to_show() {
        assert_eq!(Status::from_code(1100), None);
        assert_eq!(status_name(1099), "UNKNOWN");
        assert_eq!(status_name(1100), "PLUGIN_CLIENT_ERROR");
        assert_eq!(status_name(1999), "PLUGIN_CLIENT_ERROR");
        assert_eq!(status_name(2000), "UNKNOWN");
        assert_eq!(status_name(2100), "PLUGIN_SERVER_ERROR");
        assert_eq!(status_name(2999), "PLUGIN_SERVER_ERROR");
        assert_eq!(status_name(3000), "UNKNOWN");
        assert_eq!(status_name(0), "UNKNOWN");
    }
}
