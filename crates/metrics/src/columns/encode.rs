//! Facts into columns.

use super::{
    CHUNK, Chunk, ChunkError, Column, Values,
    bytes::{Kind, Writer, zigzag},
    chunk_of,
    values::Dictionary,
};
use crate::{
    Field,
    facts::{IssueFacts, Timeline},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};
use weir_model::{Millis, State};

pub(super) const STATES: [State; 6] =
    [State::Live, State::Gone, State::Deleted, State::Hidden, State::OutOfScope, State::Removed];

/// The columns of a chunk from the facts of its issues, which are of one chunk and in order of number (see
/// [`super::replaced`]); issues of another chunk than the first, or out of order, are left out. A field that only some of
/// the issues have holds nothing for the others.
pub fn encode(facts: &[IssueFacts]) -> BTreeMap<Column, Vec<u8>> {
    let mut rows: Vec<(i64, Row<'_>)> = Vec::with_capacity(facts.len());
    for facts in facts {
        if rows.last().is_none_or(|(last, _)| *last < facts.no && chunk_of(*last) == chunk_of(facts.no)) {
            rows.push((facts.no, Row::New(facts)));
        }
    }
    Writing { rows, old: &Chunk::default() }.columns()
}

/// The columns of a chunk in which the facts of some issues are replaced by newer ones, new ones are added, and those of
/// `gone` are left out. The same as [`encode`] of [`super::replaced`], and much faster: what stays is copied as it was written.
/// Newer facts of another chunk are left out.
///
/// # Errors
/// When the chunk lacks a column.
pub fn encode_replacing(
    old: &Chunk,
    newer: &[IssueFacts],
    gone: &[i64],
) -> Result<BTreeMap<Column, Vec<u8>>, ChunkError> {
    old.check_whole()?;
    let mut rows: BTreeMap<i64, Row<'_>> =
        old.numbers().iter().enumerate().map(|(row, no)| (*no, Row::Old(row))).collect();
    let chunk = old.numbers().first().or(newer.first().map(|facts| &facts.no)).map(|no| chunk_of(*no));
    let newer = newer.iter().filter(|facts| Some(chunk_of(facts.no)) == chunk);
    rows.extend(newer.map(|facts| (facts.no, Row::New(facts))));
    gone.iter().for_each(|no| _ = rows.remove(no));
    Ok(Writing { rows: rows.into_iter().collect(), old }.columns())
}

/// An issue that is written: anew, or as a row of a chunk has it.
#[derive(Clone, Copy, Debug)]
enum Row<'a> {
    New(&'a IssueFacts),
    Old(usize),
}

/// A chunk that is written.
#[derive(Debug)]
struct Writing<'a> {
    rows: Vec<(i64, Row<'a>)>,
    old: &'a Chunk,
}

impl<'a> Writing<'a> {
    fn columns(&self) -> BTreeMap<Column, Vec<u8>> {
        let latest = self.latest();
        let mut columns = BTreeMap::new();
        columns.insert(Column::Rows, self.numbers(latest));
        columns.insert(Column::State, self.states());
        let mut instants = |column: Column, of: fn(&IssueFacts) -> Option<Millis>| {
            let old = self.old.instants(&column).ok();
            let written = instants(self.rows.iter().map(|(_, row)| match row {
                Row::New(facts) => of(facts),
                Row::Old(row) => old.and_then(|old| old.get(*row)),
            }));
            columns.insert(column, written);
        };
        instants(Column::Created, |facts| facts.created);
        instants(Column::Updated, |facts| facts.updated);
        instants(Column::FirstStatusChange, |facts| facts.first_status_change);
        instants(Column::FirstComment, |facts| facts.first_comment);
        instants(Column::FirstAssignment, |facts| facts.first_assignment);
        let recent = latest.map_or(0, |at| recent_since(at).0);
        let touched: Vec<Cow<'_, [Millis]>> = self.rows.iter().map(|(_, row)| self.touched(*row)).collect();
        let parts = |touched: &[Millis]| touched.partition_point(|at| at.0 < recent).saturating_sub(1);
        columns.insert(Column::Touched, events(touched.iter().map(|all| &all[parts(all)..])));
        columns.insert(Column::TouchedBefore, events(touched.iter().map(|all| &all[..parts(all)])));
        let comments = self.old.events(&Column::Comments).ok();
        let comments = events(self.rows.iter().map(|(_, row)| match row {
            Row::New(facts) => facts.comments.as_slice(),
            Row::Old(row) => comments.map_or(&[][..], |comments| comments.get(*row)),
        }));
        columns.insert(Column::Comments, comments);
        let none = Values::default();
        for (field, timelines) in self.by_field() {
            let old = self.old.values(&field).unwrap_or(&none);
            columns.insert(Column::Now(field.clone()), self.now(old, &timelines));
            if field.has_history() {
                columns.insert(Column::History(field), self.history(old, &timelines));
            }
        }
        columns
    }

    fn new_facts(&self) -> impl Iterator<Item = &'a IssueFacts> {
        self.rows.iter().filter_map(|(_, row)| match row {
            Row::New(facts) => Some(*facts),
            Row::Old(_) => None,
        })
    }

    /// The latest instant that anything tells of, or one after it: that of what is replaced is not looked for anew.
    fn latest(&self) -> Option<Millis> {
        self.new_facts().filter_map(latest).max().max(self.old.latest())
    }

    fn touched(&self, row: Row<'a>) -> Cow<'a, [Millis]> {
        match row {
            Row::New(facts) => Cow::Borrowed(&facts.touched),
            Row::Old(row) => {
                let all = self.old.touched(Millis(i64::MIN));
                all.map_or(Cow::Borrowed(&[]), |touched| touched.get(row))
            }
        }
    }

    fn numbers(&self, latest: Option<Millis>) -> Vec<u8> {
        let mut out = Writer::new(Kind::Rows);
        out.number(self.rows.len() as u64);
        if let Some((first, _)) = self.rows.first() {
            out.byte(latest.is_some().into());
            latest.iter().for_each(|at| out.number(zigzag(at.0)));
            out.number(zigzag(chunk_of(*first)));
            let places: Vec<u64> = self.rows.iter().map(|(no, _)| no.rem_euclid(CHUNK) as u64).collect();
            out.numbers(&gaps(&places));
        }
        out.finish()
    }

    fn states(&self) -> Vec<u8> {
        let mut out = Writer::new(Kind::States);
        out.number(self.rows.len() as u64);
        let old = self.old.states().unwrap_or(&[]);
        for (_, row) in &self.rows {
            let state = match row {
                Row::New(facts) => facts.state,
                Row::Old(row) => old.get(*row).copied().unwrap_or(State::Live),
            };
            out.byte(STATES.iter().position(|known| *known == state).unwrap_or(0) as u8);
        }
        out.finish()
    }

    /// The fields of the new facts, turned round. Most issues have the same fields, in the same order.
    fn by_field(&self) -> Vec<(Field, Vec<&'a Timeline>)> {
        static EMPTY: Timeline = Timeline { now: None, steps: Vec::new() };
        let added = self
            .new_facts()
            .flat_map(|facts| facts.fields.keys().rev().take_while(|field| !is_standard(field)));
        let mut fields: BTreeSet<Field> = Field::standard().filter(Field::is_kept).collect();
        for field in added.chain(self.old.fields()) {
            if !fields.contains(field) {
                fields.insert(field.clone());
            }
        }
        let mut all: Vec<_> = fields.into_iter().map(|field| (field, Vec::new())).collect();
        for facts in self.new_facts() {
            let mut own = facts.fields.iter().peekable();
            for (field, timelines) in &mut all {
                while own.next_if(|(own, _)| *own < field).is_some() {}
                timelines
                    .push(own.next_if(|(own, _)| *own == field).map_or(&EMPTY, |(_, timeline)| timeline));
            }
        }
        all
    }

    fn now(&self, old: &Values, timelines: &[&Timeline]) -> Vec<u8> {
        let mut dictionary = Dictionary::default();
        let mut carried = Carried::new(old);
        let mut timelines = timelines.iter();
        let codes: Vec<u32> = self
            .rows
            .iter()
            .map(|(_, row)| match row {
                Row::New(_) => dictionary.place(timelines.next().and_then(|timeline| timeline.now.as_ref())),
                Row::Old(row) => carried.place(old.now(*row), &mut dictionary),
            })
            .collect();
        let mut out = Writer::new(Kind::Now);
        out.number(codes.len() as u64);
        put_codes(&mut out, dictionary, &codes);
        out.finish()
    }

    fn history(&self, old: &Values, timelines: &[&Timeline]) -> Vec<u8> {
        let mut dictionary = Dictionary::default();
        let mut carried = Carried::new(old);
        let mut timelines = timelines.iter();
        let (mut counts, mut steps, mut codes) =
            (Vec::with_capacity(self.rows.len()), Vec::new(), Vec::new());
        let mut begin = 0;
        for (_, row) in &self.rows {
            let before = codes.len();
            match row {
                Row::New(_) => {
                    let of_issue = timelines.next().map_or(&[][..], |timeline| timeline.steps.as_slice());
                    put_ascending(of_issue.iter().map(|step| step.at), &mut begin, &mut steps);
                    codes.extend(of_issue.iter().map(|step| dictionary.place(step.before.as_ref())));
                }
                Row::Old(row) => {
                    let (at, places) = old.steps(*row);
                    put_ascending(at.iter().copied(), &mut begin, &mut steps);
                    codes.extend(places.iter().map(|place| carried.place(*place, &mut dictionary)));
                }
            }
            counts.push((codes.len() - before) as u64);
        }
        let mut out = Writer::new(Kind::History);
        put_counts(&mut out, &counts, &steps);
        put_codes(&mut out, dictionary, &codes);
        out.finish()
    }
}

/// Values of a chunk that are written again: each is copied once.
#[derive(Debug)]
struct Carried<'a> {
    values: &'a Values,
    places: Vec<Option<u32>>,
}

impl<'a> Carried<'a> {
    fn new(values: &'a Values) -> Self {
        Self { values, places: vec![None; values.distinct.len()] }
    }

    fn place(&mut self, old: u32, dictionary: &mut Dictionary) -> u32 {
        let Some(known) = self.places.get_mut(old as usize) else { return 0 };
        *known.get_or_insert_with(|| {
            self.values.distinct.written(old).map_or(0, |written| dictionary.place_of(written))
        })
    }
}

fn put_codes(out: &mut Writer, dictionary: Dictionary, codes: &[u32]) {
    let (count, bytes) = dictionary.finish();
    out.number(count as u64);
    out.bytes(&bytes);
    out.codes(codes, count + 1);
}

/// Mapped fields come after all others.
fn is_standard(field: &Field) -> bool {
    !matches!(field, Field::Custom(_))
}

/// From when on things are recent in a chunk whose latest instant is this.
pub(super) fn recent_since(latest: Millis) -> Millis {
    Millis(latest.0.saturating_sub(super::RECENT))
}

/// The latest instant that the facts of an issue tell of.
fn latest(facts: &IssueFacts) -> Option<Millis> {
    let changes = facts.fields.values().filter_map(|field| field.steps.last()).map(|step| step.at);
    let all = [facts.created, facts.updated, facts.touched.last().copied(), facts.comments.last().copied()];
    all.into_iter().flatten().chain(changes).max()
}

fn gaps(places: &[u64]) -> Vec<u64> {
    let before = [0].iter().chain(places);
    places.iter().zip(before).map(|(place, before)| place - before).collect()
}

fn instants(all: impl ExactSizeIterator<Item = Option<Millis>>) -> Vec<u8> {
    let mut out = Writer::new(Kind::Instants);
    out.number(all.len() as u64);
    let mut there = vec![0_u8; all.len().div_ceil(8)];
    let mut steps = Vec::new();
    let mut last = 0_i64;
    for (row, at) in all.enumerate() {
        if let Some(at) = at {
            there[row / 8] |= 1 << (row % 8);
            steps.push(zigzag(at.0.wrapping_sub(last)));
            last = at.0;
        }
    }
    out.bytes(&there);
    out.numbers(&steps);
    out.finish()
}

fn events<'a>(all: impl ExactSizeIterator<Item = &'a [Millis]>) -> Vec<u8> {
    let mut out = Writer::new(Kind::Events);
    let (mut counts, mut steps, mut begin) = (Vec::with_capacity(all.len()), Vec::new(), 0);
    for events in all {
        counts.push(events.len() as u64);
        put_ascending(events.iter().copied(), &mut begin, &mut steps);
    }
    put_counts(&mut out, &counts, &steps);
    out.finish()
}

/// The first as its distance from the first before it, of another issue; the others from the one before.
fn put_ascending(events: impl Iterator<Item = Millis>, begin: &mut i64, steps: &mut Vec<u64>) {
    let mut last = None;
    for at in events {
        match last {
            None => {
                steps.push(zigzag(at.0.wrapping_sub(*begin)));
                *begin = at.0;
            }
            Some(last) => steps.push(at.0.wrapping_sub(last) as u64),
        }
        last = Some(at.0);
    }
}

fn put_counts(out: &mut Writer, counts: &[u64], steps: &[u64]) {
    out.number(counts.len() as u64);
    out.number(steps.len() as u64);
    if !steps.is_empty() {
        out.numbers(counts);
        out.numbers(steps);
    }
}
