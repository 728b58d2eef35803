//! Owns the book of what a plugin's code leaves with the C library: thread-local values with
//! destructors, thread-specific keys, threads, and functions to be run at its end.
//!
//! The C library keeps a library mapped for as long as a thread-local value with a destructor of
//! its code exists, and the event loop's thread never ends; nor does it ever take a key back
//! that was not deleted, of which a process has 1024. So a plugin that only starts and joins a
//! thread would stay in memory after each reload, and the process would end after a thousand.
//!
//! Therefore the executable stands in front of the C library for the functions of `shims`:
//! the dynamic loader binds a plugin's calls to the executable first. What comes from code of the
//! server, or of anybody who has no [`Account`] here, is passed on as it is. What comes from a
//! plugin is written into its account, and settled when the plugin is unloaded:
//!
//! - A value on a thread that the server *keeps* the account on (where it was opened, and where
//!   its instance lives) is not passed on, but destroyed by [`Account::settle_here`], last in,
//!   first out. One on any other thread is passed on; that thread destroys it when it ends.
//! - A key is made and written down. Values that it has on the keeping threads are destroyed, and
//!   the key is deleted before the library is closed.
//! - A thread is counted from its start until it has destroyed all that it had. While one runs,
//!   the library must stay: see [`Account::debt`]. One that runs code of neither the plugin nor the
//!   server (`std::thread` of C++ begins in its own library) belongs to whom the thread works for
//!   that starts it. It has a stack on which it can tell of its end.
//! - A function that is to run at the library's end (`endings`) is run by us when the C library
//!   would; its own list would grow with every reload.
//! - A signal that code of the plugin handles when it is closed is handled as before again.
//!
//! Functions here run on any thread, also while that ends or the dynamic loader loads, so they
//! use no thread-local value with a destructor themselves and hold no lock while they call out.
mod account;
mod book;
mod endings;
mod handlers;
mod real;
mod shims;
mod spare;
mod threads;

pub(super) use self::account::Account;
