//! How healthy a backlog is: keeps what reports read as new as the rows it comes from, puts questions to it, and gives the same
//! answers to commands, API and pages.

mod ask;
mod blocked;
mod facts;
mod fresh;
mod known;
mod question;
mod words;

pub use ask::{HygieneIssue, HygieneReport, HygieneTrend, RuleLine, TrendPoint, issues, report, trend};
pub(crate) use blocked::excluded;
pub use facts::bring_up_to_date;
pub(crate) use fresh::{Fresh, Newly, Window, newly_missing};
pub(crate) use known::zone;
pub use question::{Asked, Question, field, group};
pub use weir_metrics::hygiene::{Every, Missed, Rule, RuleId};
pub use words::{definition, name_of, why};

use weir_store::StoreError;

fn unfit(detail: impl std::fmt::Display) -> StoreError {
    weir_model::Message::Bug { detail: format!("Facts of issues cannot be read: {detail}") }.into()
}
