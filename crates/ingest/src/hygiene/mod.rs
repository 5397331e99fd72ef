//! Hygiene of an integration: facts are made as new as its rows, and questions are put to them. The same answers for commands, API
//! and pages. What is kept holds where a question says nothing else: rules of its own, thresholds, goals and weights.

mod ask;
mod behind;
mod blocked;
mod called;
mod facts;
mod fed;
mod fresh;
mod goals_for_none;
mod known;
mod not_asked;
mod preview;
mod question;
mod recent;
mod refusal;
mod report_issues;
mod reports;
mod rules;
mod scan;
mod settings;
mod words;

pub use ask::{
    Compared, GroupLine, HygieneReport, HygieneTrend, NoScore, RuleLine, TrendPoint, report,
    report_with_groups, trend,
};
pub use behind::{Behind, Change, Left, Total, When, issues, total};
pub use blocked::{Blocked, BlockedBecause, blocked_of};
pub(crate) use blocked::{excluded, not_known};
pub use called::{RuleOf, weighable};
pub use facts::bring_up_to_date;
pub(crate) use facts::keep_up;
pub(crate) use fresh::{Fresh, Newly, Window, newly_missing};
pub use goals_for_none::goals_for_none;
pub use known::KnownFields;
pub(crate) use known::zone;
pub use not_asked::NotAsked;
pub use preview::{Preview, PreviewWarning, PreviewWeek, preview};
pub use question::{
    Asked, Question, field, filter, filter_for, group, listed, parted, points, scope, unlisted,
};
pub use recent::Recent;
pub use refusal::Refused;
pub use report_issues::{ReportIssues, ReportPart, report_issues};
pub use reports::{
    MOST_COMPARED_DAYS, SavedQuestion, SavedReport, SavedResult, add_report, change_report, open_report,
    saved_report, saved_reports, troubles,
};
pub use rules::{
    ComparisonWish, ConditionWish, FilterWish, LONGEST_RULE, MOST_RULES, OwnRule, RuleWish, add_rule,
    change_rule, condition_of, delete_rule, own_rule, own_rules, rule_of_words,
};
pub use settings::{
    Base, Held, HygieneSettings, INSTALLATION, MOST_GOALS, Origin, ResolutionSettings, ResponseSettings,
    giving, goal_of, keep_settings, own_rules_within, settings_of, words_of_goal, workspace_for,
};
pub use weir_metrics::{
    Field,
    hygiene::{
        BuiltIn, Check, Condition, CustomRule, Every, Filter, Goal, Missed, Mode, Operand, Operator,
        OperatorKind, Response, Rule, RuleId, Scope, Weights,
    },
};
pub use words::{definition, name_of, why};

use weir_store::StoreError;

fn unfit(detail: impl std::fmt::Display) -> StoreError {
    weir_model::Message::Bug { detail: format!("What is kept about hygiene cannot be read: {detail}") }.into()
}
