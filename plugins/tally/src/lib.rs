//! The tally plugin.
