//! Room: watch.
pub mod identity;
pub mod links;
pub mod tracker;
pub use identity::Identity;
