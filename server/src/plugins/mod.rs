//! Owns everything between a plugin's file and a handler's call, and all `unsafe` of the server.
//!
//! A file that changed goes one way, on the helper thread of [`PluginService`]:
//!
//! ```text
//! candidate ─▶ preflight ─▶ shadow ──────▶ probe ──────▶ generation::Loaded ─▶ (loop)
//!  opened       pure look    private copy,  tried out in   mapped, asked
//!  and hashed   at bytes     normalised     a process
//! ```
//!
//! and comes to the loop thread, where [`Roster`] lets [`Host`] create the instance and the
//! engine switch to it. The old generation drains, is destroyed there, and goes back to the
//! helper thread to be unmapped. A step that fails ends the way with a [`Refusal`], and the old
//! generation serves on.
//!
//! Beside the calls of handlers goes the way of what comes later: a handler takes a token, any
//! thread of the plugin completes it into the inbox, and the loop delivers it:
//!
//! ```text
//! services ─▶ backroom ─▶ inbox ─▶ errands ─▶ engine, hooks
//!  C view      of one      of all   on the     the answer's place, the plugin's functions
//!              instance             loop
//! ```
//!
//! What its code leaves with the C library is in the books of `ledger`, settled on the loop
//! thread and the helper thread before it is unmapped. What cannot be unmapped is a [`Lingering`]
//! of the helper thread, which tries it again.
//!
//! A generation that follows another takes over its state, slice by slice while the old one serves
//! (`roster::succession`, `handover`, `state`), and the last slice is the switch.
mod allocator;
mod answer;
mod authority;
mod backlog;
mod backroom;
mod batch;
mod builtin;
mod call;
mod callees;
mod candidate;
mod care;
pub mod crash;
mod created;
mod defect;
mod description;
mod directory;
mod duty;
mod errands;
mod event;
mod extensions;
mod figures;
mod forecast;
mod generation;
mod handover;
mod heap;
mod hooks;
mod host;
mod host_table;
mod inbox;
mod inquiry;
mod intake;
mod judgements;
mod ledger;
mod lifecycle;
mod lines;
mod lingering;
mod live;
mod loader;
mod mapped;
mod mapping;
mod metrics;
mod module;
mod news;
mod offers;
mod parcel;
mod peers;
mod phases;
mod preflight;
mod probe;
mod push_table;
mod record;
mod refusal;
mod rehearsal;
mod roster;
mod service;
mod services;
mod shadow;
pub mod stack;
mod state;
mod tables;
mod timers;
mod tracing;
mod tray;
mod unloading;
mod whole_file;
mod workers;

pub use self::allocator::give_large_blocks_back;
pub use self::callees::Callee;
pub use self::candidate::Candidate;
pub use self::care::Care;
pub use self::crash::Crash;
pub use self::created::{Created, InstanceId, Made};
pub use self::defect::{Defect, Fault};
pub use self::duty::{OnDuty, note_loop_thread, on_duty, rest};
pub use self::event::PluginEvent;
pub use self::figures::HandlerReading;
pub use self::forecast::{Forecast, Outlook};
pub use self::generation::{CreateFailed, Loaded};
pub use self::host::Host;
pub use self::inquiry::Inquiry;
pub use self::judgements::Claimant;
pub use self::lifecycle::Mistake;
pub use self::lingering::Lingering;
pub use self::loader::Loader;
pub use self::metrics::{Definition, Kind, Reading, Series};
pub use self::news::Introduction;
pub use self::phases::{PhaseReading, phases};
pub(crate) use self::preflight::is_name;
pub use self::preflight::{ABI, BUILTIN, ENTRY, Normalised, Note, Preflight};
pub use self::probe::{COMMAND as PROBE_COMMAND, Probe, trial};
pub use self::record::{Cause, Finding, Recollection, SetAside};
pub use self::refusal::Refusal;
pub use self::rehearsal::{
    Awaited, COMMAND as REHEARSE_COMMAND, Came, Offer, PushedFrame, Rehearsal, Script, Step, Word,
    stage,
};
pub use self::roster::{BringBack, CannotSwitch, Leavings, Probation, RollBack, Roster};
pub use self::service::{PluginFolder, PluginService, ServiceOptions};
pub use self::shadow::{ShadowFile, ShadowFolder};
pub use self::state::{SavedState, StateStore};
pub use self::unloading::{UnloadReport, Unloading};
