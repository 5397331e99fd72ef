//! Which projects an integration has taken in: those of its scope that it reads, and those that it read and is not shown any more.

use weir_model::{Integration, OnboardedProject, Scope, same_key};
use weir_store::{Store, StoreError};

/// How many projects an integration has taken in that the site still shows.
pub(crate) async fn shown(store: &Store, integration: &Integration) -> Result<u64, StoreError> {
    let listed = store.listed_projects(&integration.id).await?;
    let taken = taken_in(&integration.settings.scope, listed);
    Ok(taken.iter().filter(|project| project.is_here()).count() as u64)
}

/// Of every project that was ever listed, those that count, the newest first. What is in the trash or archived at the very first
/// look was never read; nor is, where a query chooses issues, a project of which it never took one.
pub(crate) fn taken_in(scope: &Scope, listed: Vec<OnboardedProject>) -> Vec<OnboardedProject> {
    let is_in_scope = |project: &OnboardedProject| match scope {
        Scope::Everything => true,
        Scope::Projects(keys) => project.has_issues || keys.iter().any(|key| same_key(key, &project.key)),
        Scope::Jql(_) => project.has_issues,
    };
    let counts = |project: &OnboardedProject| project.state == "live" || project.was_read();
    let mut taken: Vec<OnboardedProject> =
        listed.into_iter().filter(|project| is_in_scope(project) && counts(project)).collect();
    if matches!(scope, Scope::Jql(_)) {
        for project in &mut taken {
            project.onboarded_at = project.taken_at.unwrap_or(project.onboarded_at);
        }
        taken.sort_by(|a, b| b.onboarded_at.cmp(&a.onboarded_at).then_with(|| a.key.cmp(&b.key)));
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::Millis;

    fn project(key: &str, state: &str, walked: bool, taken: Option<i64>) -> OnboardedProject {
        OnboardedProject {
            id: key.to_owned(),
            key: key.to_owned(),
            name: key.to_owned(),
            state: state.to_owned(),
            onboarded_at: Millis(1),
            as_of: walked.then_some(Millis(9)),
            taken_at: taken.map(Millis),
            has_issues: taken.is_some(),
            lag_p50_ms: None,
            lag_p95_ms: None,
        }
    }

    fn listed() -> Vec<OnboardedProject> {
        vec![
            project("A", "live", true, Some(5)),
            project("B", "live", true, None),
            project("C", "live", false, None),
            project("D", "deleted", false, None),
            project("E", "hidden", true, None),
            project("F", "archived", false, None),
            project("G", "deleted", true, Some(7)),
        ]
    }

    fn counted(scope: &Scope) -> (Vec<String>, Vec<String>) {
        let taken = taken_in(scope, listed());
        let keys = |here: bool| {
            taken.iter().filter(|one| one.is_here() == here).map(|one| one.key.clone()).collect()
        };
        (keys(true), keys(false))
    }

    fn keys(of: &str) -> Vec<String> {
        of.chars().map(String::from).collect()
    }

    #[test]
    fn what_was_in_the_trash_at_the_first_look_has_not_disappeared() {
        assert_eq!(counted(&Scope::Everything), (keys("ABC"), keys("EG")));
    }

    #[test]
    fn a_query_has_taken_in_only_projects_that_it_took_issues_from() {
        let query = Scope::Jql("labels = x".into());
        assert_eq!(counted(&query), (keys("A"), keys("G")));
        let taken = taken_in(&query, listed());
        let at: Vec<_> = taken.iter().map(|one| (one.key.as_str(), one.onboarded_at.0)).collect();
        assert_eq!(at, [("G", 7), ("A", 5)], "they came with their first issue");
    }

    #[test]
    fn projects_that_are_named_count_and_others_of_former_scopes_do_not() {
        assert_eq!(counted(&Scope::Projects(vec!["b".into(), "E".into()])), (keys("AB"), keys("EG")));
    }
}
