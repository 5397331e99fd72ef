//! Rules by their names: those that several integrations have of their own may share one.

use super::{
    settings::{HygieneSettings, own_rules_within},
    words::name_of,
};
use weir_metrics::hygiene::{Check, Rule};
use weir_model::{HygieneFault, Message, WorkspaceId};
use weir_store::{Store, StoreError};

/// A rule that can be named, and the integration whose own it is.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleOf {
    /// The rule.
    pub rule: Rule,
    /// The name of its integration; nothing of a rule that everybody has.
    pub integration: Option<String>,
}

impl From<Rule> for RuleOf {
    fn from(rule: Rule) -> Self {
        Self { rule, integration: None }
    }
}

/// Every rule that can have a weight in a workspace, or in the installation; the built-in ones as these settings have them.
pub async fn weighable(
    store: &Store,
    workspace: Option<&WorkspaceId>,
    settings: &HygieneSettings,
) -> Result<Vec<RuleOf>, StoreError> {
    let own = own_rules_within(store, workspace).await?;
    let own = own.into_iter().map(|(of, own)| RuleOf { rule: own.asked(), integration: Some(of) });
    Ok(settings.built_in().into_iter().map(RuleOf::from).chain(own).collect())
}

/// One of the rules of an integration, no two of which have the same name.
///
/// # Errors
/// `hygiene.rule`.
pub(super) fn one_called<'a>(rules: &'a [Rule], name: &str) -> Result<&'a Rule, Message> {
    let all: Vec<RuleOf> = rules.iter().cloned().map(RuleOf::from).collect();
    let id = rule_called(&all, name)?.id.clone();
    let found = rules.iter().find(|rule| rule.id == id);
    found.ok_or_else(|| Message::Bug { detail: "A rule that was found is not there".into() })
}

/// One of some rules, by its id, or by its name in any case of letters.
///
/// # Errors
/// `hygiene.rule`; `hygiene.rule_ambiguous` for a name that rules of several integrations have.
pub(super) fn rule_called<'a>(rules: &'a [RuleOf], name: &str) -> Result<&'a Rule, Message> {
    let name = name.trim();
    if let Some(by_id) = rules.iter().find(|one| one.rule.id.to_string() == name) {
        return Ok(&by_id.rule);
    }
    let is_called = |one: &&RuleOf| name_of(&one.rule).to_lowercase() == name.to_lowercase();
    let found: Vec<&RuleOf> = rules.iter().filter(is_called).collect();
    match found.as_slice() {
        [one] => Ok(&one.rule),
        [] => {
            let known = rules.iter().map(|one| match &one.rule.check {
                Check::Custom(custom) => format!("\"{}\"", custom.name),
                _ => one.rule.id.to_string(),
            });
            let known = known.collect::<Vec<_>>().join(", ");
            Err(HygieneFault::RuleUnknown { name: weir_model::clean(name, 60), known }.into())
        }
        several => {
            let rules = several.iter().map(|one| match &one.integration {
                Some(of) => format!("{} of \"{}\"", one.rule.id, weir_model::clean(of, 60)),
                None => one.rule.id.to_string(),
            });
            let rules = rules.collect::<Vec<_>>().join(", ");
            Err(HygieneFault::RuleAmbiguous { name: weir_model::clean(name, 60), rules }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::{
        FieldTypes,
        hygiene::{CustomRule, RuleId},
    };

    #[test]
    fn a_name_that_rules_of_two_integrations_have_is_none_of_them() {
        let of = |id: &str, integration: &str| {
            let custom =
                CustomRule::read("Mine", "labels is missing", &FieldTypes::default()).expect("a rule");
            let rule = Rule { id: RuleId::from(id), check: Check::Custom(custom) };
            RuleOf { rule, integration: Some(integration.to_owned()) }
        };
        let rules = [of("r1", "one"), of("r2", "two")];
        let refused = rule_called(&rules, "mine").expect_err("which of them?");
        assert_eq!(refused.id(), "hygiene.rule_ambiguous");
        assert!(refused.to_string().contains("r1 of \"one\", r2 of \"two\""), "{refused}");
        assert_eq!(rule_called(&rules, "r2").expect("by its id").id, RuleId::from("r2"));
        assert_eq!(rule_called(&rules[..1], "MINE").expect("the only one").id, RuleId::from("r1"));
    }
}
