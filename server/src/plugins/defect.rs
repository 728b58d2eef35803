//! Owns the list of everything that can be wrong with a plugin file: one `Defect` each, with the
//! stable code a person can look up and the sentence that says how to mend it.
use std::fmt;

use super::lifecycle::Mistake;
use crate::diagnostics::Code;
use crate::diagnostics::codes::{plugin_life, plugins as codes, runtime};

/// What is wrong with a plugin file. The code of each is stable; see [`Defect::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Defect {
    /// Nothing is there, or a symbolic link leads nowhere.
    Missing,
    /// A folder lies where a file is expected.
    Folder,
    /// A FIFO, a socket or a device lies where a file is expected.
    NotRegular,
    /// The file belongs to neither this user nor root.
    ForeignOwner,
    /// The file can be written by its group or by everybody.
    WritableFile,
    /// The folder that holds the file lets others replace it.
    UnsafeFolder,
    /// The file is larger than the configured cap.
    TooLarge,
    /// The operating system would not let the file be read.
    Unreadable,
    /// The file changed while it was being copied.
    Unsettled,
    /// The bytes are not an ELF file at all.
    NotElf,
    /// The file is for another machine, word size or byte order.
    WrongMachine,
    /// The file ends before its own headers say that it does.
    Truncated,
    /// An ELF file, but no shared library.
    NotLibrary,
    /// Parts that must hold something are zero or point outside the file.
    Damaged,
    /// No `.note.hotframe`: some other library.
    NoNote,
    /// A `.note.hotframe` that does not follow its own format.
    BadNote,
    /// The plugin was built for an ABI that this server does not speak.
    WrongAbi,
    /// The plugin aborts the whole process when it panics.
    PanicAborts,
    /// The entry function is not among the exported symbols.
    NoEntry,
    /// The plugin's name is malformed or belongs to the server.
    BadName,
    /// Another file already provides the plugin of that name.
    NameTaken,
    /// The dynamic loader refused the library.
    LoaderRefused,
    /// The entry function returned no plugin table.
    EntryRefused,
    /// The plugin table contradicts itself or the note.
    BadTable,
    /// The list of handlers is malformed.
    BadHandlers,
    /// The plugin refused to start.
    CreateFailed,
    /// No private copy of the file could be made.
    NoShadow,
    /// A folder for plugins cannot be listed.
    FolderUnlisted,
    /// Too many earlier generations of the plugin cannot be unloaded.
    TooManyLinger,
    /// The plugin's trial ended by a signal.
    ProbeCrashed,
    /// The plugin ended the process of its trial.
    ProbeExited,
    /// The plugin's trial was not over in time.
    ProbeTimedOut,
    /// The trial could not be made.
    ProbeUnavailable,
    /// The plugin does not take its configuration.
    ConfigRefused,
    /// The plugin says of itself that it would not serve.
    SelfTestFailed,
    /// The plugin could not begin after all.
    StartFailed,
    /// The state there is, is not one that the plugin can take over.
    StateMismatch,
    /// The plugin could not save its state.
    SaveFailed,
    /// The plugin could not take over the state.
    LoadFailed,
    /// The state is larger than is allowed.
    StateTooLarge,
    /// The kept state cannot be read.
    StateDamaged,
    /// A table of functions of the plugin contradicts itself.
    BadExtension,
    /// The version was found to be no good in the server, or rolled back.
    SetAside,
    /// The operator has switched the plugin off.
    Disabled,
    /// There is no earlier version to go back to.
    NoCopy,
    /// Too many earlier generations of the plugin have still to answer.
    TooManyDrain,
}

impl Defect {
    /// Every defect there is, in the order of the codes.
    pub const ALL: &[Self] = &[
        Self::Missing,
        Self::Folder,
        Self::NotRegular,
        Self::ForeignOwner,
        Self::WritableFile,
        Self::UnsafeFolder,
        Self::TooLarge,
        Self::Unreadable,
        Self::Unsettled,
        Self::NotElf,
        Self::WrongMachine,
        Self::Truncated,
        Self::NotLibrary,
        Self::Damaged,
        Self::NoNote,
        Self::BadNote,
        Self::WrongAbi,
        Self::PanicAborts,
        Self::NoEntry,
        Self::BadName,
        Self::NameTaken,
        Self::LoaderRefused,
        Self::EntryRefused,
        Self::BadTable,
        Self::BadHandlers,
        Self::CreateFailed,
        Self::NoShadow,
        Self::FolderUnlisted,
        Self::TooManyLinger,
        Self::ProbeCrashed,
        Self::ProbeExited,
        Self::ProbeTimedOut,
        Self::ProbeUnavailable,
        Self::ConfigRefused,
        Self::SelfTestFailed,
        Self::StartFailed,
        Self::StateMismatch,
        Self::SaveFailed,
        Self::LoadFailed,
        Self::StateTooLarge,
        Self::StateDamaged,
        Self::BadExtension,
        Self::SetAside,
        Self::Disabled,
        Self::NoCopy,
        Self::TooManyDrain,
    ];

    /// The code that logs, `ctl plugins` and `hotframe explain` share.
    pub const fn code(self) -> Code {
        match self {
            Self::Missing => codes::MISSING,
            Self::Folder => codes::FOLDER,
            Self::NotRegular => codes::NOT_REGULAR_FILE,
            Self::ForeignOwner => codes::UNTRUSTED_OWNER,
            Self::WritableFile => codes::WRITABLE_BY_OTHERS,
            Self::UnsafeFolder => codes::FOLDER_WRITABLE_BY_OTHERS,
            Self::TooLarge => codes::TOO_LARGE,
            Self::Unreadable => codes::UNREADABLE,
            Self::Unsettled => codes::CHANGED_WHILE_READ,
            Self::NotElf => codes::NOT_ELF,
            Self::WrongMachine => codes::WRONG_ARCHITECTURE,
            Self::Truncated => codes::TRUNCATED,
            Self::NotLibrary => codes::NOT_SHARED_LIBRARY,
            Self::Damaged => codes::DAMAGED,
            Self::NoNote => codes::NO_NOTE,
            Self::BadNote => codes::BAD_NOTE,
            Self::WrongAbi => codes::WRONG_ABI,
            Self::PanicAborts => codes::PANIC_ABORT,
            Self::NoEntry => codes::NO_ENTRY,
            Self::BadName => codes::BAD_NAME,
            Self::NameTaken => codes::NAME_TAKEN,
            Self::LoaderRefused => codes::LOAD_FAILED,
            Self::EntryRefused => codes::ENTRY_REFUSED,
            Self::BadTable => codes::BAD_TABLE,
            Self::BadHandlers => codes::BAD_HANDLERS,
            Self::CreateFailed => codes::CREATE_FAILED,
            Self::NoShadow => codes::SHADOW_UNUSABLE,
            Self::FolderUnlisted => codes::FOLDER_UNREADABLE,
            Self::TooManyLinger => codes::TOO_MANY_LINGER,
            Self::ProbeCrashed => codes::PROBE_CRASHED,
            Self::ProbeExited => codes::PROBE_EXITED,
            Self::ProbeTimedOut => codes::PROBE_TIMED_OUT,
            Self::ProbeUnavailable => codes::PROBE_UNAVAILABLE,
            Self::SetAside => codes::SET_ASIDE,
            Self::Disabled => codes::DISABLED,
            Self::NoCopy => codes::NO_COPY,
            Self::TooManyDrain => runtime::TOO_MANY_DRAIN,
            Self::ConfigRefused => plugin_life::CONFIG_REFUSED,
            Self::SelfTestFailed => plugin_life::SELF_TEST_FAILED,
            Self::StartFailed => plugin_life::START_FAILED,
            Self::StateMismatch => plugin_life::STATE_MISMATCH,
            Self::SaveFailed => plugin_life::STATE_NOT_SAVED,
            Self::LoadFailed => plugin_life::STATE_NOT_LOADED,
            Self::StateTooLarge => plugin_life::STATE_TOO_LARGE,
            Self::StateDamaged => plugin_life::STATE_DAMAGED,
            Self::BadExtension => plugin_life::BAD_EXTENSION,
        }
    }

    /// Whether a version with this defect is remembered, and not loaded again at every chance.
    pub const fn is_set_aside(self) -> bool {
        use Defect::{ProbeCrashed, ProbeExited, ProbeTimedOut, SetAside};
        matches!(self, ProbeCrashed | ProbeExited | ProbeTimedOut | SetAside)
    }

    /// A fault of this kind with the facts of the case.
    pub fn because(self, message: impl Into<String>) -> Fault {
        Fault { defect: self, message: message.into(), findings: Vec::new() }
    }
}

/// A defect together with the facts of the case, before it is known whose file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub defect: Defect,
    /// The facts, as a sentence without a full stop.
    pub message: String,
    /// The mistakes of a configuration one by one.
    pub findings: Vec<Mistake>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.defect.code(), self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defect_has_a_code_of_its_own() {
        let names: Vec<&str> = Defect::ALL.iter().map(|defect| defect.code().as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
