//! A small deterministic random source, so that a seed always draws the same run.

/// Draws from a seed (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

impl Draw {
    /// A source for a seed and a purpose; every purpose has draws of its own.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut draw = Self(mix(seed ^ 0x6a09_e667_f3bc_c909).wrapping_add(mix(purpose)));
        draw.next();
        draw
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number in `low..high`; `low` when the range is empty.
    pub(crate) fn range(&mut self, low: u64, high: u64) -> u64 {
        if high <= low { low } else { low + self.next() % (high - low) }
    }

    /// One of these; `None` when there are none.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.range(0, from.len() as u64);
        from.get(usize::try_from(at).ok()?)
    }

    /// All of these in another order.
    pub(crate) fn shuffled<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        let mut all = from.to_vec();
        for last in (1..all.len()).rev() {
            all.swap(last, self.range(0, last as u64 + 1) as usize);
        }
        all
    }

    /// True in so many of a hundred draws.
    pub(crate) fn chance(&mut self, per_cent: u64) -> bool {
        self.range(0, 100) < per_cent
    }
}

fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_draw_equally_and_ranges_are_kept() {
        let (mut one, mut two) = (Draw::new(7, 1), Draw::new(7, 1));
        for _ in 0..100 {
            let drawn = one.range(3, 9);
            assert_eq!(drawn, two.range(3, 9));
            assert!((3..9).contains(&drawn));
        }
        assert_ne!(Draw::new(7, 1).next(), Draw::new(7, 2).next());
        assert!(one.pick::<u8>(&[]).is_none());
    }
}
