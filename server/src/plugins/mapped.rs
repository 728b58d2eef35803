//! Owns `Mapped`: a library in memory, and its way out.
#![allow(unsafe_code)]
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use hotframe_plugin_api::abi::hf_entry_fn;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use super::defect::{Defect, Fault};
use super::description::Description;
use super::duty::{self, Act, BadgeRef, Badged};
use super::host_table::{ContextRef, HostTable};
use super::ledger::Account;
use super::mapping;
use super::preflight::{ENTRY, Note};
use super::shadow::ShadowFile;
use crate::diagnostics::codes::runtime::SIGNAL_LEFT;

/// A mapped library with all that its code may use. Dropping it unmaps it, if that can be; else
/// all of it stays until the process ends.
#[derive(Debug)]
pub(super) struct Mapped(ManuallyDrop<Parts>);

/// What belongs to code that stays until the process ends.
static STAYING: Mutex<Vec<Parts>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Parts {
    /// None once it was closed, which does not mean that it is gone.
    library: Option<Library>,
    account: Account,
    badge: Badged,
    host: HostTable,
    shadow: ShadowFile,
    /// What keeps it mapped if the loader does not let it go.
    pin: &'static str,
}

impl Mapped {
    /// Maps the copy, which runs the library's constructors on the calling thread.
    pub fn open(
        shadow: ShadowFile,
        badge: Badged,
        host: HostTable,
        pin: &'static str,
    ) -> Result<Self, Fault> {
        let account = Account::open(shadow.path(), shadow.generation());
        // SAFETY: constructors of a library can do anything; that this one may run is decided by
        // who put it into the plugin folder, which others cannot write to. The copy is private
        // and never overwritten, so that its pages stay what they are.
        let open = || unsafe { Library::open(Some(shadow.path()), RTLD_NOW | RTLD_LOCAL) };
        let library = duty::aside(shadow.generation(), Act::Load, open)
            .map_err(|error| Defect::LoaderRefused.because(reason_of(&error, shadow.path())))?;
        if let Some(range) = mapping::range_of(shadow.path()) {
            badge.set_range(&range);
        }
        let library = Some(library);
        Ok(Self(ManuallyDrop::new(Parts { library, account, badge, host, shadow, pin })))
    }

    /// Calls the entry function and reads what it returns.
    pub fn ask(&self, note: &Note) -> Result<Description, Fault> {
        let Some(library) = &self.0.library else {
            return Err(Defect::NoEntry.because("it is closed"));
        };
        // SAFETY: the preflight found this symbol to be a function, and the ABI that the note
        // promises gives it this type.
        let symbol = unsafe { library.get::<hf_entry_fn>(ENTRY) };
        let entry = *symbol.map_err(|error| Defect::NoEntry.because(error.to_string()))?;
        // SAFETY: the entry function of a mapped library, with a table that outlives it.
        let ask = || unsafe { entry(self.context().table()) };
        let table = duty::aside(self.0.shadow.generation(), Act::Load, ask);
        // SAFETY: what the entry returned; whoever is given the description keeps the library
        // mapped beyond it.
        let description = unsafe { Description::read(table, note) }?;
        let names = description.handlers.iter().map(|handler| handler.name.as_str());
        self.badge().set_handlers(names);
        Ok(description)
    }

    /// Who it is, for whoever looks for a culprit; lives as long as this.
    pub fn badge(&self) -> BadgeRef {
        self.0.badge.badge()
    }

    /// What the host table finds; lives as long as this.
    pub fn context(&self) -> ContextRef {
        self.0.host.context()
    }

    /// What the library has left with the C library.
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// Unmaps the library, unless something of it still runs, and looks whether it is really
    /// gone. To be called again as long as it fails.
    ///
    /// # Errors
    /// Why it is still mapped.
    pub fn close(&mut self) -> Result<(), String> {
        let Parts { library, account, badge, host, shadow, pin } = &mut *self.0;
        if !host.context().backroom().workers().retire() {
            return Err("a job of it still runs".to_owned());
        }
        account.settle_here();
        if let Some(debt) = account.debt() {
            return Err(debt);
        }
        for signal in account.take_back_signals() {
            let plugin = badge.badge().badge().plugin.as_str();
            log::warn!(
                plugin, generation = shadow.generation(), code = SIGNAL_LEFT.as_str();
                "plugin {plugin}: it has left a handler of signal {signal} behind; what handled it \
                 before does so again"
            );
        }
        account.delete_keys();
        if library.is_none() && mapping::is_mapped(shadow.path()) {
            *library = open_again(shadow.path());
        }
        let close = || library.take().map(Library::close);
        match duty::aside(shadow.generation(), Act::Unload, close) {
            Some(Err(error)) => Err(format!("the loader would not close it: {error}")),
            Some(Ok(())) if mapping::is_mapped(shadow.path()) => Err((*pin).to_owned()),
            _ => Ok(()),
        }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        let is_gone = self.close().is_ok();
        // SAFETY: done here alone, and nothing looks at it afterwards.
        let parts = unsafe { ManuallyDrop::take(&mut self.0) };
        if !is_gone {
            // Code that stays mapped may still use what belongs to it, which therefore stays, too.
            STAYING.lock().unwrap_or_else(PoisonError::into_inner).push(parts);
        }
    }
}

/// The library if it is mapped although it was closed: when it is closed once more, the loader
/// looks again whether it may go.
fn open_again(shadow: &Path) -> Option<Library> {
    let flags = RTLD_NOW | RTLD_LOCAL | libc::RTLD_NOLOAD;
    // SAFETY: with this flag nothing is loaded, so that no constructor runs.
    unsafe { Library::open(Some(shadow), flags) }.ok()
}

/// The loader's own words, without the copy's name, which means nothing to a person.
fn reason_of(error: &libloading::Error, shadow: &Path) -> String {
    use std::error::Error;
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let name = format!("{}: ", shadow.display());
    format!("the dynamic loader refused it: {}", text.replace(&name, ""))
}
