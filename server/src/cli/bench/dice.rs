//! The dice: owns numbers that look random and are the same in every run.

/// Numbers that look random and are the same in every run.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Other seeds, other numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD129_0DDB_53C4_3E49))
    }

    /// The next number (the generator is known as splitmix64).
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).unwrap_or(0)
    }

    /// Fills `room` with bytes.
    pub fn fill(&mut self, room: &mut [u8]) {
        for chunk in room.chunks_mut(8) {
            chunk.copy_from_slice(&self.roll().to_le_bytes()[..chunk.len()]);
        }
    }

    /// True in this share of all calls.
    pub fn says(&mut self, share: f64) -> bool {
        let [low, high, ..] = self.roll().to_le_bytes();
        f64::from(u16::from_le_bytes([low, high])) < share * 65_536.0
    }
}
