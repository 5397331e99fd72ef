//! For each live issue the spans in which it is in scope, and those in which it misses each rule. Scope first, then rule by
//! rule.

use super::{
    bind::{Bound, BoundClause, BoundGoals, BoundRule, BoundTest, Holds},
    filter::Mode,
    matcher::{Matcher, Seen, Than},
    spans::{ALWAYS, Range, Samples, Span, Spans, add_rest, add_within, join},
};
use crate::columns::Values;
use weir_model::{Millis, State};

/// Lists that are used again for each issue.
#[derive(Debug, Default)]
struct Scratch {
    one: Spans,
    other: Spans,
    any: Spans,
    scope: Spans,
}

/// Issues that are in scope, and the spans in which they are.
#[derive(Debug, Default)]
pub(super) struct InScope {
    rows: Vec<u32>,
    ends: Vec<u32>,
    spans: Spans,
}

impl InScope {
    fn add(&mut self, row: usize, spans: &[Span]) {
        if !spans.is_empty() {
            self.rows.push(row as u32);
            self.spans.extend_from_slice(spans);
            self.ends.push(self.spans.len() as u32);
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of one of them in its chunk, and its spans.
    pub(super) fn get(&self, place: usize) -> (usize, &[Span]) {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        (self.rows[place] as usize, &self.spans[begin as usize..self.ends[place] as usize])
    }
}

impl Bound<'_> {
    /// The issues that are in scope at one of the instants.
    pub(super) fn in_scope(&self) -> InScope {
        let mut found = InScope::default();
        let mut scratch = Scratch::default();
        let count = self.plan.samples.count();
        for (row, _) in self.states.iter().enumerate().filter(|(_, state)| **state == State::Live) {
            let begin = self.created.get(row).map_or(0, |at| self.plan.samples.place(at.0));
            if begin < count {
                // Spans of one issue may meet those of another.
                scratch.scope.clear();
                let mut spans = std::mem::take(&mut scratch.scope);
                self.all(&self.scope, row, (begin, count), &mut spans, &mut scratch);
                found.add(row, &spans);
                scratch.scope = spans;
            }
        }
        found
    }

    /// Calls `each` with the place of each of these issues that misses a rule, and the spans in which it does.
    pub(super) fn misses(&self, rule: usize, of: &InScope, mut each: impl FnMut(usize, &[Span])) {
        let Some(rule) = self.rules.get(rule) else { return };
        let mut scratch = Scratch::default();
        let mut misses = Spans::new();
        let simple = rule.of_todays_values();
        for place in 0..of.len() {
            let (row, scope) = of.get(place);
            if let Some((values, table)) = simple {
                match table.holds(values.now(row)) {
                    Holds::Never => continue,
                    Holds::Always => {
                        each(place, scope);
                        continue;
                    }
                    Holds::Sometimes => {}
                }
            }
            misses.clear();
            scope.iter().for_each(|span| self.rule(rule, row, *span, &mut misses, &mut scratch));
            if !misses.is_empty() {
                each(place, &misses);
            }
        }
    }

    /// For a rule with goals, at the first instant: the goal in milliseconds, and when the response or the end came, if it has.
    pub(super) fn lateness(&self, rule: usize, row: usize) -> Option<(i64, Option<Millis>)> {
        let at = self.samples().first();
        let (goals, came) = match self.rules.get(rule)? {
            BoundRule::All(_) => return None,
            BoundRule::Response { goals, by } => {
                (goals, by.iter().filter_map(|instants| instants.get(row)).min().filter(|came| *came <= at))
            }
            BoundRule::Resolution { goals, values, done, .. } => {
                let (steps, before) = values.steps(row);
                let been = steps.partition_point(|step| *step <= at);
                let is_done = |step: usize| {
                    let place = before.get(step).copied().unwrap_or_else(|| values.now(row));
                    done.get(place as usize).copied().unwrap_or(false)
                };
                let entry = (0..=been).rev().take_while(|step| is_done(*step)).last();
                let since = |step: usize| {
                    step.checked_sub(1).map_or(self.created.get(row), |step| steps.get(step).copied())
                };
                (goals, entry.and_then(since))
            }
        };
        let mut scratch = Scratch::default();
        let holds = |clauses: &[BoundClause<'_>], scratch: &mut Scratch| {
            let mut found = Spans::new();
            self.all(clauses, row, (0, 1), &mut found, scratch);
            !found.is_empty()
        };
        let specific = goals.by.iter().find(|(clauses, _)| holds(clauses, &mut scratch));
        Some((specific.map_or(goals.otherwise, |(_, goal)| *goal), came))
    }

    /// When an issue was created.
    pub(super) fn created(&self, row: usize) -> Option<Millis> {
        self.created.get(row)
    }

    fn samples(&self) -> &Samples {
        &self.plan.samples
    }

    /// Adds the spans within `span` in which all clauses hold.
    fn all(
        &self,
        clauses: &[BoundClause<'_>],
        row: usize,
        span: Span,
        out: &mut Spans,
        scratch: &mut Scratch,
    ) {
        match clauses {
            [] => add_within(span, span.0, span.1, out),
            [one] => self.clause(one, row, span, out, &mut scratch.any),
            _ => {
                let Scratch { one, other, any, .. } = scratch;
                one.clear();
                one.push(span);
                for clause in clauses {
                    other.clear();
                    one.iter().for_each(|span| self.clause(clause, row, *span, other, any));
                    std::mem::swap(one, other);
                    if one.is_empty() {
                        return;
                    }
                }
                out.extend_from_slice(one);
            }
        }
    }

    fn clause(&self, clause: &BoundClause<'_>, row: usize, span: Span, out: &mut Spans, any: &mut Spans) {
        if let ([test], Mode::Include) = (clause.any.as_slice(), clause.mode) {
            return self.test(test, row, span, out);
        }
        any.clear();
        clause.any.iter().for_each(|test| self.test(test, row, span, any));
        join(any, 0);
        match clause.mode {
            Mode::Include => any.iter().for_each(|found| add_within(*found, span.0, span.1, out)),
            Mode::Exclude => add_rest(any, span.0, span.1, out),
        }
    }

    fn test(&self, test: &BoundTest<'_>, row: usize, span: Span, out: &mut Spans) {
        let samples = self.samples();
        let add = |range: Range, from, until, out: &mut Spans| {
            if range == ALWAYS {
                add_within((from, until), from, until, out);
            } else {
                add_within(samples.places(range), from, until, out);
            }
        };
        let held = |matcher: &Matcher, seen, from, until, out: &mut Spans| {
            add(matcher.range(seen, &self.plan.known), from, until, out);
        };
        let instant = |at: Option<Millis>| at.map_or(Seen::Nothing, Seen::Instant);
        match test {
            BoundTest::Value { values, table } => {
                let (at, before) = values.steps(row);
                if at.last().is_none_or(|last| *last <= samples.at(span.0)) {
                    return table.add(values.now(row), span.0, span.1, out);
                }
                self.segments(at, span, |place, from, until| {
                    let place = before.get(place).copied().unwrap_or_else(|| values.now(row));
                    table.add(place, from, until, out);
                });
            }
            BoundTest::Created { matcher } => {
                held(matcher, instant(self.created.get(row)), span.0, span.1, out)
            }
            BoundTest::Updated { updated, touched, matcher } => {
                let updated = updated.get(row);
                let begin = updated.map_or(span.1, |at| samples.place(at.0).clamp(span.0, span.1));
                if let Some(touched) = touched.as_ref().filter(|_| span.0 < begin) {
                    let touched = touched.get(row);
                    self.segments(&touched, (span.0, begin), |place, from, until| {
                        let last = place.checked_sub(1).and_then(|place| touched.get(place).copied());
                        held(matcher, instant(last), from, until, out);
                    });
                }
                if begin < span.1 {
                    held(matcher, instant(updated), begin, span.1, out);
                }
            }
            BoundTest::Changes { values, matcher } => {
                self.counted(values.steps(row).0, matcher, span, out);
            }
            BoundTest::Comments { comments, matcher } => self.counted(comments.get(row), matcher, span, out),
            BoundTest::Bounces { values, done, matcher } => {
                let (at, before) = values.steps(row);
                let is_done = |place: Option<&u32>| {
                    done.get(place.copied().unwrap_or_else(|| values.now(row)) as usize)
                        .copied()
                        .unwrap_or(false)
                };
                let left = |place: &usize| is_done(before.get(*place)) && !is_done(before.get(place + 1));
                let bounces: Vec<Millis> = (0..at.len()).filter(left).map(|place| at[place]).collect();
                self.counted(&bounces, matcher, span, out);
            }
            BoundTest::Elapsed { values, than, ms } => {
                let created = self.created.get(row);
                let at = values.map_or(&[][..], |values| values.steps(row).0);
                self.segments(at, span, |place, from, until| {
                    let changed = place.checked_sub(1).and_then(|place| at.get(place).copied());
                    let Some(since) = created.max(changed) else { return };
                    let range = match than {
                        Than::Greater => (since.0.saturating_add(*ms).saturating_add(1), i64::MAX),
                        Than::Less => (i64::MIN, since.0.saturating_add(*ms)),
                    };
                    add(range, from, until, out);
                });
            }
        }
    }

    /// Calls `each` for the spans between instants: with how many of them have been by then.
    fn segments(&self, at: &[Millis], span: Span, mut each: impl FnMut(usize, u32, u32)) {
        let (mut from, until) = span;
        if from >= until {
            return;
        }
        let first = self.samples().at(from);
        let been = at.partition_point(|at| *at <= first);
        for (place, at) in at.iter().enumerate().skip(been) {
            let end = self.samples().place(at.0).min(until);
            if end > from {
                each(place, from, end);
                from = end;
            }
            if from >= until {
                return;
            }
        }
        each(at.len(), from, until);
    }

    fn counted(&self, at: &[Millis], matcher: &Matcher, span: Span, out: &mut Spans) {
        self.segments(at, span, |count, from, until| {
            if matcher.range(Seen::Number(count as f64), &self.plan.known) == ALWAYS {
                add_within((from, until), from, until, out);
            }
        });
    }

    fn rule(&self, rule: &BoundRule<'_>, row: usize, span: Span, out: &mut Spans, scratch: &mut Scratch) {
        match rule {
            BoundRule::All(clauses) => self.all(clauses, row, span, out, scratch),
            BoundRule::Response { goals, by } => {
                let Some(created) = self.created.get(row) else { return };
                let response = by.iter().filter_map(|instants| instants.get(row)).min();
                self.with_goals(goals, row, span, out, scratch, |goal, span, out| {
                    let deadline = created.0.saturating_add(goal);
                    if response.is_none_or(|at| at.0 > deadline) {
                        let late = self.samples().place(deadline.saturating_add(1));
                        add_within((late, u32::MAX), span.0, span.1, out);
                    }
                });
            }
            BoundRule::Resolution { goals, values, done, left_out } => {
                let Some(created) = self.created.get(row) else { return };
                let walk = Walk { samples: self.samples(), values, done, left_out, row, created };
                self.with_goals(goals, row, span, out, scratch, |goal, span, out| walk.late(goal, span, out));
            }
        }
    }

    /// Calls `late` for the spans in which each goal holds.
    fn with_goals(
        &self,
        goals: &BoundGoals<'_>,
        row: usize,
        span: Span,
        out: &mut Spans,
        scratch: &mut Scratch,
        late: impl Fn(i64, Span, &mut Spans),
    ) {
        if goals.by.is_empty() {
            return late(goals.otherwise, span, out);
        }
        let (mut rest, mut found) = (vec![span], Spans::new());
        for (clauses, goal) in &goals.by {
            let mut of_goal = Spans::new();
            rest.iter().for_each(|span| self.all(clauses, row, *span, &mut of_goal, scratch));
            of_goal.iter().for_each(|span| late(*goal, *span, &mut found));
            let mut others = Spans::new();
            rest.iter().for_each(|span| add_rest(&of_goal, span.0, span.1, &mut others));
            rest = others;
        }
        rest.iter().for_each(|span| late(goals.otherwise, *span, &mut found));
        join(&mut found, 0);
        out.extend_from_slice(&found);
    }
}

/// The way of an issue through its statuses.
#[derive(Debug)]
struct Walk<'a> {
    samples: &'a Samples,
    values: &'a Values,
    done: &'a [bool],
    left_out: &'a [bool],
    row: usize,
    created: Millis,
}

impl Walk<'_> {
    /// Adds the spans in which it is, or was when it was done, later than the goal. Time in statuses that are left out does not
    /// count.
    fn late(&self, goal: i64, span: Span, out: &mut Spans) {
        let (at, before) = self.values.steps(self.row);
        let is = |of: &[bool], place: u32| of.get(place as usize).copied().unwrap_or(false);
        // Milliseconds that count until the present status began, and until the issue last became done.
        let (mut taken, mut when_done) = (0_i64, None);
        let (mut start, mut from) = (self.created, 0);
        for step in 0..=at.len() {
            let place = before.get(step).copied().unwrap_or_else(|| self.values.now(self.row));
            let end = at.get(step).map(|at| (*at).max(start));
            let until = at.get(step).map_or(u32::MAX, |at| self.samples.place(at.0));
            let is_left_out = is(self.left_out, place);
            if is(self.done, place) {
                if *when_done.get_or_insert(taken) > goal {
                    add_within((from, until), span.0, span.1, out);
                }
            } else {
                when_done = None;
                let late = if taken > goal {
                    0
                } else if is_left_out {
                    u32::MAX
                } else {
                    self.samples.place(start.0.saturating_add(goal - taken).saturating_add(1))
                };
                add_within((from.max(late), until), span.0, span.1, out);
            }
            if let Some(end) = end {
                if !is_left_out {
                    taken = taken.saturating_add(end.since(start));
                }
                start = end;
                from = until;
            }
        }
    }
}
