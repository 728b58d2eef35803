//! `hotframe plugin`: what the author of a plugin needs before a server has it.

mod dev;
mod expectation;
mod facts;
mod frames;
mod inspect;
mod new;
mod outcome;
mod page;
mod pushes;
mod recalled;
mod test;

use clap::{Args, Subcommand};

use super::Exit;

/// Arguments of `hotframe plugin`.
#[derive(Debug, Args)]
pub struct PluginArgs {
    #[command(subcommand)]
    verb: PluginVerb,
}

#[derive(Debug, Subcommand)]
enum PluginVerb {
    /// Make the folder of a new plugin: it builds, passes its tests and answers as it is
    New(new::NewArgs),
    /// Build a plugin, try it out and bring it live, again at every save
    Dev(dev::DevArgs),
    /// Call the handlers of a plugin without a server, and compare what comes with what should
    Test(test::TestArgs),
    /// Say what a plugin file offers and needs, and whether this server would take it
    Inspect(inspect::InspectArgs),
}

/// Runs `hotframe plugin`.
#[must_use]
pub fn run(args: &PluginArgs) -> Exit {
    match &args.verb {
        PluginVerb::New(args) => new::run(args),
        PluginVerb::Dev(args) => dev::run(args),
        PluginVerb::Test(args) => test::run(args),
        PluginVerb::Inspect(args) => inspect::run(args),
    }
}
