//! Write hotframe plugins.

pub mod abi;
