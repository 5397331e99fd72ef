//! Columns into what a scan walks over, and back into facts.

use super::{
    CHUNK, ChunkError, Column, Damage,
    bytes::{Kind, Reader, unzigzag},
    encode::{STATES, recent_since},
    values::{Distinct, ValueRef},
};
use crate::{
    Field, Value,
    facts::{IssueFacts, Step, Timeline},
};
use std::{borrow::Cow, collections::BTreeMap};
use weir_model::{Millis, State};

/// One instant of each issue.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Instants(Vec<Option<Millis>>);

impl Instants {
    /// That of an issue.
    pub fn get(&self, row: usize) -> Option<Millis> {
        self.0.get(row).copied().flatten()
    }
}

/// Several instants of each issue, in order.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Events {
    starts: Vec<u32>,
    at: Vec<Millis>,
}

impl Events {
    /// Those of an issue.
    pub fn get(&self, row: usize) -> &[Millis] {
        &self.at[range(&self.starts, row)]
    }
}

fn range(starts: &[u32], row: usize) -> std::ops::Range<usize> {
    match (starts.get(row), starts.get(row + 1)) {
        (Some(start), Some(end)) => *start as usize..*end as usize,
        _ => 0..0,
    }
}

/// Changes of a field: their instants and the places of the old values.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Steps {
    events: Events,
    before: Vec<u32>,
}

impl Steps {
    /// Instants and places of old values of an issue.
    pub fn get(&self, row: usize) -> (&[Millis], &[u32]) {
        let range = range(&self.events.starts, row);
        (&self.events.at[range.clone()], &self.before[range])
    }
}

/// A field: distinct values, and the places of today's and of old ones among them.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Values {
    pub(crate) distinct: Distinct,
    now: Vec<u32>,
    pub(crate) steps: Option<Steps>,
}

impl Values {
    /// The place of today's value of an issue.
    pub fn now(&self, row: usize) -> u32 {
        self.now.get(row).copied().unwrap_or(0)
    }

    /// The changes of an issue; none where the history was not given.
    pub fn steps(&self, row: usize) -> (&[Millis], &[u32]) {
        self.steps.as_ref().map_or((&[], &[]), |steps| steps.get(row))
    }

    /// The value of a place.
    pub fn value(&self, place: u32) -> Option<Value> {
        self.distinct.get(place).map(ValueRef::to_value)
    }
}

/// Instants at which anything happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched<'a> {
    before: Option<&'a Events>,
    recent: &'a Events,
}

impl<'a> Touched<'a> {
    /// Those of an issue, in order.
    pub(crate) fn get(&self, row: usize) -> Cow<'a, [Millis]> {
        let recent = self.recent.get(row);
        match self.before.map(|before| before.get(row)) {
            None | Some([]) => Cow::Borrowed(recent),
            Some(before) => Cow::Owned([before, recent].concat()),
        }
    }
}

/// A chunk, as far as its columns were given.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Chunk {
    numbers: Vec<i64>,
    latest: Option<Millis>,
    states: Option<Vec<State>>,
    instants: BTreeMap<Column, Instants>,
    events: BTreeMap<Column, Events>,
    values: BTreeMap<Field, Values>,
}

impl Chunk {
    /// Reads the columns that are given; `rows` has to be among them, and `now:FIELD` with each `history:FIELD`.
    ///
    /// # Errors
    /// When a blob is damaged, or one that is needed to read another is missing.
    pub fn decode<'a>(columns: impl IntoIterator<Item = (Column, &'a [u8])>) -> Result<Self, ChunkError> {
        let columns: BTreeMap<Column, &[u8]> = columns.into_iter().collect();
        let rows = columns.get(&Column::Rows).ok_or(ChunkError::Missing(Column::Rows))?;
        let mut chunk = Self::default();
        chunk.read_rows(rows).map_err(|source| ChunkError::Damaged { column: Column::Rows, source })?;
        // In order of columns, a history comes after today's values.
        for (column, blob) in columns {
            if let Column::History(field) = &column
                && !chunk.values.contains_key(field)
            {
                return Err(ChunkError::Missing(Column::Now(field.clone())));
            }
            chunk.read(&column, blob).map_err(|source| ChunkError::Damaged { column, source })?;
        }
        Ok(chunk)
    }

    /// How many issues it has.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Numbers of its issues, in order.
    pub fn numbers(&self) -> &[i64] {
        &self.numbers
    }

    /// The latest instant that any of its columns tells of: after it, everything is as it is today.
    pub fn latest(&self) -> Option<Millis> {
        self.latest
    }

    /// Instants at which anything happened, as far as they can be the last ones at `first` or later.
    ///
    /// # Errors
    /// When a column that is needed for that was not given.
    pub(crate) fn touched(&self, first: Millis) -> Result<Touched<'_>, ChunkError> {
        let is_recent = self.latest.is_none_or(|latest| recent_since(latest) <= first);
        let before = if is_recent { None } else { Some(self.events(&Column::TouchedBefore)?) };
        Ok(Touched { before, recent: self.events(&Column::Touched)? })
    }

    /// States of its issues.
    ///
    /// # Errors
    /// When the column was not given.
    pub fn states(&self) -> Result<&[State], ChunkError> {
        self.states.as_deref().ok_or(ChunkError::Missing(Column::State))
    }

    /// A column with one instant of each issue.
    ///
    /// # Errors
    /// When the column was not given, or is of another kind.
    pub fn instants(&self, column: &Column) -> Result<&Instants, ChunkError> {
        self.instants.get(column).ok_or_else(|| ChunkError::Missing(column.clone()))
    }

    /// A column with several instants of each issue.
    ///
    /// # Errors
    /// When the column was not given, or is of another kind.
    pub fn events(&self, column: &Column) -> Result<&Events, ChunkError> {
        self.events.get(column).ok_or_else(|| ChunkError::Missing(column.clone()))
    }

    /// A field.
    ///
    /// # Errors
    /// When the column of today's values was not given.
    pub fn values(&self, field: &Field) -> Result<&Values, ChunkError> {
        self.values.get(field).ok_or_else(|| ChunkError::Missing(Column::Now(field.clone())))
    }

    /// The facts of all its issues.
    ///
    /// # Errors
    /// When a column of the standard ones was not given.
    pub fn facts(&self) -> Result<Vec<IssueFacts>, ChunkError> {
        let states = self.states()?;
        let instants = |column| self.instants(&column);
        let (created, updated) = (instants(Column::Created)?, instants(Column::Updated)?);
        let first_status_change = instants(Column::FirstStatusChange)?;
        let (first_comment, first_assignment) =
            (instants(Column::FirstComment)?, instants(Column::FirstAssignment)?);
        let (before, touched) = (self.events(&Column::TouchedBefore)?, self.events(&Column::Touched)?);
        let comments = self.events(&Column::Comments)?;
        self.check_whole()?;
        let mut fields: Vec<_> =
            self.values.iter().map(|(field, values)| (field, timelines(values))).collect();
        let facts = self.numbers.iter().enumerate().map(|(row, no)| IssueFacts {
            no: *no,
            state: states.get(row).copied().unwrap_or(State::Live),
            created: created.get(row),
            updated: updated.get(row),
            touched: [before.get(row), touched.get(row)].concat(),
            comments: comments.get(row).to_vec(),
            first_status_change: first_status_change.get(row),
            first_comment: first_comment.get(row),
            first_assignment: first_assignment.get(row),
            fields: fields
                .iter_mut()
                .map(|(field, timelines)| ((*field).clone(), timelines.next().unwrap_or_default()))
                .collect(),
        });
        Ok(facts.collect())
    }

    /// The fields of which it has today's values.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.values.keys()
    }

    /// Whether no column of the standard ones, and no history, is missing.
    pub(super) fn check_whole(&self) -> Result<(), ChunkError> {
        self.states()?;
        for column in [Column::Created, Column::Updated, Column::FirstStatusChange] {
            self.instants(&column)?;
        }
        for column in [Column::FirstComment, Column::FirstAssignment] {
            self.instants(&column)?;
        }
        for column in [Column::Touched, Column::TouchedBefore, Column::Comments] {
            self.events(&column)?;
        }
        Field::standard().filter(Field::is_kept).try_for_each(|field| self.values(&field).map(|_| ()))?;
        let lacks_history =
            |(field, values): &(&Field, &Values)| field.has_history() && values.steps.is_none();
        match self.values.iter().find(lacks_history) {
            Some((field, _)) => Err(ChunkError::Missing(Column::History(field.clone()))),
            None => Ok(()),
        }
    }

    fn read_rows(&mut self, blob: &[u8]) -> Result<(), Damage> {
        let mut reader = Reader::open(blob, Kind::Rows)?;
        let count = reader.number()?;
        if count > CHUNK as u64 {
            return Err(Damage::Shape);
        }
        if count > 0 {
            if reader.byte()? != 0 {
                self.latest = Some(Millis(unzigzag(reader.number()?)));
            }
            let first = unzigzag(reader.number()?).checked_mul(CHUNK).ok_or(Damage::Shape)?;
            let mut place = 0;
            for (row, gap) in reader.numbers(count as usize)?.into_iter().enumerate() {
                let gap = i64::try_from(gap).map_err(|_| Damage::Shape)?;
                place = i64::checked_add(place, gap).ok_or(Damage::Shape)?;
                if place >= CHUNK || (row > 0 && gap == 0) {
                    return Err(Damage::Shape);
                }
                self.numbers.push(first.checked_add(place).ok_or(Damage::Shape)?);
            }
        }
        reader.finish()
    }

    fn read(&mut self, column: &Column, blob: &[u8]) -> Result<(), Damage> {
        match column {
            Column::Rows => {}
            Column::State => self.states = Some(self.read_states(blob)?),
            Column::Created
            | Column::Updated
            | Column::FirstStatusChange
            | Column::FirstComment
            | Column::FirstAssignment => {
                self.instants.insert(column.clone(), self.read_instants(blob)?);
            }
            Column::Touched | Column::TouchedBefore | Column::Comments => {
                let mut reader = Reader::open(blob, Kind::Events)?;
                let events = self.read_events(&mut reader)?;
                reader.finish()?;
                self.events.insert(column.clone(), events);
            }
            Column::Now(field) => {
                self.values.insert(field.clone(), self.read_now(blob)?);
            }
            Column::History(field) => self.read_history(field, blob)?,
        }
        Ok(())
    }

    fn expect_rows(&self, reader: &mut Reader<'_>) -> Result<usize, Damage> {
        let (expected, found) = (self.len(), reader.number()? as usize);
        if found == expected { Ok(found) } else { Err(Damage::Rows { expected, found }) }
    }

    fn read_states(&self, blob: &[u8]) -> Result<Vec<State>, Damage> {
        let mut reader = Reader::open(blob, Kind::States)?;
        let count = self.expect_rows(&mut reader)?;
        let state = |place: &u8| STATES.get(usize::from(*place)).copied().ok_or(Damage::Shape);
        let states = reader.bytes(count)?.iter().map(state).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(states)
    }

    fn read_instants(&self, blob: &[u8]) -> Result<Instants, Damage> {
        let mut reader = Reader::open(blob, Kind::Instants)?;
        let count = self.expect_rows(&mut reader)?;
        let there = reader.bytes(count.div_ceil(8))?;
        let is_there = |row: usize| there[row / 8] >> (row % 8) & 1 != 0;
        let mut steps = reader.numbers((0..count).filter(|row| is_there(*row)).count())?.into_iter();
        let mut last = 0_i64;
        let mut next = |row| {
            last = is_there(row).then(|| steps.next())?.map(|step| last.wrapping_add(unzigzag(step)))?;
            Some(Millis(last))
        };
        let instants = (0..count).map(&mut next).collect();
        reader.finish()?;
        Ok(Instants(instants))
    }

    fn read_events(&self, reader: &mut Reader<'_>) -> Result<Events, Damage> {
        let rows = self.expect_rows(reader)?;
        let count = reader.count()?;
        if count == 0 {
            return Ok(Events { starts: vec![0; rows + 1], at: Vec::new() });
        }
        let counts = reader.numbers(rows)?;
        let mut starts = Vec::with_capacity(rows + 1);
        let mut end = 0_u64;
        starts.push(0);
        for count in counts {
            end = end.checked_add(count).ok_or(Damage::Shape)?;
            starts.push(u32::try_from(end).map_err(|_| Damage::Shape)?);
        }
        if end != count as u64 {
            return Err(Damage::Shape);
        }
        let mut at = Vec::with_capacity(count);
        let (mut begin, mut last) = (0_i64, 0_i64);
        // Where the next issue begins that has any.
        let mut next = 0;
        let mut begins = starts.iter().copied();
        reader.each_number(count, |step| {
            if at.len() as u32 == next {
                begin = begin.wrapping_add(unzigzag(step));
                last = begin;
                next = begins.find(|begin| *begin > next).unwrap_or(u32::MAX);
            } else {
                last = last.checked_add_unsigned(step).ok_or(Damage::Shape)?;
            }
            at.push(Millis(last));
            Ok(())
        })?;
        Ok(Events { starts, at })
    }

    fn read_now(&self, blob: &[u8]) -> Result<Values, Damage> {
        let mut reader = Reader::open(blob, Kind::Now)?;
        let rows = self.expect_rows(&mut reader)?;
        let mut distinct = Distinct::default();
        distinct.take(&mut reader)?;
        let now = reader.codes(rows, distinct.len(), 0)?;
        reader.finish()?;
        Ok(Values { distinct, now, steps: None })
    }

    fn read_history(&mut self, field: &Field, blob: &[u8]) -> Result<(), Damage> {
        let mut reader = Reader::open(blob, Kind::History)?;
        let events = self.read_events(&mut reader)?;
        let values = self.values.get_mut(field).ok_or(Damage::Shape)?;
        let shift = values.distinct.len();
        values.distinct.take(&mut reader)?;
        let before = reader.codes(events.at.len(), values.distinct.len() - shift, shift)?;
        values.steps = Some(Steps { events, before });
        reader.finish()
    }
}

/// A field of every issue.
fn timelines(values: &Values) -> impl Iterator<Item = Timeline> {
    let distinct: Vec<Option<Value>> =
        values.distinct.iter().map(|value| value.map(ValueRef::to_value)).collect();
    (0..values.now.len()).map(move |row| {
        let value = |place: u32| distinct.get(place as usize).cloned().flatten();
        let (at, before) = values.steps(row);
        let steps = at.iter().zip(before).map(|(at, place)| Step { at: *at, before: value(*place) });
        Timeline { now: value(values.now(row)), steps: steps.collect() }
    })
}
