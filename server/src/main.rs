//! The binary `hotframe`: everything it does is a command of `hotframe_server::cli`.

use hotframe_server::cli::{self, Exit};

fn main() -> Exit {
    cli::run()
}
