//! The ledger of a plugin's heap: what is still there when the library leaves is given back.
//!
//! Statics are never dropped, std keeps buffers for ever, and a leak is a leak: in a library that
//! is replaced again and again each of them would stay for good. So every block has two links in
//! front of it, and the last that the library does when it is unmapped is to free what hangs
//! together. That costs 16 bytes a block and a lock.
//!
//! When the whole process ends, threads may still run, and nothing is freed. The two ends are told
//! apart by their order: the C library runs [`close`] before what [`open`] registered when it
//! unmaps one library, and after it when the process exits.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The allocator of a plugin, which [`plugin!`](crate::plugin!) makes that of the whole library.
#[derive(Debug, Clone, Copy)]
pub struct Ledger;

/// What stands in front of a block.
struct Link {
    next: *mut Link,
    /// With the logarithm of the room in front of the block in its lowest bits.
    before: usize,
}

/// The room of a [`Link`], and the least alignment of a block.
const LINK: usize = 16;
const _: () = assert!(size_of::<Link>() == LINK);
/// Lowest bits of an address that is a multiple of [`LINK`].
const LOW: usize = LINK - 1;
/// What is aligned to more than this is not in the books: its logarithm has no room.
const MOST_ALIGNED: usize = 1 << LOW;

/// All blocks.
struct Books {
    first: *mut Link,
    /// Bytes that were asked for, and blocks.
    live: (usize, usize),
}

// SAFETY: the pointers lead to blocks of the heap, which belong to no thread.
unsafe impl Send for Books {}

static BOOKS: Mutex<Books> = Mutex::new(Books { first: ptr::null_mut(), live: (0, 0) });
static IS_LEAVING: AtomicBool = AtomicBool::new(false);

/// The bytes that this library has on the heap, and in how many blocks.
pub fn live() -> (usize, usize) {
    books().live
}

fn books() -> MutexGuard<'static, Books> {
    // Nothing panics while it is held.
    BOOKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What becomes of a layout.
enum Plan {
    /// In the books: a block of the whole layout, and how much of it is in front.
    Booked { room: usize, whole: Layout },
    /// A block of `System` as it is.
    Plain,
    /// There is no such block.
    Impossible,
}

impl Plan {
    fn of(layout: Layout) -> Self {
        if layout.align() > MOST_ALIGNED {
            return Self::Plain;
        }
        let room = layout.align().max(LINK);
        let size = layout.size().checked_add(room);
        match size.map(|size| Layout::from_size_align(size, room)) {
            Some(Ok(whole)) => Self::Booked { room, whole },
            _ => Self::Impossible,
        }
    }
}

impl Books {
    /// Enters the block behind `room` bytes at `base`, of `size` bytes; returns its address.
    ///
    /// # Safety
    /// There are `room` bytes at `base`, which is aligned to as many: a power of two of at least
    /// [`LINK`].
    unsafe fn enter(&mut self, base: *mut u8, room: usize, size: usize) -> *mut u8 {
        // SAFETY: within the room.
        let block = unsafe { base.add(room) };
        // SAFETY: the last bytes of the room, which is at least as long.
        let link = unsafe { block.sub(LINK) }.cast::<Link>();
        // Found again by its address alone.
        let _address = link.expose_provenance();
        // SAFETY: aligned, because the room is a multiple of `LINK`; nobody else knows of it.
        unsafe { link.write(Link { next: self.first, before: room.trailing_zeros() as usize }) };
        // SAFETY: null, or a link of a block that is in the books.
        if let Some(next) = unsafe { self.first.as_mut() } {
            next.before = link.addr() | (next.before & LOW);
        }
        self.first = link;
        self.live.0 += size;
        self.live.1 += 1;
        block
    }

    /// Strikes a block of `size` bytes out.
    ///
    /// # Safety
    /// It is in the books.
    unsafe fn strike(&mut self, block: *mut u8, size: usize) {
        // SAFETY: `enter` has put it in front of the block.
        let link = unsafe { block.sub(LINK) }.cast::<Link>();
        // SAFETY: as above.
        let Link { next, before } = unsafe { link.read() };
        let previous = ptr::with_exposed_provenance_mut::<Link>(before & !LOW);
        // SAFETY: null, or a link of a block that is in the books.
        match unsafe { previous.as_mut() } {
            Some(previous) => previous.next = next,
            None => self.first = next,
        }
        // SAFETY: as above.
        if let Some(next) = unsafe { next.as_mut() } {
            next.before = (before & !LOW) | (next.before & LOW);
        }
        self.live.0 = self.live.0.saturating_sub(size);
        self.live.1 = self.live.1.saturating_sub(1);
    }
}

// SAFETY: blocks are those of `System`, moved up by a room that keeps their alignment; all that is
// kept beside them lies in that room.
unsafe impl GlobalAlloc for Ledger {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match Plan::of(layout) {
            // SAFETY: a layout that is not empty.
            Plan::Booked { room, whole } => book(unsafe { System.alloc(whole) }, room, layout),
            // SAFETY: the caller's promise.
            Plan::Plain => unsafe { System.alloc(layout) },
            Plan::Impossible => ptr::null_mut(),
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match Plan::of(layout) {
            Plan::Booked { room, whole } => {
                // SAFETY: a layout that is not empty.
                book(unsafe { System.alloc_zeroed(whole) }, room, layout)
            }
            // SAFETY: the caller's promise.
            Plan::Plain => unsafe { System.alloc_zeroed(layout) },
            Plan::Impossible => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Plan::Booked { room, whole } = Plan::of(layout) else {
            // SAFETY: the caller's promise; it was not entered.
            return unsafe { System.dealloc(block, layout) };
        };
        // SAFETY: made by `alloc` of this allocator, which has entered it.
        unsafe { books().strike(block, layout.size()) };
        // SAFETY: `enter` has moved it up by so much.
        let base = unsafe { block.sub(room) };
        // SAFETY: made by `System` with this layout.
        unsafe { System.dealloc(base, whole) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Plan::Booked { room, whole } = Plan::of(layout) else {
            // SAFETY: as in `dealloc`.
            return unsafe { System.realloc(block, layout, new_size) };
        };
        let Some(new_whole) = new_size.checked_add(room) else {
            return ptr::null_mut();
        };
        let mut books = books();
        // SAFETY: as in `dealloc`.
        unsafe { books.strike(block, layout.size()) };
        // SAFETY: as in `dealloc`.
        let base = unsafe { block.sub(room) };
        // SAFETY: made by `System` with this layout, and a size that is not 0.
        let moved = unsafe { System.realloc(base, whole, new_whole) };
        if moved.is_null() {
            // SAFETY: it stays where it is.
            unsafe { books.enter(base, room, layout.size()) };
            return moved;
        }
        // SAFETY: what was at its beginning moved along.
        unsafe { books.enter(moved, room, new_size) }
    }
}

/// Enters a new block of `System` for `layout`, with `room` in front; null stays null.
fn book(base: *mut u8, room: usize, layout: Layout) -> *mut u8 {
    if base.is_null() {
        return base;
    }
    // SAFETY: just allocated for a plan, with that room in front.
    unsafe { books().enter(base, room, layout.size()) }
}

unsafe extern "C" {
    fn __cxa_atexit(
        function: unsafe extern "C" fn(*mut c_void),
        argument: *mut c_void,
        owner: *mut c_void,
    ) -> c_int;
    fn free(block: *mut c_void);
}

/// Where the C library finds whose functions are to be run when a library leaves.
#[repr(transparent)]
struct Handle(UnsafeCell<*mut c_void>);

// SAFETY: nobody looks into it here; its address is what counts.
unsafe impl Sync for Handle {}

unsafe extern "C" {
    static __dso_handle: Handle;
}

/// Runs when the library is mapped, before anything else of it.
pub extern "C" fn open() {
    // SAFETY: a static of the library's own; only its address is taken.
    let owner = unsafe { __dso_handle.0.get() };
    // SAFETY: a function of this library, which the C library forgets when that is unmapped. If it
    // is not registered, the heap is not given back, and nothing else happens.
    let _registered = unsafe { __cxa_atexit(give_back, ptr::null_mut(), owner.cast()) };
}

/// Runs when the library is about to be unmapped, before what [`open`] has registered; when the
/// process exits, after it.
pub extern "C" fn close() {
    IS_LEAVING.store(true, Ordering::Relaxed);
}

/// The last of a library that is unmapped: nothing of it runs any more.
unsafe extern "C" fn give_back(_: *mut c_void) {
    if !IS_LEAVING.load(Ordering::Relaxed) {
        return;
    }
    let mut books = books();
    let mut link = core::mem::replace(&mut books.first, ptr::null_mut());
    books.live = (0, 0);
    // SAFETY: null, or a link of a block that was in the books and that nobody will use again.
    while let Some(Link { next, before }) = unsafe { link.as_ref() } {
        let (next, room) = (*next, 1_usize << (before & LOW));
        // SAFETY: the room begins so far in front of the block, and that behind the link.
        let block = unsafe { link.cast::<u8>().add(LINK) };
        // SAFETY: as above.
        let base = unsafe { block.sub(room) };
        // SAFETY: `System` takes its blocks from `malloc` and its like on the systems that plugins
        // are made for.
        unsafe { free(base.cast()) };
        link = next;
    }
}
