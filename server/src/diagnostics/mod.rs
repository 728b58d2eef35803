//! The diagnostics room: what can be wrong, in words a person can act on.
//!
//! A [`Diagnostic`] is one problem with its [`Code`], its place and the way out; [`codes`] is the
//! catalogue of every code with its explanation; [`render()`] prints diagnostics for people, for
//! programs and for code review pages. Nothing here reads a file or decides what is wrong.

mod code;
pub mod codes;
mod diagnostic;
#[cfg(test)]
mod document;
mod place;
mod render;

pub use code::Code;
pub use diagnostic::{Diagnostic, Severity, tally};
pub use place::Place;
pub use render::{Format, render};
