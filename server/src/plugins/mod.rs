//! Room: plugins.
mod builtin;
mod call;
pub mod candidate;
pub mod defect;
mod description;
mod generation;
mod host;
mod host_table;
mod loader;
mod mapping;
pub mod preflight;
pub mod refusal;
pub mod shadow;

pub use self::defect::Defect;
pub use self::generation::{Lingering, Loaded, UnloadReport, Unloading};
pub use self::host::{Callee, CreateFailed, Created, Host, InstanceId};
pub use self::loader::Loader;
