//! Room: diagnostics.
