//! Chance, from a seed or a script: the same one makes the same run.

use std::collections::VecDeque;

/// A small generator (`SplitMix64`): good enough to choose actions, and it has no bad seeds.
#[derive(Debug)]
pub struct Rng {
    state: u64,
    /// What is drawn before the generator is asked.
    script: VecDeque<u8>,
}

impl Rng {
    /// Chance from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed, script: VecDeque::new() }
    }

    /// Chance as somebody else wants it: two bytes of `script` a draw, as long as there are some.
    #[must_use]
    pub fn scripted(script: &[u8]) -> Self {
        Self { script: script.iter().copied().collect(), ..Self::new(0) }
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        if let Some(first) = self.script.pop_front() {
            let second = self.script.pop_front().unwrap_or(0);
            return u64::from(u16::from_le_bytes([first, second]));
        }
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// A number of `range`.
    pub fn within(&mut self, range: std::ops::RangeInclusive<usize>) -> usize {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// True `percent` times of a hundred.
    pub fn chance(&mut self, percent: u8) -> bool {
        self.below(100) < usize::from(percent)
    }

    /// One of `choices`, which are not empty.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of `weighted`, each as often as its weight says.
    pub fn weigh<T: Copy>(&mut self, weighted: &[(T, u8)]) -> T {
        let total: usize = weighted.iter().map(|&(_, weight)| usize::from(weight)).sum();
        let mut left = self.below(total);
        for &(choice, weight) in weighted {
            match left.checked_sub(usize::from(weight)) {
                Some(rest) => left = rest,
                None => return choice,
            }
        }
        unreachable!("the weights add up to their total")
    }
}
