//! Instants that are asked about, and spans of them. A span is a half-open range of places in the list of instants; spans
//! are in order and do not touch.

use weir_model::Millis;

/// Half-open range of milliseconds.
pub(super) type Range = (i64, i64);

/// Every instant.
pub(super) const ALWAYS: Range = (i64::MIN, i64::MAX);
/// None.
pub(super) const NEVER: Range = (0, 0);

/// Places of instants, from and until before.
pub(super) type Span = (u32, u32);

/// Spans in order.
pub(super) type Spans = Vec<Span>;

/// Whether the first instant is within.
pub(super) fn hold_first(spans: &[Span]) -> bool {
    spans.first().is_some_and(|span| span.0 == 0)
}

/// The instants that are asked about, in order, each once.
#[derive(Clone, Debug)]
pub(super) struct Samples(Vec<Millis>);

impl Samples {
    /// `None` where there are none, where they are not in order, or where there are too many to be counted.
    pub(super) fn new(instants: Vec<Millis>) -> Option<Self> {
        let in_order = instants.windows(2).all(|pair| pair[0] < pair[1]);
        (in_order && !instants.is_empty() && u32::try_from(instants.len()).is_ok()).then_some(Self(instants))
    }

    pub(super) fn all(&self) -> &[Millis] {
        &self.0
    }

    pub(super) fn count(&self) -> u32 {
        self.0.len() as u32
    }

    pub(super) fn at(&self, place: u32) -> Millis {
        self.0.get(place as usize).copied().unwrap_or(Millis(i64::MAX))
    }

    pub(super) fn first(&self) -> Millis {
        self.at(0)
    }

    pub(super) fn last(&self) -> Millis {
        self.at(self.count() - 1)
    }

    /// The place of the first instant that is not before `at`.
    pub(super) fn place(&self, at: i64) -> u32 {
        if at <= self.0[0].0 {
            return 0;
        }
        if at > self.last().0 {
            return self.count();
        }
        self.0.partition_point(|sample| sample.0 < at) as u32
    }

    /// Places of the instants within a range of milliseconds.
    pub(super) fn places(&self, range: Range) -> Span {
        (self.place(range.0), self.place(range.1))
    }
}

/// Adds the part of `span` that lies within `(from, until)`; spans have to come in order.
pub(super) fn add_within(span: Span, from: u32, until: u32, out: &mut Spans) {
    let (from, until) = (span.0.max(from), span.1.min(until));
    if from >= until {
        return;
    }
    match out.last_mut() {
        Some(last) if last.1 == from => last.1 = until,
        _ => out.push((from, until)),
    }
}

/// Brings spans in any order into order from the place `begin` of the list on, and joins those that meet.
pub(super) fn join(spans: &mut Spans, begin: usize) {
    let Some(added) = spans.get_mut(begin..) else { return };
    if added.len() < 2 {
        return;
    }
    added.sort_unstable();
    let mut end = begin;
    for at in begin + 1..spans.len() {
        let span = spans[at];
        if span.0 <= spans[end].1 {
            spans[end].1 = spans[end].1.max(span.1);
        } else {
            end += 1;
            spans[end] = span;
        }
    }
    spans.truncate(end + 1);
}

/// Adds what of `(from, until)` is in none of `spans`.
pub(super) fn add_rest(spans: &[Span], from: u32, until: u32, out: &mut Spans) {
    let mut begin = from;
    for span in spans {
        add_within((begin, span.0), from, until, out);
        begin = span.1;
    }
    add_within((begin, until), from, until, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_places() {
        let samples = Samples::new(vec![Millis(10), Millis(20), Millis(30)]).unwrap();
        assert_eq!([9, 10, 11, 20, 30, 31].map(|at| samples.place(at)), [0, 0, 1, 1, 2, 3]);
        assert_eq!(samples.places(ALWAYS), (0, 3));
        assert_eq!(samples.places((11, 30)), (1, 2));
        assert!(Samples::new(Vec::new()).is_none());
        assert!(Samples::new(vec![Millis(1), Millis(1)]).is_none());
    }

    #[test]
    fn spans_are_joined_and_turned_round() {
        let mut spans = vec![(0, 9), (5, 6), (1, 2), (2, 4), (6, 7)];
        join(&mut spans, 1);
        assert_eq!(spans, [(0, 9), (1, 4), (5, 7)]);
        let mut rest = Vec::new();
        add_rest(&spans[1..], 0, 10, &mut rest);
        assert_eq!(rest, [(0, 1), (4, 5), (7, 10)]);
        let mut none = Vec::new();
        add_rest(&[(0, 10)], 0, 10, &mut none);
        assert!(none.is_empty());
    }
}
