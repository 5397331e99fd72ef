//! A question, ready to be put to chunks.

use super::{
    condition::{Condition, Operand, Operator, RuleError},
    context::{Context, Known},
    filter::{Basis, Filter, Mode, Scope, Window},
    goals::Goals,
    matcher::{Facet, Matcher, Than, days},
    rule::{Check, Response, Rule, RuleId, check_rules},
    spans::Samples,
};
use crate::{
    Field, FieldTypes, ValueType,
    columns::{Column, RECENT},
};
use std::collections::BTreeSet;
use weir_model::Millis;

/// A test of an issue.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Test {
    /// Of the value of a field that is kept.
    Value { field: Field, facet: Facet, matcher: Matcher },
    /// Of its creation.
    Created(Matcher),
    /// Of the last time that anything happened.
    Updated(Matcher),
    /// Of a number of events.
    Count { of: Counted, matcher: Matcher },
    /// Of the time since something.
    Elapsed { since: Since, than: Than, ms: i64 },
}

/// Events that are counted.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Counted {
    Changes(Field),
    Bounces,
    Comments,
}

/// What time goes by since.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Since {
    Creation,
    /// The last change of a field, or creation where that is later.
    Change(Field),
}

/// One of these tests holds; or none, where it is turned round.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Clause {
    pub(super) any: Vec<Test>,
    pub(super) mode: Mode,
}

/// What a rule looks for.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Wanted {
    /// All of these hold.
    All(Vec<Clause>),
    Response {
        goals: GoalTests,
        by: BTreeSet<Response>,
    },
    Resolution {
        goals: GoalTests,
        left_out: Matcher,
    },
}

/// Goals in milliseconds; of those that are for an issue the first holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct GoalTests {
    pub(super) by: Vec<(Vec<Clause>, i64)>,
    pub(super) otherwise: i64,
}

/// Rules, a scope and instants, ready to be put to chunks.
#[derive(Debug)]
pub struct Plan {
    pub(super) samples: Samples,
    pub(super) known: Known,
    pub(super) scope: Vec<Clause>,
    pub(super) rules: Vec<Rule>,
    pub(super) wanted: Vec<Wanted>,
    pub(super) types: FieldTypes,
    pub(super) group: Option<(Field, Facet)>,
    /// Whether values that differ in the case of their letters alone are one group, as they are to filters.
    pub(super) folds: bool,
    ids: Vec<RuleId>,
    /// No issue that is done is in scope.
    leaves_out_done: bool,
}

impl Plan {
    /// A plan for some instants, in order. The last of them is when the report is made: what is active today is so then.
    ///
    /// # Errors
    /// When a rule or the scope cannot make sense.
    pub fn new(
        rules: &[Rule],
        scope: &Scope,
        context: &Context,
        instants: Vec<Millis>,
    ) -> Result<Self, RuleError> {
        check_rules(rules, &context.types)?;
        scope.check(&context.types)?;
        let samples = Samples::new(instants).ok_or(RuleError::Instants)?;
        let known = Known::new(context, samples.last());
        let compile = Compile { types: &context.types };
        Ok(Self {
            scope: compile.scope(scope),
            wanted: rules.iter().map(|rule| compile.rule(rule, &known)).collect(),
            ids: rules.iter().map(|rule| rule.id.clone()).collect(),
            rules: rules.to_vec(),
            types: context.types.clone(),
            leaves_out_done: scope.is_default() || scope.basis == Some(Basis::Open),
            group: None,
            folds: true,
            samples,
            known,
        })
    }

    /// The same, counted for each value of a field apart, as it is at the first instant. Of a list, an issue counts for each
    /// entry; an instant counts for its day. Values are the same where a filter takes them for the same.
    ///
    /// # Errors
    /// When the field is not known, or makes no groups.
    pub fn by(mut self, field: Field) -> Result<Self, RuleError> {
        match self.types.of(&field) {
            None => return Err(RuleError::UnknownField { field }),
            // Of a long text only the number of its words is kept.
            Some(ValueType::RichText) => return Err(RuleError::NoGroups { field }),
            Some(_) => {}
        }
        self.folds = self.types.of(&field) != Some(ValueType::Person);
        self.group = Some(match field {
            Field::StatusCategory => (Field::Status, Facet::Category),
            Field::SprintCount => (Field::Sprints, Facet::Length),
            _ if field.is_kept() => (field, Facet::Whole),
            _ => return Err(RuleError::NoGroups { field }),
        });
        Ok(self)
    }

    /// Ids of its rules, in the order of its counts.
    pub fn rules(&self) -> &[RuleId] {
        &self.ids
    }

    /// The instants that it asks about.
    pub fn instants(&self) -> &[Millis] {
        self.samples.all()
    }

    /// The columns that it reads from a chunk. `latest` is an instant after which nothing happened in the chunk (see
    /// [`crate::columns::Chunk::latest`]), or in all chunks; where it is known and not after the first instant that is asked
    /// about, histories are read only to count in them.
    pub fn columns(&self, latest: Option<Millis>) -> BTreeSet<Column> {
        let mut columns: BTreeSet<Column> = [Column::Rows, Column::State, Column::Created].into();
        let is_past = latest.is_none_or(|latest| self.is_past(latest));
        let is_long_past = latest.is_none_or(|latest| self.is_past(Millis(latest.0.saturating_sub(RECENT))));
        let field = |columns: &mut BTreeSet<Column>, field: &Field, history: bool| {
            columns.insert(Column::Now(field.clone()));
            if history && field.has_history() {
                columns.insert(Column::History(field.clone()));
            }
        };
        for test in self.tests() {
            match test {
                Test::Value { field: of, .. } => field(&mut columns, of, is_past),
                Test::Created(_) | Test::Elapsed { since: Since::Creation, .. } => {}
                Test::Updated(_) => {
                    columns.insert(Column::Updated);
                    if is_past {
                        columns.insert(Column::Touched);
                    }
                    if is_long_past {
                        columns.insert(Column::TouchedBefore);
                    }
                }
                Test::Count { of: Counted::Changes(of), .. } => field(&mut columns, of, true),
                Test::Elapsed { since: Since::Change(of), .. } => field(&mut columns, of, true),
                Test::Count { of: Counted::Bounces, .. } => field(&mut columns, &Field::Status, true),
                Test::Count { of: Counted::Comments, .. } => {
                    columns.insert(Column::Comments);
                }
            }
        }
        for wanted in &self.wanted {
            match wanted {
                Wanted::All(_) => {}
                Wanted::Response { by, .. } => columns.extend(by.iter().map(|response| column_of(*response))),
                Wanted::Resolution { left_out, .. } => {
                    let history = is_past || self.needs_entry_into_done(left_out);
                    field(&mut columns, &Field::Status, history);
                }
            }
        }
        if let Some((of, _)) = &self.group {
            field(&mut columns, of, is_past);
        }
        columns
    }

    /// Whether something that happens at `at` is after one of its instants.
    pub(super) fn is_past(&self, at: Millis) -> bool {
        at > self.samples.first()
    }

    /// Whether the rule for resolution looks at the history of the status even when that has not changed since.
    pub(super) fn needs_entry_into_done(&self, left_out: &Matcher) -> bool {
        !self.leaves_out_done || *left_out != Matcher::Texts(Vec::new())
    }

    fn tests(&self) -> impl Iterator<Item = &Test> {
        let of_rules = self.wanted.iter().flat_map(|wanted| -> Vec<&Clause> {
            match wanted {
                Wanted::All(clauses) => clauses.iter().collect(),
                Wanted::Response { goals, .. } | Wanted::Resolution { goals, .. } => {
                    goals.by.iter().flat_map(|(clauses, _)| clauses).collect()
                }
            }
        });
        self.scope.iter().chain(of_rules).flat_map(|clause| &clause.any)
    }
}

/// The column that tells of a way to respond.
pub(super) fn column_of(response: Response) -> Column {
    match response {
        Response::StatusChange => Column::FirstStatusChange,
        Response::Comment => Column::FirstComment,
        Response::Assignment => Column::FirstAssignment,
    }
}

/// Conditions into tests.
#[derive(Debug)]
pub(super) struct Compile<'a> {
    pub(super) types: &'a FieldTypes,
}

impl Compile<'_> {
    fn scope(&self, scope: &Scope) -> Vec<Clause> {
        let category = |word: &str| self.condition(&is(Field::StatusCategory, word));
        let open = || {
            let operator = Operator::IsNot(Operand::Text("done".into()));
            self.condition(&Condition { field: Field::StatusCategory, operator })
        };
        let basis = match &scope.basis {
            None if scope.is_default() => Some(open()),
            Some(Basis::Open) => Some(open()),
            None | Some(Basis::All) => None,
            Some(Basis::Created(window)) => Some(clause(Test::Created(within(window)))),
            Some(Basis::Updated(window)) => Some(clause(Test::Updated(within(window)))),
            Some(Basis::ActiveSprint) => Some(clause(Test::Value {
                field: Field::Sprints,
                facet: Facet::Whole,
                matcher: Matcher::Active,
            })),
            Some(Basis::InProgress) => Some(category("in_progress")),
            Some(Basis::Backlog) => Some(category("todo")),
        };
        basis.into_iter().chain(scope.filters.iter().map(|filter| self.filter(filter))).collect()
    }

    fn filter(&self, filter: &Filter) -> Clause {
        Clause {
            any: filter.conditions().map(|condition| self.test(&condition)).collect(),
            mode: filter.mode,
        }
    }

    pub(super) fn condition(&self, condition: &Condition) -> Clause {
        clause(self.test(condition))
    }

    fn test(&self, condition: &Condition) -> Test {
        let field = condition.field.clone();
        match &condition.operator {
            Operator::ChangedMoreThan(times) => {
                let matcher = Matcher::Number(Than::Greater, *times as f64);
                return Test::Count { of: Counted::Changes(field), matcher };
            }
            Operator::NotChangedFor(ago) => {
                return Test::Elapsed { since: Since::Change(field), than: Than::Greater, ms: days(*ago) };
            }
            _ => {}
        }
        let holds = self.types.of(&field).unwrap_or(ValueType::Text);
        let matcher = Matcher::new(&condition.operator, holds).unwrap_or(Matcher::Missing);
        let elapsed = |since, matcher| match matcher {
            Matcher::Number(than, ago) => Test::Elapsed { since, than, ms: days(ago) },
            _ => Test::Elapsed { since, than: Than::Greater, ms: i64::MAX },
        };
        match field {
            Field::Created => Test::Created(matcher),
            Field::Updated => Test::Updated(matcher),
            Field::Hops => Test::Count { of: Counted::Changes(Field::Assignee), matcher },
            Field::Bounces => Test::Count { of: Counted::Bounces, matcher },
            Field::CommentCount => Test::Count { of: Counted::Comments, matcher },
            Field::AgeDays => elapsed(Since::Creation, matcher),
            Field::DaysInStatus => elapsed(Since::Change(Field::Status), matcher),
            Field::SprintCount => Test::Value { field: Field::Sprints, facet: Facet::Length, matcher },
            Field::StatusCategory => Test::Value { field: Field::Status, facet: Facet::Category, matcher },
            field => Test::Value { field, facet: Facet::Whole, matcher },
        }
    }

    fn rule(&self, rule: &Rule, known: &Known) -> Wanted {
        match &rule.check {
            Check::MissedResponseTime { goals, by } => {
                Wanted::Response { goals: self.goals(goals), by: by.clone() }
            }
            Check::MissedResolutionTime { goals, left_out } => Wanted::Resolution {
                goals: self.goals(goals),
                left_out: Matcher::one_of(left_out.iter().map(String::as_str)),
            },
            Check::InactiveAssignee => Wanted::All(vec![clause(Test::Value {
                field: Field::Assignee,
                facet: Facet::Whole,
                matcher: Matcher::Ids(known.inactive.clone()),
            })]),
            check => {
                let only: &[Filter] = if let Check::Custom(custom) = check { &custom.only } else { &[] };
                let conditions = check.conditions();
                let conditions = conditions.iter().map(|condition| self.condition(condition));
                Wanted::All(conditions.chain(only.iter().map(|filter| self.filter(filter))).collect())
            }
        }
    }

    fn goals(&self, goals: &Goals) -> GoalTests {
        let by = goals.most_specific_first().into_iter().map(|goal| {
            let named = [
                (Field::Project, &goal.project),
                (Field::Type, &goal.kind),
                (Field::Priority, &goal.priority),
            ];
            let named = named.into_iter().filter_map(|(field, name)| Some(is(field, name.as_deref()?)));
            (named.map(|condition| self.condition(&condition)).collect(), days(goal.days))
        });
        GoalTests { by: by.collect(), otherwise: days(goals.days) }
    }
}

fn clause(test: Test) -> Clause {
    Clause { any: vec![test], mode: Mode::Include }
}

fn is(field: Field, text: &str) -> Condition {
    Condition { field, operator: Operator::Equals(Operand::Text(text.to_owned())) }
}

fn within(window: &Window) -> Matcher {
    match window {
        Window::LastDays(ago) => Matcher::InLast(days(*ago)),
        Window::Between { from, until } => Matcher::Between(from.0, until.0),
    }
}
