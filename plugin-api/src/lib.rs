//! Write hotframe plugins.
