//! A set of small numbers, one bit each. The numbers are places in a table of the graph.

/// A set of numbers below a bound that is fixed when it is made.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(crate) struct Set {
    words: Vec<u64>,
}

impl Set {
    /// Nothing, with room for numbers below `bound`.
    pub(crate) fn empty(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(64)] }
    }

    /// These numbers.
    pub(crate) fn of(bound: usize, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::empty(bound);
        set.extend(numbers);
        set
    }

    /// Puts one in; whether it was not there.
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        is_new
    }

    /// Takes one out.
    pub(crate) fn remove(&mut self, number: u32) {
        self.words[number as usize / 64] &= !(1 << (number % 64));
    }

    /// Whether it is in.
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Adds those of another.
    pub(crate) fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// Takes out those of another.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Keeps those that are in another, too.
    pub(crate) fn keep(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    /// Those that are not in another.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.subtract(other);
        set
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// All of them, from the smallest.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros();
                    left &= left - 1;
                    place as u32 * 64 + bit
                })
            })
        })
    }
}

impl Extend<u32> for Set {
    fn extend<T: IntoIterator<Item = u32>>(&mut self, numbers: T) {
        numbers.into_iter().for_each(|number| {
            self.insert(number);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_what_sets_do() {
        let mut set = Set::of(200, [3, 64, 199, 3]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [3, 64, 199]);
        assert!(set.contains(64) && !set.contains(65) && !set.contains(100_000));
        assert!(!set.insert(3) && set.insert(4));
        set.remove(64);
        assert_eq!(set.len(), 3);
        let other = Set::of(200, [4, 5]);
        assert_eq!(set.without(&other).iter().collect::<Vec<_>>(), [3, 199]);
        let mut both = set.clone();
        both.keep(&other);
        assert_eq!(both.iter().collect::<Vec<_>>(), [4]);
        both.subtract(&other);
        assert!(both.is_empty());
        set.add(&other);
        assert_eq!(set.len(), 4);
    }
}
