//! Owns the reading of the table that a plugin returns: copied by its own sizes, then checked.
#![allow(unsafe_code)]
use std::collections::BTreeSet;
use std::mem::{MaybeUninit, offset_of};
use std::ptr;

use hotframe_plugin_api::abi::{
    HF_ABI_MAJOR, HF_MAX_DATA, hf_handler, hf_handler_fn, hf_plugin, hf_str,
};

use super::defect::{Defect, Fault};
use super::preflight::{ABI, Note, REQUIRED_FLAGS, is_name};
use super::tables::Tables;

/// Tables and strides beyond this size are not believed.
pub(super) const MAX_SIZE: usize = 4096;
/// The most handlers that a plugin may have.
const MAX_HANDLERS: u32 = 4096;
/// The longest text that is compared.
const MAX_TEXT: usize = 128;

/// Fields that every revision of the tables has.
const MIN_PLUGIN: usize = offset_of!(hf_plugin, extension);
const MIN_HANDLER: usize = offset_of!(hf_handler, soft_deadline_us);

/// What a plugin offers, in our own memory but for the functions.
#[derive(Debug)]
pub(super) struct Description {
    /// Its table, fields that it does not have zero.
    pub table: hf_plugin,
    /// Its handlers, in its own order.
    pub handlers: Vec<Handler>,
    /// What it offers beside them.
    pub tables: Tables,
}

/// One handler.
#[derive(Debug, Clone)]
pub(super) struct Handler {
    /// Without the plugin's name.
    pub name: String,
    /// The function, in the plugin's code.
    pub call: hf_handler_fn,
    /// The command that tools suggest; 0 for none.
    pub default_command: u16,
    /// The shortest data that it takes.
    pub min_len: u8,
    /// The longest data that it takes.
    pub max_len: u8,
    /// What a call of it may take without being told of; 0: whatever it takes.
    pub soft_deadline_us: u32,
}

impl Description {
    /// Reads the table at `table` and compares it with the note of the file.
    ///
    /// # Safety
    /// `table` is null or what the entry function of a library that stays mapped returned, and
    /// the plugin keeps the header's promise that all behind it is readable and stays unchanged.
    pub unsafe fn read(table: *const hf_plugin, note: &Note) -> Result<Self, Fault> {
        if table.is_null() || !table.is_aligned() {
            return Err(Defect::EntryRefused.because("its entry function returned no table"));
        }
        // SAFETY: not null, aligned, readable by the caller's promise; every table starts so.
        let size = unsafe { ptr::read(table.cast::<u32>()) };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if !(MIN_PLUGIN..=MAX_SIZE).contains(&size) {
            return Err(bad_table(format!("its table says that it has {size} bytes")));
        }
        // SAFETY: `size` bytes are the plugin's table; all-zero fields are valid ones.
        let table = unsafe { copy_prefix(table, size) };
        check_versions(&table, note)?;
        // SAFETY: a string of the table, readable by the caller's promise.
        let name = unsafe { text(table.name) };
        // SAFETY: as above.
        let version = unsafe { text(table.version) };
        if name.as_deref() != Some(&note.name) || version.as_deref() != Some(&note.version) {
            return Err(bad_table(format!(
                "its table says {} {}, its note {} {}",
                name.as_deref().unwrap_or("?"),
                version.as_deref().unwrap_or("?"),
                note.name,
                note.version
            )));
        }
        // SAFETY: the table is the plugin's own; the caller's promise covers what it points at.
        let handlers = unsafe { read_handlers(&table) }?;
        // SAFETY: as above.
        let tables = unsafe { Tables::read(&table) }?;
        Ok(Self { table, handlers, tables })
    }
}

fn check_versions(table: &hf_plugin, note: &Note) -> Result<(), Fault> {
    let (_, minor) = ABI;
    if table.abi_major != HF_ABI_MAJOR || table.abi_minor_required > minor {
        return Err(Defect::WrongAbi.because(format!(
            "its table needs ABI {}.{}, this server speaks {HF_ABI_MAJOR}.{minor}",
            table.abi_major, table.abi_minor_required
        )));
    }
    if table.flags & REQUIRED_FLAGS != note.flags & REQUIRED_FLAGS {
        let (table, note) = (table.flags, note.flags);
        return Err(bad_table(format!("its table has flags {table:#06x}, its note {note:#06x}")));
    }
    Ok(())
}

/// # Safety
/// `table.handlers` leads to as many entries as `table` says, or the plugin breaks its promise.
unsafe fn read_handlers(table: &hf_plugin) -> Result<Vec<Handler>, Fault> {
    let stride = usize::try_from(table.handler_stride).unwrap_or(usize::MAX);
    let is_list = !table.handlers.is_null() && table.handlers.is_aligned();
    if table.handler_count == 0 || table.handler_count > MAX_HANDLERS || !is_list {
        let message = format!("its table lists {} handlers", table.handler_count);
        return Err(Defect::BadHandlers.because(message));
    }
    if !(MIN_HANDLER..=MAX_SIZE).contains(&stride)
        || !stride.is_multiple_of(align_of::<hf_handler>())
    {
        return Err(bad_table(format!("its handlers are {stride} bytes apart")));
    }
    let mut names = BTreeSet::new();
    let mut handlers = Vec::new();
    let mut at = table.handlers;
    for _ in 0..table.handler_count {
        // SAFETY: one of `handler_count` entries that lie `stride` bytes apart; each is aligned
        // because the first is and the stride is a multiple of the alignment.
        let entry = unsafe { copy_prefix(at, stride) };
        // SAFETY: readable by the caller's promise.
        let handler = unsafe { read_handler(&entry) }?;
        if !names.insert(handler.name.clone()) {
            let message = format!("it has two handlers {:?}", handler.name);
            return Err(Defect::BadHandlers.because(message));
        }
        handlers.push(handler);
        at = at.wrapping_byte_add(stride);
    }
    Ok(handlers)
}

/// # Safety
/// The name of `entry` is readable.
unsafe fn read_handler(entry: &hf_handler) -> Result<Handler, Fault> {
    let bad = |message: String| Defect::BadHandlers.because(message);
    // SAFETY: the caller's promise.
    let name = unsafe { text(entry.name) }.unwrap_or_else(|| "?".to_owned());
    if !is_name(&name) {
        return Err(bad(format!("the handler name {name:?} is malformed")));
    }
    let Some(call) = entry.call else {
        return Err(bad(format!("handler {name} has no function")));
    };
    if entry.flags >> 16 != 0 {
        let message =
            format!("handler {name} requires features {:#x} that this server lacks", entry.flags);
        return Err(Defect::WrongAbi.because(message));
    }
    let max_len = u8::try_from(entry.max_len.min(HF_MAX_DATA)).unwrap_or(u8::MAX);
    match u8::try_from(entry.min_len) {
        Ok(min_len) if min_len <= max_len => {
            let (default_command, soft_deadline_us) =
                (entry.default_command, entry.soft_deadline_us);
            Ok(Handler { name, call, default_command, min_len, max_len, soft_deadline_us })
        }
        _ => Err(bad(format!(
            "handler {name} takes at least {} and at most {max_len} bytes",
            entry.min_len
        ))),
    }
}

/// Copies the first `size` bytes of a table; what it does not have is zero.
///
/// # Safety
/// `size` bytes at `table` are readable, and `T` may be all zero.
pub(super) unsafe fn copy_prefix<T: Copy>(table: *const T, size: usize) -> T {
    let mut copy = MaybeUninit::<T>::zeroed();
    let len = size.min(size_of::<T>());
    // SAFETY: `len` bytes are readable by the caller's promise and fit into the copy, which is new.
    unsafe { ptr::copy_nonoverlapping(table.cast::<u8>(), copy.as_mut_ptr().cast::<u8>(), len) };
    // SAFETY: zeroed, then overwritten by a prefix of a `T`: valid by the caller's promise.
    unsafe { copy.assume_init() }
}

/// # Safety
/// The text is readable if its length is one that is believed.
unsafe fn text(text: hf_str) -> Option<String> {
    if text.len > MAX_TEXT {
        return None;
    }
    // SAFETY: the caller's promise; a null pointer is taken as empty.
    let bytes = unsafe { text.as_slice() };
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn bad_table(message: String) -> Fault {
    Defect::BadTable.because(message)
}
