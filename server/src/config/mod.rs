//! The configuration room: from files, variables and options to checked values, with every mistake
//! of every file found in one run.
//!
//! [`load`] reads what [`Sources`] names and answers [`Settings`] (of `hotframe.toml` and what is
//! laid over it), [`Routes`] (of `commands.toml`), the files to watch and all problems. Either half
//! may be missing: a bad file holds back only itself. Nothing here keeps state or watches anything,
//! and `load` blocks on files, so it belongs on a helper thread once the server runs.

mod addresses;
mod difference;
mod load;
mod plugin_config;
mod routes;
mod settings;
mod sources;
mod units;

pub use addresses::Addresses;
pub use difference::Change;
pub use load::{Loaded, load};
pub use plugin_config::PluginConfig;
pub use routes::{Route, Routes};
pub use settings::{
    Control, Dialect, Endpoint, Heartbeat, Http, Limits, Listener, Log, LogFormat, OnRemove,
    PluginDir, Plugins, ReplyOrder, Server, Settings,
};
pub use sources::Sources;
pub use units::Rate;
