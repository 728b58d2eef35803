//! The answers: owns the JSON that tools rely on, one file a noun; keys are a contract.

mod connection;
mod drain;
mod log;
mod overview;
mod plan;
mod plugin;
mod plugin_figures;
mod reload;
mod route;
mod session;
mod sighting;
mod status;
mod switch;

use serde::Serialize;

pub use self::log::{LogLevels, Tapping};
pub use connection::{ConnectionRow, ConnectionState};
pub use drain::{Drained, HandedOver, SteppedDown};
pub use overview::{ConfigReads, Overview, PhaseTimes, Totals, TurnTimes};
pub use plan::{
    Change, Changes, ConfigRolledBack, FileChange, FileDifference, OptionChange, Plan, RouteChange,
    RouteDifference,
};
pub use plugin::{PluginRow, PluginState};
pub use plugin_figures::{HandlerRow, MetricRow};
pub use reload::{Reloaded, ReloadedPlugin, Stopping};
pub use route::{RouteRow, RouteState};
pub use session::{Kicked, SessionRow, SessionState};
pub use sighting::SightingRow;
pub use status::{ConfigState, LagMicros, Problem, ServerState, Status};
pub use switch::Switched;

/// What the event loop answers a request with; on the wire only the content shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `status`.
    Status(Box<Status>),
    /// To `plugins`.
    Plugins(Vec<PluginRow>),
    /// To `routes`.
    Routes(Vec<RouteRow>),
    /// To `connections`.
    Connections(Vec<ConnectionRow>),
    /// To `sessions`.
    Sessions(Vec<SessionRow>),
    /// To `overview`.
    Overview(Box<Overview>),
    /// To `kick`.
    Kicked(Kicked),
    /// To `reload`.
    Reloaded(Reloaded),
    /// To `plan`.
    Plan(Plan),
    /// To `rollback` without a plugin.
    ConfigRolledBack(ConfigRolledBack),
    /// To `rollback`, `disable` and `enable`.
    Switched(Switched),
    /// To `drain`, when it is over.
    Drained(Drained),
    /// To the server that takes this one's place.
    HandedOver(HandedOver),
    /// To the same, when nothing of it is missing any more.
    SteppedDown(SteppedDown),
    /// To `tap`, before the first row.
    Tapping(Tapping),
    /// To `slowlog`.
    SlowLog(Vec<SightingRow>),
    /// To `log`.
    Log(LogLevels),
    /// To `shutdown`.
    Stopping(Stopping),
}
