//! The binary `hotframe`.
fn main() {}
