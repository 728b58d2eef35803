//! Owns the look at a plugin file before anything of it is mapped or run.
//!
//! A pure function over bytes: whatever they are, it answers and never panics. It refuses what
//! the dynamic loader would crash on as far as that can be seen (a file cut short, or with zeros
//! where a copy has reserved room and not written yet), and what this server cannot host.
mod dynamic;
mod image;
mod normalise;
mod note;
mod relocations;
mod sections;
mod symbols;
mod versions;

use hotframe_plugin_api::abi::note::Panics;
use hotframe_plugin_api::abi::{
    HF_ABI_MAJOR, HF_ABI_MINOR, HF_PLUGIN_CANNOT_UNLOAD, HF_PLUGIN_PANIC_ABORT,
};
use object::elf;

pub use self::normalise::{Normalised, normalise};
pub use self::note::Note;
pub(crate) use self::note::is_name;

use self::dynamic::Dynamic;
use self::image::Image;
use self::sections::Sections;
use self::symbols::Symbols;
use super::defect::{Defect, Fault};
use crate::diagnostics::Code;
use crate::diagnostics::codes::plugins::STATIC_TLS;

/// The function that every plugin exports.
pub const ENTRY: &str = "hotframe_plugin_v1";
/// The ABI that this server speaks.
pub const ABI: (u16, u16) = (HF_ABI_MAJOR, HF_ABI_MINOR);
/// The name of what the server brings along itself.
pub const BUILTIN: &str = "builtin";

/// Flags of which an unknown one means refusal: the upper half.
pub(super) const REQUIRED_FLAGS: u16 = 0xff00;

/// What a plugin file says and needs, known before any of its code has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The plugin's own note.
    pub note: Note,
    /// The libraries that the loader brings along.
    pub needed: Vec<String>,
    /// The file asks never to be unmapped.
    pub no_delete: bool,
    /// It needs thread-local room that only a few libraries can have.
    pub static_tls: bool,
    /// The loader has to write into its machine code.
    pub text_relocations: bool,
    /// It asks for an executable stack.
    pub executable_stack: bool,
    /// Symbols that stay in the process when the library should leave it.
    pub unique_symbols: Vec<String>,
    /// What was changed in the private copy that this was seen in.
    pub normalised: Normalised,
}

impl Preflight {
    /// Looks at a file's bytes.
    ///
    /// # Errors
    /// The first thing that is wrong, as a [`Fault`].
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let image = Image::read(bytes)?;
        let sections = Sections::read(&image)?;
        let note = Note::find(&image, &sections)?;
        check_note(&note)?;
        let dynamic = Dynamic::read(&image)?;
        let symbols = Symbols::read(&image, &sections, &dynamic)?;
        relocations::check(&image, &dynamic, symbols.table.len())?;
        versions::check(&image, &dynamic, symbols.table.len())?;
        symbols.check_entry(ENTRY, &image, &dynamic)?;
        let flags = dynamic.value(elf::DT_FLAGS).unwrap_or(0);
        let flags_1 = dynamic.value(elf::DT_FLAGS_1).unwrap_or(0);
        let stack = image.only(elf::PT_GNU_STACK);
        Ok(Self {
            note,
            needed: dynamic.needed(),
            no_delete: flags_1 & elf::DF_1_NODELETE.0 != 0,
            static_tls: flags & elf::DF_STATIC_TLS.0 != 0,
            text_relocations: relocations::has_text_relocations(&dynamic),
            executable_stack: stack
                .is_some_and(|s| s.p_flags.get(object::LittleEndian).0 & elf::PF_X.0 != 0),
            unique_symbols: symbols.unique(&dynamic),
            normalised: Normalised::default(),
        })
    }

    /// What is legal and yet worth a warning, one sentence each; with its code where it has one.
    pub fn warnings(&self) -> Vec<(Option<Code>, String)> {
        let pinned = "it stays in memory after every reload";
        let mut warnings = Vec::new();
        if self.no_delete {
            warnings.push(format!("linked with -z nodelete: {pinned}"));
        }
        if let [first, rest @ ..] = self.unique_symbols.as_slice() {
            let more = if rest.is_empty() { "" } else { " and others" };
            warnings.push(format!(
                "unique symbol {first}{more} (build with -fno-gnu-unique): {pinned}, \
                 and its next version shares them"
            ));
        }
        if self.text_relocations {
            warnings.push("its code is patched at load time (build with -fPIC)".to_owned());
        }
        if self.executable_stack {
            warnings.push("it asks for an executable stack".to_owned());
        }
        let mut warnings: Vec<_> = warnings.into_iter().map(|warning| (None, warning)).collect();
        if self.static_tls {
            let cause = "a bundled jemalloc or mimalloc, or -ftls-model=initial-exec";
            let what = format!("uses static thread-local room ({cause}): few can be loaded");
            warnings.push((Some(STATIC_TLS), what));
        }
        if self.note.flags & HF_PLUGIN_CANNOT_UNLOAD != 0 {
            warnings.push((None, format!("it says that it cannot be unloaded: {pinned}")));
        }
        warnings
    }
}

fn check_note(note: &Note) -> Result<(), Fault> {
    let (major, minor) = ABI;
    if note.abi_major != major || note.abi_minor_required > minor {
        return Err(Defect::WrongAbi.because(format!(
            "plugin {} needs ABI {}.{}, this server speaks {major}.{minor}",
            note.name, note.abi_major, note.abi_minor_required
        )));
    }
    if !is_name(&note.name) {
        return Err(Defect::BadName.because(format!("its name {:?} is malformed", note.name)));
    }
    if note.name == BUILTIN {
        return Err(Defect::BadName.because("the name `builtin` belongs to the server"));
    }
    if note.panics == Panics::Abort || note.flags & HF_PLUGIN_PANIC_ABORT != 0 {
        return Err(Defect::PanicAborts.because("a panic in it would end the server"));
    }
    let unknown = note.flags & REQUIRED_FLAGS & !(HF_PLUGIN_PANIC_ABORT | HF_PLUGIN_CANNOT_UNLOAD);
    if unknown != 0 {
        return Err(Defect::WrongAbi
            .because(format!("it requires features {unknown:#06x} that this server lacks")));
    }
    Ok(())
}
