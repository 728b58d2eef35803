//! Owns the list of everything that can be wrong with a plugin file: one `Defect` each, with the
//! stable code a person can look up and the sentence that says how to mend it.
use std::fmt;

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
    ];

    /// The code that logs, `ctl plugins` and `hotframe explain` share.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "HF0201",
            Self::Folder => "HF0202",
            Self::NotRegular => "HF0203",
            Self::ForeignOwner => "HF0204",
            Self::WritableFile => "HF0205",
            Self::UnsafeFolder => "HF0206",
            Self::TooLarge => "HF0207",
            Self::Unreadable => "HF0208",
            Self::Unsettled => "HF0209",
            Self::NotElf => "HF0210",
            Self::WrongMachine => "HF0211",
            Self::Truncated => "HF0212",
            Self::NotLibrary => "HF0213",
            Self::Damaged => "HF0214",
            Self::NoNote => "HF0215",
            Self::BadNote => "HF0216",
            Self::WrongAbi => "HF0217",
            Self::PanicAborts => "HF0218",
            Self::NoEntry => "HF0219",
            Self::BadName => "HF0220",
            Self::NameTaken => "HF0221",
            Self::LoaderRefused => "HF0222",
            Self::EntryRefused => "HF0223",
            Self::BadTable => "HF0224",
            Self::BadHandlers => "HF0225",
            Self::CreateFailed => "HF0226",
            Self::NoShadow => "HF0227",
        }
    }

    /// The way out, as one sentence for the person at the keyboard.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Missing => "put the file there, or mend the link",
            Self::Folder => "move the folder away: a plugin is one .so file",
            Self::NotRegular => "replace it by a regular file",
            Self::ForeignOwner => "chown the file to the server's user or to root",
            Self::WritableFile => "chmod go-w the file",
            Self::UnsafeFolder => "chmod go-w the folder and chown it to the server's user or root",
            Self::TooLarge => "strip the library of its debug data, or raise the cap",
            Self::Unreadable => "let the server's user read the file",
            Self::Unsettled => "copy to a temporary name and rename; it is tried again by itself",
            Self::NotElf => "put the compiled shared library there",
            Self::WrongMachine => "build the plugin for this machine",
            Self::Truncated => "copy the file again: its end is missing",
            Self::NotLibrary => "link with -shared, or set crate-type = [\"cdylib\"]",
            Self::Damaged => "copy or link the file again: some of its bytes are missing",
            Self::NoNote => "build it with the plugin SDK, or with HF_PLUGIN_NOTE in C",
            Self::BadNote => "build it again with the plugin SDK of this release",
            Self::WrongAbi => "build it against this server's plugin API",
            Self::PanicAborts => "build it with panic = \"unwind\"",
            Self::NoEntry => "export hotframe_plugin_v1 with default visibility",
            Self::BadName => "choose a name of lower-case letters, digits and _ ([a-z][a-z0-9_]*)",
            Self::NameTaken => "remove one of the two files, or rename one plugin",
            Self::LoaderRefused => "provide the library or symbol that the loader names",
            Self::EntryRefused => "ask the plugin's author why it does not take this server",
            Self::BadTable => "build the plugin again, whole: note and table differ",
            Self::BadHandlers => "name each handler once, as [a-z][a-z0-9_]*",
            Self::CreateFailed => "mend the plugin's configuration; its old version serves on",
            Self::NoShadow => "give server.state_dir a place that is writable and not noexec",
        }
    }

    /// A fault of this kind with the facts of the case.
    pub fn because(self, message: impl Into<String>) -> Fault {
        Fault {
            defect: self,
            message: message.into(),
        }
    }
}

/// A defect together with the facts of the case, before it is known whose file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub defect: Defect,
    /// The facts, as a sentence without a full stop.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.defect.code(), self.message)
    }
}

impl std::error::Error for Fault {}
