//! The echo plugin.
