//! The issues behind a number of a kept report, of all its integrations one after the other.

use super::{
    Behind, Question, Recent, RuleId, RuleOf, SavedReport, When, blocked,
    called::rule_called,
    issues, name_of,
    reports::{Questions, questions},
    total,
};
use weir_metrics::hygiene::Rule;
use weir_model::{HygieneFault, Integration, IntegrationId, Message, Millis};
use weir_store::{Store, StoreError};

/// Some issues of a report.
#[derive(Debug)]
pub struct ReportIssues {
    /// The rule that was asked for.
    pub rule: Option<Rule>,
    /// Its integrations, each with what is asked of it, how many of its issues are behind the number, and those of them that are meant.
    pub parts: Vec<ReportPart>,
}

/// What is behind a number of a report in one of its integrations.
#[derive(Debug)]
pub struct ReportPart {
    /// The integration.
    pub integration: Integration,
    /// What is asked of it.
    pub question: Question,
    /// How many there are.
    pub total: u64,
    /// Some of them.
    pub found: Vec<Behind>,
}

impl ReportIssues {
    /// How many there are in all integrations together.
    pub fn total(&self) -> u64 {
        self.parts.iter().map(|part| part.total).sum()
    }
}

/// The issues of a report that miss a rule, by its id or name, or all in scope; at most `limit` of those after an issue of an
/// integration. A rule that an integration does not have, or that is not asked there, is missed by none of its issues.
///
/// # Errors
/// `hygiene.rule` for a rule that none of them has; `hygiene.rule_ambiguous` for a name that rules of several have; `hygiene.left_out` and its like for one that is asked nowhere.
pub async fn report_issues(
    store: &Store,
    recent: &Recent,
    saved: &SavedReport,
    rule: Option<&str>,
    (after, limit): (Option<(IntegrationId, i64)>, usize),
    now: Millis,
) -> Result<ReportIssues, StoreError> {
    let Questions { asked, gone, .. } = questions(store, saved).await?;
    if asked.is_empty() && gone > 0 {
        return Err(Message::from(HygieneFault::ReportAllGone { report: saved.name.clone() }).into());
    }
    let rule = match rule {
        Some(name) => Some(called(&asked, name)?),
        None => None,
    };
    let id: Option<&RuleId> = rule.as_ref().map(|rule| &rule.id);
    let when = When::now(now);
    let mut left = limit;
    // Issues before the one after which is asked are passed over.
    let mut is_before = after.is_some();
    let mut parts = vec![];
    for (integration, question) in asked {
        let begin = match after {
            Some((of, no)) if is_before && of == integration.id => {
                is_before = false;
                Some(no)
            }
            _ if is_before => None,
            _ => Some(0),
        };
        let mut part = ReportPart { integration, question, total: 0, found: vec![] };
        if id.is_none_or(|id| is_asked(&part, id)) {
            let of = (&part.question, id);
            part.total = total(store, recent, &part.integration, of, when).await?.listed;
            if let Some(begin) = begin.filter(|_| left > 0) {
                part.found = issues(store, &part.integration, of, (begin, left), when).await?;
                left -= part.found.len().min(left);
            }
        }
        parts.push(part);
    }
    Ok(ReportIssues { rule, parts })
}

/// The rule of this id or name that one of the integrations has.
fn called(asked: &[(Integration, Question)], name: &str) -> Result<Rule, StoreError> {
    let mut rules: Vec<RuleOf> = vec![];
    for (integration, rule) in
        asked.iter().flat_map(|(of, question)| question.rules.iter().map(move |rule| (of, rule)))
    {
        if !rules.iter().any(|known| known.rule.id == rule.id) {
            rules.push(RuleOf { rule: rule.clone(), integration: Some(integration.name.clone()) });
        }
    }
    let rule = rule_called(&rules, name)?;
    let faults = asked.iter().filter_map(|(integration, question)| {
        let own = question.rules.iter().find(|own| own.id == rule.id)?;
        Some(blocked::blocked(own, &integration.settings.exclusions, &question.fields))
    });
    // Refused only where it is asked nowhere.
    let everywhere: Option<Vec<_>> = faults.collect();
    match everywhere.and_then(|all| all.into_iter().next()) {
        Some(blocked) => Err(Message::from(blocked.fault(name_of(rule))).into()),
        None => Ok(rule.clone()),
    }
}

fn is_asked(part: &ReportPart, id: &RuleId) -> bool {
    let ReportPart { integration, question, .. } = part;
    let rule = question.rules.iter().find(|rule| rule.id == *id);
    let exclusions = &integration.settings.exclusions;
    rule.is_some_and(|rule| blocked::blocked(rule, exclusions, &question.fields).is_none())
}
