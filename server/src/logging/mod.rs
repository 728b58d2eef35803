//! Room: logging.
