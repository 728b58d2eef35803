//! A host for unit tests: loads a plugin through its real table, in process, with no server.
//!
//! ```
//! # use hotframe_plugin_api::prelude::*;
//! # struct Echo;
//! # impl Plugin for Echo {
//! #     fn create(_: &Create<'_>) -> Result<Self, Error> { Ok(Self) }
//! # }
//! # impl Echo {
//! #     fn echo(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Outcome {
//! #         reply.write(request.data()).unwrap();
//! #         Outcome::Reply
//! #     }
//! # }
//! # hotframe_plugin_api::plugin! { Echo, name: "echo", handlers: { "echo" => Echo::echo } }
//! # fn main() {
//! use hotframe_plugin_api::testing::TestHost;
//!
//! let mut echo = TestHost::new().config(r#"{"loud": true}"#).load::<Echo>().unwrap();
//! assert_eq!(echo.call("echo", "hello").reply(), b"hello");
//! assert!(echo.log().is_empty());
//! # }
//! ```
#![allow(unsafe_code, reason = "plays the host's side of the C interface")]

mod answer;
mod auth;
mod context;
mod incoming;
mod later;
mod lifecycle;
mod loaded;
mod metrics;
mod peers;
mod state;
mod trace;

use core::fmt;

use crate::Reason;
use crate::export::Exported;

pub use self::answer::Answer;
pub use self::auth::Judged;
pub use self::context::LogLine;
pub use self::incoming::Incoming;
pub use self::lifecycle::{Finding, validate};
pub use self::loaded::Loaded;
pub use self::peers::{Pushed, Receiver};

/// What a plugin is to be loaded with.
#[derive(Clone, Debug)]
pub struct TestHost {
    config: String,
    generation: u64,
    reason: Reason,
    previous_version: String,
}

/// Why a plugin did not do what it was asked for, such as to load: what its function returned, and
/// all it had logged.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The text of the error; empty after a panic.
    pub text: String,
    /// The negative value that the host got.
    pub returned: i32,
    /// The lines it logged, a panic's among them.
    pub log: Vec<LogLine>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the plugin returned {}: {}", self.returned, self.text)
    }
}

impl core::error::Error for Refused {}

impl Default for TestHost {
    fn default() -> Self {
        Self::new()
    }
}

impl TestHost {
    /// A first load, without configuration.
    pub fn new() -> Self {
        Self {
            config: "{}".to_owned(),
            generation: 1,
            reason: Reason::First,
            previous_version: String::new(),
        }
    }

    /// Sets the configuration: the text of a JSON object.
    #[must_use]
    pub fn config(mut self, json: &str) -> Self {
        json.clone_into(&mut self.config);
        self
    }

    /// Plays a later load: its number, why, and the version before it.
    #[must_use]
    pub fn following(mut self, generation: u64, reason: Reason, previous_version: &str) -> Self {
        self.generation = generation;
        self.reason = reason;
        previous_version.clone_into(&mut self.previous_version);
        self
    }

    /// Creates an instance and starts it. A plugin with a [`Lifecycle`](crate::Lifecycle) is asked
    /// about its configuration and its health before.
    ///
    /// # Errors
    /// If any of its functions fails or panics.
    pub fn load<P: Exported>(&self) -> Result<Loaded<P>, Refused> {
        let mut loaded = Loaded::create(self)?;
        loaded.start()?;
        Ok(loaded)
    }
}
