//! One lap of the ring: owns how frames lie one behind the other.

/// The units of a ring laid out one after the other, and as many of its first ones again as are
/// ever taken at once: so that what is taken is always one piece.
#[derive(Clone, Debug)]
pub struct Lap {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where each unit starts, and in the end where the last one ends.
    pub starts: Vec<usize>,
    /// How many units there are, those at the end that are there again not counted.
    pub units: usize,
}

impl Lap {
    /// An empty lap of so many units to come.
    pub fn new(units: usize) -> Self {
        Self { bytes: Vec::new(), starts: vec![0], units }
    }

    /// Ends the unit whose bytes were appended last.
    pub fn end_unit(&mut self) {
        self.starts.push(self.bytes.len());
    }

    /// Appends the first `units` again; all of them have to be there.
    pub fn repeat(&mut self, units: usize) {
        let len = self.len();
        self.bytes.extend_from_within(..self.starts[units]);
        for unit in 1..=units {
            self.starts.push(len + self.starts[unit]);
        }
    }

    /// The bytes of one lap.
    #[inline]
    pub fn len(&self) -> usize {
        self.starts[self.units]
    }

    /// The bytes of one unit.
    pub fn unit(&self, unit: usize) -> &[u8] {
        &self.bytes[self.starts[unit]..self.starts[unit + 1]]
    }
}
