//! The constants of the arithmetic, computed by the compiler from the polynomial alone.
//!
//! Let `V` be the message read as one big-endian number, its bits the coefficients of a
//! polynomial. Leading zeros change nothing, as the checksum starts at 0.
//!
//! - **Folding** moves 128 bits `A = H x^64 + L` up by `d` bits, modulo `P`:
//!   `A x^d = H (x^(d+64) mod P) + L (x^d mod P)`. Both factors have 16 bits, so that what comes
//!   out fits into 128 bits again and is added (xor) to the block that lies there. See [`FOLD`].
//! - **Narrowing** takes what is left, 128 bits, to 79: `H (x^64 mod P) + L`. See [`NARROW`].
//! - **Reducing** wants the remainder of `T x^16` by `P` and needs no division: let `E(p)` be the
//!   first 64 digits behind the point of `x^p / P`. If `T` has at most 48 bits, then the product
//!   `T E(16)` has the first 16 digits behind the point of `T x^16 / P` right (what was cut
//!   off counts `x^47 x^-65` at most), and these digits times `P` are the remainder. 79 bits are
//!   reduced as 47 and 32, which have an `E` each. See [`REDUCE_UPPER`] and [`REDUCE_LOWER`].

/// The generator of CRC-16/XMODEM with its leading bit.
pub const GENERATOR: u64 = 0x1_1021;

/// The bytes that are reduced without being narrowed first.
pub const REDUCIBLE: usize = 6;

/// The bits of the lower part in the last step; the upper one is what lies above.
pub const LOWER_BITS: u32 = 32;

/// Moves 128 bits up by 1, 2, 3 or 4 blocks: the factors of the lower and of the upper half.
pub const FOLD: [[u64; 2]; 4] = [fold(128), fold(256), fold(384), fold(512)];

/// Moves the upper 64 bits down onto the lower.
pub const NARROW: u64 = power(64);

/// `x^(16+32) / P`, behind the point.
pub const REDUCE_UPPER: u64 = digits(16 + LOWER_BITS);

/// `x^16 / P`, behind the point.
pub const REDUCE_LOWER: u64 = digits(16);

/// `SLIDE[16 - n..]`, as a byte shuffle, takes the first `n` of 16 bytes as a big-endian number.
pub static SLIDE: [u8; 32] = slide();

const fn fold(bits: u32) -> [u64; 2] {
    [power(bits), power(bits + 64)]
}

/// `x^exponent mod P`.
const fn power(exponent: u32) -> u64 {
    let mut remainder = 1;
    let mut step = 0;
    while step < exponent {
        remainder = times_x(remainder);
        step += 1;
    }
    remainder
}

/// The first 64 digits behind the point of `x^exponent / P`.
const fn digits(exponent: u32) -> u64 {
    let mut remainder = power(exponent);
    let mut digits = 0;
    let mut step = 0;
    while step < 64 {
        digits = (digits << 1) | (remainder >> 15);
        remainder = times_x(remainder);
        step += 1;
    }
    digits
}

const fn times_x(remainder: u64) -> u64 {
    let shifted = remainder << 1;
    shifted ^ ((shifted >> 16) * GENERATOR)
}

const fn slide() -> [u8; 32] {
    /// Out of range: the shuffles of both processors put a zero there.
    const NOTHING: u8 = 0x80;
    let mut slide = [NOTHING; 32];
    let mut place: u8 = 0;
    while place < 16 {
        slide[place as usize] = 15 - place;
        place += 1;
    }
    slide
}
