//! Owns the way to the C library's own functions behind those of ours.
#![allow(unsafe_code)]
use std::ffi::{CStr, c_int, c_uint, c_void};
use std::mem::transmute;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Destroys a thread-local value, or the value of a key.
pub(super) type Destructor = unsafe extern "C-unwind" fn(*mut c_void);
/// What a thread runs.
pub(super) type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;
/// A thread-specific key.
pub(super) type KeyNumber = c_uint;

type AtExit = unsafe extern "C-unwind" fn(Destructor, *mut c_void, *mut c_void) -> c_int;
#[cfg(not(hotframe_asan))]
type Finalize = unsafe extern "C-unwind" fn(*mut c_void);
type KeyCreate = unsafe extern "C-unwind" fn(*mut KeyNumber, Option<Destructor>) -> c_int;
type KeyDelete = unsafe extern "C-unwind" fn(KeyNumber) -> c_int;
type Create = unsafe extern "C-unwind" fn(
    *mut libc::pthread_t,
    *const libc::pthread_attr_t,
    Routine,
    *mut c_void,
) -> c_int;

/// A function of the C library, looked up when it is first needed.
struct Behind {
    name: &'static CStr,
    found: AtomicPtr<c_void>,
}

static AT_EXIT: Behind = Behind::new(c"__cxa_thread_atexit_impl");
#[cfg(not(hotframe_asan))]
static AT_END: Behind = Behind::new(c"__cxa_atexit");
#[cfg(not(hotframe_asan))]
static FINALIZE: Behind = Behind::new(c"__cxa_finalize");
static KEY_CREATE: Behind = Behind::new(c"pthread_key_create");
static KEY_DELETE: Behind = Behind::new(c"pthread_key_delete");
#[cfg(not(hotframe_asan))]
static CREATE: Behind = Behind::new(c"pthread_create");

impl Behind {
    const fn new(name: &'static CStr) -> Self {
        Self { name, found: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The next function of that name behind the executable's, if there is one.
    fn find(&self) -> Option<*mut c_void> {
        let mut found = self.found.load(Ordering::Relaxed);
        if found.is_null() {
            // SAFETY: a C string that lives for ever; the answer is an address or null.
            found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
            self.found.store(found, Ordering::Relaxed);
        }
        (!found.is_null()).then_some(found)
    }

    /// Calls it as a function that registers another one.
    ///
    /// # Safety
    /// It is an [`AtExit`], and `function` may be called with `argument` at the moment that it is
    /// registered for.
    unsafe fn register(
        &self,
        function: Destructor,
        argument: *mut c_void,
        owner: *mut c_void,
    ) -> c_int {
        let Some(real) = self.find() else {
            return libc::ENOSYS;
        };
        // SAFETY: the caller says so.
        let real = unsafe { transmute::<*mut c_void, AtExit>(real) };
        // SAFETY: the caller's promise.
        unsafe { real(function, argument, owner) }
    }
}

/// The C library's `__cxa_thread_atexit_impl`.
///
/// # Safety
/// As there: `destructor` may be called with `object` when this thread ends, at which time the
/// library that `owner` points into is still mapped.
pub(super) unsafe fn at_exit(
    destructor: Destructor,
    object: *mut c_void,
    owner: *mut c_void,
) -> c_int {
    // SAFETY: of this type, and the caller's promise.
    unsafe { AT_EXIT.register(destructor, object, owner) }
}

/// The C library's `__cxa_atexit`.
///
/// # Safety
/// As there: `function` may be called with `argument` when the library that `owner` points into
/// goes, or when the process exits.
#[cfg(not(hotframe_asan))]
pub(super) unsafe fn at_end(
    function: Destructor,
    argument: *mut c_void,
    owner: *mut c_void,
) -> c_int {
    // SAFETY: of this type, and the caller's promise.
    unsafe { AT_END.register(function, argument, owner) }
}

/// The C library's `__cxa_finalize`.
///
/// # Safety
/// As there: the library that `owner` points into goes, or the process exits.
#[cfg(not(hotframe_asan))]
pub(super) unsafe fn finalize(owner: *mut c_void) {
    if let Some(real) = FINALIZE.find() {
        // SAFETY: the C library's function of this name has this type.
        let real = unsafe { transmute::<*mut c_void, Finalize>(real) };
        // SAFETY: the caller's promise.
        unsafe { real(owner) };
    }
}

/// The C library's `pthread_key_create`.
///
/// # Safety
/// As there: `key` may be written, and `destructor` be called on any thread until the key is
/// deleted.
pub(super) unsafe fn key_create(key: *mut KeyNumber, destructor: Option<Destructor>) -> c_int {
    let Some(function) = KEY_CREATE.find() else {
        return libc::ENOSYS;
    };
    // SAFETY: the C library's function of this name has this type.
    let function = unsafe { transmute::<*mut c_void, KeyCreate>(function) };
    // SAFETY: the caller's promise.
    unsafe { function(key, destructor) }
}

/// The C library's `pthread_key_delete`.
///
/// # Safety
/// The key is the caller's to delete.
pub(super) unsafe fn key_delete(key: KeyNumber) -> c_int {
    let Some(function) = KEY_DELETE.find() else {
        return libc::ENOSYS;
    };
    // SAFETY: the C library's function of this name has this type.
    let function = unsafe { transmute::<*mut c_void, KeyDelete>(function) };
    // SAFETY: the caller's promise.
    unsafe { function(key) }
}

/// The C library's `pthread_create`.
///
/// # Safety
/// As there: `thread` may be written, `attributes` are null or initialised, and `routine` may run
/// with `argument` on another thread.
pub(super) unsafe fn create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    let Some(function) = find_create() else {
        return libc::ENOSYS;
    };
    // SAFETY: the C library's function of this name has this type.
    let function = unsafe { transmute::<*mut c_void, Create>(function) };
    // SAFETY: the caller's promise.
    unsafe { function(thread, attributes, routine, argument) }
}

#[cfg(not(hotframe_asan))]
fn find_create() -> Option<*mut c_void> {
    CREATE.find()
}

/// AddressSanitizer stands in front of the C library's as we do, in the executable as well, and has
/// to hear of every thread.
#[cfg(hotframe_asan)]
fn find_create() -> Option<*mut c_void> {
    unsafe extern "C" {
        fn __interceptor_pthread_create();
    }
    Some(__interceptor_pthread_create as *mut c_void)
}
