//! What a graph is made of: names as small numbers, and lists of rows one after the other.

use foldhash::{HashMap, HashMapExt};

/// Ids in their order; the number of an id is its place.
#[derive(Clone, Default, Debug)]
pub(crate) struct Table {
    ids: Vec<Box<str>>,
    places: HashMap<Box<str>, u32>,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn id(&self, number: u32) -> &str {
        &self.ids[number as usize]
    }

    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.places.get(id).copied()
    }

    /// The ids of all drafts in their order, and the numbers there of each draft's own.
    pub(crate) fn merge<const N: usize>(drafts: [Draft; N]) -> (Self, [Vec<u32>; N]) {
        let mut ids: Vec<Box<str>> = drafts.iter().flat_map(|draft| draft.places.keys().cloned()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut places = HashMap::with_capacity(ids.len());
        ids.iter().enumerate().for_each(|(place, id)| {
            places.insert(id.clone(), place as u32);
        });
        let numbers = drafts.map(|draft| {
            let mut numbers = vec![0; draft.places.len()];
            for (id, number) in draft.places {
                numbers[number as usize] = places.get(&id).copied().unwrap_or_default();
            }
            numbers
        });
        (Self { ids, places }, numbers)
    }
}

/// Ids in the order in which they came.
#[derive(Default, Debug)]
pub(crate) struct Draft {
    places: HashMap<Box<str>, u32>,
}

impl Draft {
    pub(crate) fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.places.get(id) {
            return *number;
        }
        let number = self.places.len() as u32;
        self.places.insert(id.into(), number);
        number
    }
}

/// For each number a list of rows, in order and each once.
#[derive(Clone, Debug)]
pub(crate) struct Lists<T> {
    starts: Vec<u32>,
    rows: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { starts: vec![0], rows: Vec::new() }
    }
}

impl<T: Copy + Ord> Lists<T> {
    pub(crate) fn new(of: usize, mut pairs: Vec<(u32, T)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0; of + 1];
        for (number, _) in &pairs {
            starts[*number as usize + 1] += 1;
        }
        for place in 0..of {
            starts[place + 1] += starts[place];
        }
        Self { starts, rows: pairs.into_iter().map(|(_, row)| row).collect() }
    }

    pub(crate) fn of(&self, number: u32) -> &[T] {
        let place = number as usize;
        &self.rows[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// Every row with the number whose it is.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, T)> + '_ {
        (0..self.starts.len() as u32 - 1)
            .flat_map(move |number| self.of(number).iter().map(move |row| (number, *row)))
    }

    /// Without one row, where it is there.
    pub(crate) fn remove(&mut self, number: u32, row: &T) {
        let first = self.starts[number as usize] as usize;
        if let Ok(place) = self.of(number).binary_search(row) {
            self.rows.remove(first + place);
            self.starts[number as usize + 1..].iter_mut().for_each(|start| *start -= 1);
        }
    }
}
