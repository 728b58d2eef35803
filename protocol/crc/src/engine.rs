//! The choice between the ways to make a checksum: asks the processor once, remembers the answer.

use core::sync::atomic::{AtomicU8, Ordering};

/// A way to make a checksum, the better the greater.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Engine {
    /// By table, on any processor.
    Table = 1,
    /// By carry-less multiplication, 16 bytes a register.
    Narrow = 2,
    /// By carry-less multiplication, 64 bytes a register where that is worth while.
    Wide = 3,
}

/// The answer of the processor, 0 before it was asked. Every thread that asks gets the same one,
/// so it does not matter who writes it first, nor in which order threads see it: a plain load is
/// enough.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

impl Engine {
    /// The best way on this processor: a load and branches that are always predicted.
    #[inline]
    pub fn of_this_processor() -> Self {
        const TABLE: u8 = Engine::Table as u8;
        const NARROW: u8 = Engine::Narrow as u8;
        const WIDE: u8 = Engine::Wide as u8;
        match CHOSEN.load(Ordering::Relaxed) {
            WIDE => Self::Wide,
            NARROW => Self::Narrow,
            TABLE => Self::Table,
            _ => Self::asked(),
        }
    }

    /// The question traps into the hypervisor of a virtual machine and costs microseconds there.
    #[cold]
    fn asked() -> Self {
        let engine = match (can_multiply(), can_multiply_wide()) {
            (true, true) => Self::Wide,
            (true, false) => Self::Narrow,
            (false, _) => Self::Table,
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

/// Whether processor and operating system have AVX-512 with VPCLMULQDQ.
#[cfg(all(target_arch = "x86_64", feature = "std"))]
fn can_multiply_wide() -> bool {
    std::arch::is_x86_feature_detected!("vpclmulqdq")
        && std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
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

/// Only x86-64 has wide registers, and only the operating system can tell whether it saves them.
#[cfg(not(all(target_arch = "x86_64", feature = "std")))]
fn can_multiply_wide() -> bool {
    false
}
