//! How healthy a backlog is: keeps what reports read as new as the rows it comes from, puts questions to it, and gives the same
//! answers to commands, API and pages.

mod ask;
mod blocked;
mod facts;
mod known;
mod question;
mod words;

pub use ask::{HygieneIssue, HygieneReport, HygieneTrend, RuleLine, TrendPoint, issues, report, trend};
pub use facts::bring_up_to_date;
pub use question::{Asked, Question, field};
pub use weir_metrics::hygiene::{Every, Missed, RuleId};
pub use words::{definition, name_of, why};

use weir_store::StoreError;

fn unfit(detail: impl std::fmt::Display) -> StoreError {
    weir_model::Message::Bug { detail: format!("Facts of issues cannot be read: {detail}") }.into()
}
