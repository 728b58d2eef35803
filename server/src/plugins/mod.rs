//! Room: plugins.
