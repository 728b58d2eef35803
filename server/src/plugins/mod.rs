//! Room: plugins.
pub mod candidate;
pub mod defect;
pub mod mapping;
pub mod preflight;
pub mod refusal;
pub mod shadow;
