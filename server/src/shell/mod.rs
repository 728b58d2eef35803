//! Room: shell.
