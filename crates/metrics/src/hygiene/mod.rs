//! How healthy a backlog is: which issues meet a state that nobody wants, today and as it was then.
//!
//! A [`Rule`] says which state is a miss, a [`Scope`] which issues are asked about, a [`Context`] what is known of people,
//! statuses and sprints. A [`Plan`] puts them together for one instant or many; it names the columns that it reads, and
//! scans chunks one by one, in any order and side by side. The counts of chunks are merged; [`Weights`] make a score of
//! them afterwards.
//!
//! For one instant and for many the same code answers: for each issue and rule the spans of instants at which the answer
//! is yes. What has no history is taken as it is today: the state of an issue, the account of a person, categories of
//! statuses, sub-tasks and creators.

mod bind;
mod condition;
mod context;
mod evaluate;
mod filter;
mod goals;
mod matcher;
mod plan;
mod report;
mod rule;
mod score;
mod spans;
mod text;
mod trend;
mod why;

pub use condition::{Condition, Operand, Operator, OperatorKind, RuleError};
pub use context::Context;
pub use filter::{Basis, Filter, Mode, Scope, Window};
pub use goals::{Goal, Goals};
pub use plan::Plan;
pub use report::{Counts, Tally, Warning, count, groups};
pub use rule::{BuiltIn, Check, CustomRule, Response, Rule, RuleId, check_rules};
pub use score::{NotCounted, RuleScore, Score, WeightError, Weights};
pub use text::{Names, TextError};
pub use trend::{Every, Series, count_over_time, instants};
pub use why::{Explained, Missed, Reason, explain, members, newest};
