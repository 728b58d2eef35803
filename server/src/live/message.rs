//! What other threads tell the loop: owns the list.

use std::time::SystemTime;

use hotframe_core::RouteTable;

use super::in_force::InForce;
use crate::auth::Verdict;
use crate::cli::take_over::Left;
use crate::config::Loaded;
use crate::control::answers::Changes;
use crate::control::{ControlRequest, ReplyChannel};
use crate::http::Question;
use crate::plugins::PluginEvent;

/// A message to the loop; finished values only, so that the loop blocks on nothing.
#[derive(Debug)]
pub enum Message {
    /// The configuration was read again.
    Config(Box<ConfigUpdate>),
    /// All is ready to go back to the configuration before.
    Back(Box<Back>),
    /// The watcher of the configuration has finished the look with this ticket.
    ConfigLooked(u64),
    /// Something happened to a plugin file.
    Plugin(PluginEvent),
    /// Somebody asks over the control socket.
    Control(ControlRequest),
    /// The server before has stepped down, or was not heard of any more.
    SteppedDown(Left),
    /// A credential was judged.
    Judged(Verdict),
    /// The HTTP thread asks how everything is.
    Figures(Question),
}

/// The configuration as read, and the route table made of it off the loop.
#[derive(Debug)]
pub struct ConfigUpdate {
    /// Counts the readings; the first one is 1.
    pub number: u64,
    /// When the reading began: what a file says later is not in it.
    pub read_at: SystemTime,
    /// Somebody has asked for what the files say, whatever was gone back from.
    pub is_asked: bool,
    /// What came of the sources.
    pub loaded: Loaded,
    /// The routes as the engine takes them; `None` when the commands file holds an error.
    pub table: Option<RouteTable>,
}

/// The configuration before, ready to serve again.
#[derive(Debug)]
pub struct Back {
    /// Counts the configurations, readings included.
    pub number: u64,
    /// Number of the configuration that served when it was asked for.
    pub from: u64,
    /// What is to serve again.
    pub to: Box<InForce>,
    /// Its routes as the engine takes them.
    pub table: RouteTable,
    /// What that changes.
    pub changes: Changes,
    /// Who has asked for it.
    pub reply: ReplyChannel,
}
