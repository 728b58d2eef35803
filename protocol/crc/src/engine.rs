//! The choice between the ways to make a checksum: asks the processor once, remembers the answer.

use core::sync::atomic::{AtomicU8, Ordering};

/// A way to make a checksum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Engine {
    /// Nobody has asked the processor yet.
    Unknown = 0,
    /// By table, on any processor.
    Table = 1,
    /// By carry-less multiplication.
    Multiply = 2,
}

/// The answer of the processor. Every thread that asks gets the same one, so it does not matter
/// who writes it first, nor in which order threads see it: a plain load is enough.
static CHOSEN: AtomicU8 = AtomicU8::new(Engine::Unknown as u8);

impl Engine {
    /// The best way on this processor: a load and a branch that is always predicted.
    #[inline]
    pub fn of_this_processor() -> Self {
        if CHOSEN.load(Ordering::Relaxed) == Self::Multiply as u8 {
            return Self::Multiply;
        }
        Self::chosen_or_asked()
    }

    /// Asks where nobody has: the question traps into the hypervisor of a virtual machine and
    /// costs microseconds there.
    #[cold]
    fn chosen_or_asked() -> Self {
        if CHOSEN.load(Ordering::Relaxed) == Self::Table as u8 {
            return Self::Table;
        }
        let engine = if can_multiply() {
            Self::Multiply
        } else {
            Self::Table
        };
        CHOSEN.store(engine as u8, Ordering::Relaxed);
        engine
    }
}

/// Whether the processor has PCLMULQDQ, SSSE3 and SSE4.1. It is asked directly, as the standard
/// library may not be there; 128-bit registers are part of every x86-64, so that the operating
/// system need not be asked whether it saves them.
#[cfg(target_arch = "x86_64")]
fn can_multiply() -> bool {
    const PCLMULQDQ: u32 = 1 << 1;
    const SSSE3: u32 = 1 << 9;
    const SSE4_1: u32 = 1 << 19;
    const WANTED: u32 = PCLMULQDQ | SSSE3 | SSE4_1;
    core::arch::x86_64::__cpuid(1).ecx & WANTED == WANTED
}

/// Whether the processor has PMULL. Only the operating system can tell.
#[cfg(all(target_arch = "aarch64", feature = "std"))]
fn can_multiply() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

/// Whether it is compiled for a processor that has PMULL.
#[cfg(all(target_arch = "aarch64", not(feature = "std")))]
fn can_multiply() -> bool {
    cfg!(target_feature = "aes")
}

/// No other processor's instruction is known here.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn can_multiply() -> bool {
    false
}
