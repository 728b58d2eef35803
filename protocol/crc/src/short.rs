//! Messages of less than a block, read without touching a byte beyond them.

/// At most 16 bytes as one big-endian number: `[lower, upper]` half. Overlapping loads see the
/// same bytes at the same places, so that it does not matter how often one is seen.
#[inline(always)]
pub fn number(bytes: &[u8]) -> [u64; 2] {
    if let (true, Some(first), Some(last)) =
        (bytes.len() > 8, bytes.first_chunk(), bytes.last_chunk())
    {
        let beyond = 8 * (16 - bytes.len());
        return [u64::from_be_bytes(*last), u64::from_be_bytes(*first) >> beyond];
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let above = 8 * (bytes.len() - 4);
        let first = u64::from(u32::from_be_bytes(*first));
        return [first << above | u64::from(u32::from_be_bytes(*last)), 0];
    }
    let tiny = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    [tiny, 0]
}
