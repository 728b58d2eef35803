//! Messages of less than a block, read without touching a byte beyond them.
//!
//! Overlapping loads see the same bytes at the same places of the number, so that it does not
//! matter how often one is seen.

/// At most 8 bytes as one big-endian number.
#[inline(always)]
pub fn tiny_number(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let above = 8 * (bytes.len() - 4);
        let first = u64::from(u32::from_be_bytes(*first));
        return (first << above) | u64::from(u32::from_be_bytes(*last));
    }
    bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// At most 16 bytes as one big-endian number: `[lower, upper]` half.
#[inline(always)]
pub fn number(bytes: &[u8]) -> [u64; 2] {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) if bytes.len() > 8 => {
            let beyond = 8 * (16 - bytes.len());
            [u64::from_be_bytes(*last), u64::from_be_bytes(*first) >> beyond]
        }
        _ => [tiny_number(bytes), 0],
    }
}
