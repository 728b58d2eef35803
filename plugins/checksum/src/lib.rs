//! The checksum plugin.
