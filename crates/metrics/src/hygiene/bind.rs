//! A plan put to the columns of a chunk. Values are compared once for each distinct value of the chunk; an issue then only
//! looks its places up.

use super::{
    filter::Mode,
    matcher::{Facet, Matcher, Than, activities, see},
    plan::{Clause, Counted, GoalTests, Plan, Since, Test, Wanted, column_of},
    spans::{ALWAYS, NEVER, Range, Span, Spans, add_within, join},
};
use crate::{
    Field,
    columns::{Chunk, ChunkError, Column, Events, Instants, Touched, ValueRef, Values},
};
use weir_model::{State, StatusCategory};

/// A plan and a chunk.
#[derive(Debug)]
pub(super) struct Bound<'a> {
    pub(super) plan: &'a Plan,
    pub(super) chunk: &'a Chunk,
    pub(super) states: &'a [State],
    pub(super) created: &'a Instants,
    pub(super) scope: Vec<BoundClause<'a>>,
    pub(super) rules: Vec<BoundRule<'a>>,
}

#[derive(Debug)]
pub(super) struct BoundClause<'a> {
    pub(super) any: Vec<BoundTest<'a>>,
    pub(super) mode: Mode,
}

#[derive(Debug)]
pub(super) enum BoundTest<'a> {
    Value { values: &'a Values, table: Table },
    Created { matcher: &'a Matcher },
    Updated { updated: &'a Instants, touched: Option<Touched<'a>>, matcher: &'a Matcher },
    Changes { values: &'a Values, matcher: &'a Matcher },
    Bounces { values: &'a Values, done: Vec<bool>, matcher: &'a Matcher },
    Comments { comments: &'a Events, matcher: &'a Matcher },
    Elapsed { values: Option<&'a Values>, than: Than, ms: i64 },
}

#[derive(Debug)]
pub(super) enum BoundRule<'a> {
    All(Vec<BoundClause<'a>>),
    Response { goals: BoundGoals<'a>, by: Vec<&'a Instants> },
    Resolution { goals: BoundGoals<'a>, values: &'a Values, done: Vec<bool>, left_out: Vec<bool> },
}

impl<'a> BoundRule<'a> {
    /// Where it is a comparison of one value that is the same at all instants.
    pub(super) fn of_todays_values(&self) -> Option<(&'a Values, &Table)> {
        match self {
            Self::All(clauses) => match clauses.as_slice() {
                [BoundClause { any, mode: Mode::Include }] => match any.as_slice() {
                    [BoundTest::Value { values, table }] if values.steps.is_none() => Some((values, table)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct BoundGoals<'a> {
    pub(super) by: Vec<(Vec<BoundClause<'a>>, i64)>,
    pub(super) otherwise: i64,
}

/// For each distinct value the spans in which a comparison holds.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) holds: Vec<Holds>,
    pub(super) starts: Vec<u32>,
    pub(super) spans: Spans,
}

/// How much of the time a comparison holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    Never,
    Always,
    Sometimes,
}

impl Table {
    pub(super) fn holds(&self, place: u32) -> Holds {
        self.holds.get(place as usize).copied().unwrap_or(Holds::Never)
    }

    /// Adds the part of a span in which the comparison holds for a value.
    pub(super) fn add(&self, place: u32, from: u32, until: u32, out: &mut Spans) {
        match self.holds(place) {
            Holds::Never => {}
            Holds::Always => add_within((from, until), from, until, out),
            Holds::Sometimes => {
                self.get(place).iter().for_each(|span| add_within(*span, from, until, out));
            }
        }
    }

    pub(super) fn get(&self, place: u32) -> &[Span] {
        let place = place as usize;
        match (self.starts.get(place), self.starts.get(place + 1)) {
            (Some(start), Some(end)) => &self.spans[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

impl<'a> Bound<'a> {
    /// # Errors
    /// When the chunk lacks a column that the plan reads.
    pub(super) fn new(plan: &'a Plan, chunk: &'a Chunk) -> Result<Self, ChunkError> {
        let binder = Binder { plan, chunk };
        Ok(Self {
            plan,
            chunk,
            states: chunk.states()?,
            created: chunk.instants(&Column::Created)?,
            scope: binder.clauses(&plan.scope)?,
            rules: plan.wanted.iter().map(|wanted| binder.rule(wanted)).collect::<Result<_, _>>()?,
        })
    }

    /// Number of an issue.
    pub(super) fn number(&self, row: usize) -> i64 {
        self.chunk.numbers().get(row).copied().unwrap_or_default()
    }
}

/// Puts tests to the columns of a chunk.
#[derive(Debug)]
struct Binder<'a> {
    plan: &'a Plan,
    chunk: &'a Chunk,
}

impl<'a> Binder<'a> {
    fn clauses(&self, clauses: &'a [Clause]) -> Result<Vec<BoundClause<'a>>, ChunkError> {
        let clause = |clause: &'a Clause| {
            let any = clause.any.iter().map(|test| self.test(test)).collect::<Result<_, _>>()?;
            Ok(BoundClause { any, mode: clause.mode })
        };
        clauses.iter().map(clause).collect()
    }

    fn test(&self, test: &'a Test) -> Result<BoundTest<'a>, ChunkError> {
        Ok(match test {
            Test::Value { field, facet, matcher } => {
                let values = self.values(field, false)?;
                BoundTest::Value { values, table: self.table(field, *facet, matcher, values) }
            }
            Test::Created(matcher) => BoundTest::Created { matcher },
            Test::Updated(matcher) => BoundTest::Updated {
                updated: self.chunk.instants(&Column::Updated)?,
                touched: if self.is_past() {
                    Some(self.chunk.touched(self.plan.samples.first())?)
                } else {
                    None
                },
                matcher,
            },
            Test::Count { of: Counted::Changes(field), matcher } => {
                BoundTest::Changes { values: self.values(field, true)?, matcher }
            }
            Test::Count { of: Counted::Bounces, matcher } => {
                let values = self.values(&Field::Status, true)?;
                BoundTest::Bounces { values, done: self.done(values), matcher }
            }
            Test::Count { of: Counted::Comments, matcher } => {
                BoundTest::Comments { comments: self.chunk.events(&Column::Comments)?, matcher }
            }
            Test::Elapsed { since, than, ms } => {
                let values = match since {
                    Since::Creation => None,
                    Since::Change(field) => Some(self.values(field, true)?),
                };
                BoundTest::Elapsed { values, than: *than, ms: *ms }
            }
        })
    }

    fn rule(&self, wanted: &'a Wanted) -> Result<BoundRule<'a>, ChunkError> {
        Ok(match wanted {
            Wanted::All(clauses) => BoundRule::All(self.clauses(clauses)?),
            Wanted::Response { goals, by } => BoundRule::Response {
                goals: self.goals(goals)?,
                by: by
                    .iter()
                    .map(|response| self.chunk.instants(&column_of(*response)))
                    .collect::<Result<_, _>>()?,
            },
            Wanted::Resolution { goals, left_out } => {
                let values = self.values(&Field::Status, self.plan.needs_entry_into_done(left_out))?;
                let is_left_out = |value: Option<ValueRef<'_>>| {
                    let seen = see(&Field::Status, Facet::Whole, value, &self.plan.known);
                    left_out.range(seen, &self.plan.known) == ALWAYS
                };
                BoundRule::Resolution {
                    goals: self.goals(goals)?,
                    values,
                    done: self.done(values),
                    left_out: values.distinct.iter().map(is_left_out).collect(),
                }
            }
        })
    }

    fn goals(&self, goals: &'a GoalTests) -> Result<BoundGoals<'a>, ChunkError> {
        let by = goals.by.iter().map(|(clauses, goal)| Ok((self.clauses(clauses)?, *goal)));
        Ok(BoundGoals { by: by.collect::<Result<_, _>>()?, otherwise: goals.otherwise })
    }

    /// A field, with its history where that is needed: to count in it, or to know values before today's.
    fn values(&self, field: &Field, to_count: bool) -> Result<&'a Values, ChunkError> {
        let values = self.chunk.values(field)?;
        let is_needed = field.has_history() && (to_count || self.is_past());
        if is_needed && values.steps.is_none() {
            return Err(ChunkError::Missing(Column::History(field.clone())));
        }
        Ok(values)
    }

    fn is_past(&self) -> bool {
        self.chunk.latest().is_some_and(|latest| self.plan.is_past(latest))
    }

    fn done(&self, values: &Values) -> Vec<bool> {
        let is_done =
            |value: Option<ValueRef<'_>>| self.plan.known.category(value) == Some(StatusCategory::Done);
        values.distinct.iter().map(is_done).collect()
    }

    fn table(&self, field: &Field, facet: Facet, matcher: &Matcher, values: &Values) -> Table {
        let known = &self.plan.known;
        let mut table = Table { holds: Vec::new(), starts: vec![0], spans: Spans::new() };
        let samples = &self.plan.samples;
        let whole = (0, samples.count());
        let is_missing = *matcher == Matcher::Missing && facet == Facet::Whole;
        for place in 0..values.distinct.len() as u32 {
            let begin = table.spans.len();
            if is_missing && values.distinct.is_something(place) {
                table.holds.push(Holds::Never);
                table.starts.push(begin as u32);
                continue;
            }
            let seen = see(field, facet, values.distinct.get(place), known);
            let add = |range: Range| Some(samples.places(range)).filter(|span| span.0 < span.1);
            let holds = match matcher.range(seen, known) {
                _ if *matcher == Matcher::Active => {
                    table.spans.extend(activities(seen, known).filter_map(add));
                    join(&mut table.spans, begin);
                    Holds::Sometimes
                }
                NEVER => Holds::Never,
                ALWAYS => Holds::Always,
                range => match add(range) {
                    None => Holds::Never,
                    Some(span) if span == whole => Holds::Always,
                    Some(span) => {
                        table.spans.push(span);
                        Holds::Sometimes
                    }
                },
            };
            table.holds.push(holds);
            table.starts.push(table.spans.len() as u32);
        }
        table
    }
}
