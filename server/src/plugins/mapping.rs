//! Owns the questions about what is mapped: may code be mapped from here, is a library still in?
#![allow(unsafe_code)]
use std::ffi::{CStr, OsStr, c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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
    let mut search = Search { name: path.as_os_str(), found: false };
    let data = (&raw mut search).cast::<c_void>();
    // SAFETY: `visit` has the signature that is asked for and takes `data` for the `Search` that
    // it is; the call returns before `search` ends, and the loader keeps neither pointer.
    unsafe { libc::dl_iterate_phdr(Some(visit), data) };
    search.found
}

struct Search<'a> {
    name: &'a OsStr,
    found: bool,
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
    let name = unsafe { (*info).dlpi_name };
    if !name.is_null() {
        // SAFETY: a name in the loader's list is a C string that lives as long as the entry.
        let name = unsafe { CStr::from_ptr(name) };
        search.found |= name.to_bytes() == search.name.as_bytes();
    }
    c_int::from(search.found)
}
