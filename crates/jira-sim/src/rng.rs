//! A small deterministic random source (splitmix64), so that a seed and a size always give the same world.

#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    /// A stream of its own for every purpose: adding draws to one stream leaves the others as they were.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Rng(mix(seed ^ 0x5bd1_e995_9e37_79b9).wrapping_add(mix(stream)));
        rng.next();
        rng
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number in `0..bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    /// A number in `low..high`; `low` when the range is empty.
    pub(crate) fn range(&mut self, low: i64, high: i64) -> i64 {
        if high <= low { low } else { low + (self.next() % (high - low) as u64) as i64 }
    }

    /// True in `per_mille` of a thousand draws.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.next() % 1000 < per_mille
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// One well-mixed number out of another.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stable hash of text (FNV-1a, mixed), used for page tokens.
pub(crate) fn hash(text: &[u8]) -> u64 {
    let folded = text
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    mix(folded)
}
