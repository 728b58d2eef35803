//! Owns the watch over files: what the server reads again while it runs.
//!
//! Three parts: [`tracker`] decides, purely, when a file that changed has come to rest;
//! [`links`] says which folders matter to a path; [`Watcher`] is the thin thread that looks,
//! on a hint of the operating system or every two seconds, and reports.
mod events;
mod folders;
pub mod identity;
pub mod links;
mod lookout;
pub mod place;
pub mod tracker;
mod watcher;

#[cfg(test)]
mod tests;

pub use self::identity::Identity;
pub use self::place::Place;
pub use self::watcher::{Change, Toucher, Unlisted, WatchOptions, Watcher};
