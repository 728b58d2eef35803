//! The configuration room: from files, variables and options to checked values, with every mistake
//! of every file found in one run.
//!
//! [`load`] reads what [`Sources`] names and answers [`Settings`] (of `hotframe.toml` and what is
//! laid over it), [`Routes`] (of `commands.toml`), the files to watch and all problems. Either half
//! may be missing: a bad file holds back only itself. Nothing here keeps state or watches anything,
//! and `load` blocks on files, so it belongs on a helper thread once the server runs.

mod address_list;
mod addresses;
mod clients;
mod command_number;
mod commands;
mod defaults;
mod difference;
mod expect;
mod findings;
mod handler;
mod judge;
mod known;
mod layers;
mod listen;
mod load;
mod plugin_config;
mod plugin_policy;
mod read;
mod relations;
mod route_difference;
mod routes;
mod secret;
mod sections;
mod settings;
mod shown;
mod sources;
mod spelling;
mod syntax;
mod text;
mod tree;
mod units;
mod values;

pub use addresses::Addresses;
pub use difference::Change;
pub use expect::{Expectation, expectations, unmet};
pub use handler::{misnamed_tables, missing_handlers};
pub use judge::missing_judge;
pub use load::{Loaded, load};
pub use plugin_config::PluginConfig;
pub use plugin_policy::{PluginPolicy, StateMismatch, TokenPolicy};
pub use route_difference::{OptionChange, RouteChange, RouteDifference};
pub use routes::{Route, Routes};
pub use settings::{
    Control, Dialect, Endpoint, Heartbeat, Http, Limits, Listener, Log, OnRemove, PluginDir,
    Plugins, ReplyOrder, Server, Settings,
};
pub use sources::Sources;
pub use units::Rate;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
