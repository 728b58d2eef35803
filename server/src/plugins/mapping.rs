//! Owns the questions about what is mapped: may code be mapped from here, is a library still in?
#![allow(unsafe_code)]
use std::ffi::{CStr, OsStr, c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::slice;
use std::sync::OnceLock;

use rustix::mm::{MapFlags, ProtFlags};

/// Bytes of the probe that is mapped.
const PAGE: usize = 4096;

/// Writes a page to `probe` and maps it as code, which a `noexec` file system forbids.
///
/// # Errors
/// The operating system's own.
pub fn check_executable(probe: &Path) -> io::Result<()> {
    let file: File = OpenOptions::new().read(true).write(true).create_new(true).open(probe)?;
    file.set_len(PAGE as u64)?;
    // SAFETY: a new private mapping at an address of the kernel's choice cannot overlap
    // anything that Rust knows of, and nobody reads, writes or runs it.
    let page = unsafe {
        let prot = ProtFlags::READ | ProtFlags::EXEC;
        rustix::mm::mmap(std::ptr::null_mut(), PAGE, prot, MapFlags::PRIVATE, &file, 0)
    }?;
    // SAFETY: exactly the mapping made above, to which no reference exists.
    unsafe { rustix::mm::munmap(page, PAGE) }?;
    Ok(())
}

/// Whether a library that was opened by the name `path` is mapped, as the dynamic loader has it.
pub fn is_mapped(path: &Path) -> bool {
    range_of(path).is_some()
}

/// Whether `address` lies in the executable.
pub fn is_program(address: usize) -> bool {
    static RANGE: OnceLock<Range<usize>> = OnceLock::new();
    // In the loader's list the executable has no name.
    RANGE.get_or_init(|| range_of(Path::new("")).unwrap_or_default()).contains(&address)
}

/// From the first to the last address of the library that was opened by the name `path`, if it is
/// mapped, even if its constructors are still running.
pub fn range_of(path: &Path) -> Option<Range<usize>> {
    let mut search = Search { name: path.as_os_str(), found: None };
    let data = (&raw mut search).cast::<c_void>();
    // SAFETY: `visit` has the signature that is asked for and takes `data` for the `Search` that
    // it is; the call returns before `search` ends, and the loader keeps neither pointer.
    unsafe { libc::dl_iterate_phdr(Some(visit), data) };
    search.found
}

struct Search<'a> {
    name: &'a OsStr,
    found: Option<Range<usize>>,
}

/// # Safety
/// `info` is a live record of the loader's, `data` a live `Search` that nothing else touches.
unsafe extern "C" fn visit(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    data: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    let search = unsafe { &mut *data.cast::<Search<'_>>() };
    // SAFETY: the caller's promise; the loader holds its lock for the call.
    let info = unsafe { &*info };
    if info.dlpi_name.is_null() {
        return 0;
    }
    // SAFETY: a name in the loader's list is a C string that lives as long as the entry.
    let name = unsafe { CStr::from_ptr(info.dlpi_name) };
    if name.to_bytes() != search.name.as_bytes() {
        return 0;
    }
    // SAFETY: the program headers of a mapped library, as many as the loader says.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let mapped = headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
    let address = |offset: u64| info.dlpi_addr.saturating_add(offset);
    let first = mapped.clone().map(|header| address(header.p_vaddr)).min();
    let end = mapped.map(|header| address(header.p_vaddr.saturating_add(header.p_memsz))).max();
    let as_usize = |address: Option<u64>| usize::try_from(address.unwrap_or(0)).unwrap_or(0);
    search.found = Some(as_usize(first)..as_usize(end));
    1
}
