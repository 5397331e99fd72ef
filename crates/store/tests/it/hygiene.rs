//! Rules, settings and reports of hygiene are kept, and changed only as they were seen.

use crate::setup::*;
use weir_model::{
    HygieneReportId, HygieneRuleId, IntegrationId, KeptReport, KeptRule, KeptSettings, Reach, Workspace,
    WorkspaceId,
};
use weir_store::{Store, StoreError};
use weir_testkit::{SeededEntropy, for_each_store};

fn rule(name: &str, seed: u64) -> KeptRule {
    KeptRule {
        id: HygieneRuleId::generate(NOON, &SeededEntropy::new(seed)),
        name: name.to_owned(),
        document: "{}".to_owned(),
        revision: 1,
        created_at: NOON,
        changed_at: NOON,
    }
}

fn report(name: &str, workspace: Option<WorkspaceId>, seed: u64) -> KeptReport {
    KeptReport {
        id: HygieneReportId::generate(NOON, &SeededEntropy::new(seed)),
        workspace,
        name: name.to_owned(),
        document: "{}".to_owned(),
        revision: 1,
        created_at: NOON,
        changed_at: NOON,
    }
}

async fn added(store: &Store, name: &str, seed: u64) -> IntegrationId {
    let integration = integration(name, seed);
    store.add_integration(&integration, "v1.0123456789abcdef.sealed").await.unwrap();
    integration.id
}

async fn workspace(store: &Store, name: &str, seed: u64) -> WorkspaceId {
    let id = WorkspaceId::generate(NOON, &SeededEntropy::new(seed));
    store.add_workspace(&Workspace { id, name: name.to_owned(), created_at: NOON }).await.unwrap();
    id
}

fn code(outcome: Result<(), StoreError>) -> &'static str {
    outcome.expect_err("it is refused").message().id()
}

#[tokio::test]
async fn rules_of_an_integration_have_names_of_their_own_and_are_changed_as_they_were_seen() {
    for_each_store(async |store, label| {
        let (one, other) = (added(&store, "one", 1).await, added(&store, "other", 2).await);
        let old = rule("Old bugs", 10);
        store.add_hygiene_rule(&one, &old, 2).await.unwrap();
        assert_eq!(code(store.add_hygiene_rule(&one, &rule("OLD bugs", 11), 2).await), "hygiene.name_taken");
        store.add_hygiene_rule(&other, &rule("old bugs", 12), 2).await.unwrap();
        store.add_hygiene_rule(&one, &rule("A first", 13), 2).await.unwrap();
        assert_eq!(code(store.add_hygiene_rule(&one, &rule("Third", 14), 2).await), "hygiene.rules_many");
        let names: Vec<_> =
            store.hygiene_rules(&one).await.unwrap().into_iter().map(|rule| rule.name).collect();
        assert_eq!(names, ["A first", "Old bugs"], "{label}");

        let all = store.hygiene_rules_within(&Reach::Everything).await.unwrap();
        let all: Vec<_> = all.iter().map(|(of, rule)| (of.as_str(), rule.name.as_str())).collect();
        assert_eq!(all, [("one", "A first"), ("one", "Old bugs"), ("other", "old bugs")], "{label}");
        let own = workspace(&store, "own", 3).await;
        store.map_integration(&other, &own, true).await.unwrap();
        let seen = store.hygiene_rules_within(&Reach::Workspaces(vec![own])).await.unwrap();
        assert_eq!(seen.len(), 1, "{label}");

        let changed = KeptRule { name: "older".into(), document: "[1]".into(), revision: 2, ..old.clone() };
        store.change_hygiene_rule(&one, &changed).await.unwrap();
        assert_eq!(code(store.change_hygiene_rule(&one, &changed).await), "changed.meanwhile", "{label}");
        let taken = KeptRule { name: "a FIRST".into(), revision: 3, ..changed.clone() };
        assert_eq!(code(store.change_hygiene_rule(&one, &taken).await), "hygiene.name_taken", "{label}");
        assert_eq!(store.hygiene_rule(&one, &old.id).await.unwrap(), Some(changed), "{label}");
        assert_eq!(store.hygiene_rule(&other, &old.id).await.unwrap(), None, "of another one, {label}");
        assert_eq!(code(store.delete_hygiene_rule(&one, (&old.id, 1)).await), "changed.meanwhile");
        assert_eq!(code(store.delete_hygiene_rule(&other, (&old.id, 2)).await), "changed.meanwhile");
        store.delete_hygiene_rule(&one, (&old.id, 2)).await.unwrap();
        assert_eq!(store.hygiene_rules(&one).await.unwrap().len(), 1, "{label}");
    })
    .await;
}

#[tokio::test]
async fn settings_are_of_a_workspace_or_of_all_and_go_with_the_workspace() {
    for_each_store(async |store, label| {
        let own = workspace(&store, "own", 1).await;
        let of = |document: &str, revision| KeptSettings {
            document: document.to_owned(),
            revision,
            changed_at: NOON,
        };
        for place in [None, Some(&own)] {
            assert_eq!(store.hygiene_settings(place).await.unwrap(), None, "{label}");
            store.keep_hygiene_settings(place, &of("1", 1)).await.unwrap();
            assert_eq!(code(store.keep_hygiene_settings(place, &of("2", 1)).await), "changed.meanwhile");
            store.keep_hygiene_settings(place, &of("2", 2)).await.unwrap();
            assert_eq!(code(store.keep_hygiene_settings(place, &of("3", 2)).await), "changed.meanwhile");
            assert_eq!(store.hygiene_settings(place).await.unwrap(), Some(of("2", 2)), "{label}");
        }
        assert_eq!(code(store.forget_hygiene_settings(None, 1).await), "changed.meanwhile", "{label}");
        store.forget_hygiene_settings(None, 2).await.unwrap();
        assert_eq!(store.hygiene_settings(None).await.unwrap(), None, "{label}");
        store.delete_workspace(&own).await.unwrap();
        assert_eq!(store.hygiene_settings(Some(&own)).await.unwrap(), None, "{label}");
    })
    .await;
}

#[tokio::test]
async fn reports_are_seen_where_they_belong_and_go_with_the_workspace() {
    for_each_store(async |store, label| {
        let (own, other) = (workspace(&store, "own", 1).await, workspace(&store, "other", 2).await);
        let kept = report("Weekly", Some(own), 10);
        for report in [kept.clone(), report("weekly", Some(other), 11), report("WEEKLY", None, 12)] {
            store.add_hygiene_report(&report).await.unwrap();
        }
        let again = store.add_hygiene_report(&report("weekLY", Some(own), 13)).await;
        assert_eq!(code(again), "hygiene.report_taken", "{label}");
        let seen = async |reach: Reach| store.hygiene_reports(&reach).await.unwrap().len();
        assert_eq!(seen(Reach::Everything).await, 3, "{label}");
        assert_eq!(seen(Reach::Workspaces(vec![own])).await, 1, "{label}");
        assert_eq!(seen(Reach::Workspaces(vec![])).await, 0, "{label}");

        let changed = KeptReport { name: "Daily".into(), revision: 2, ..kept.clone() };
        store.change_hygiene_report(&changed).await.unwrap();
        assert_eq!(code(store.change_hygiene_report(&changed).await), "changed.meanwhile", "{label}");
        assert_eq!(store.hygiene_report(&kept.id).await.unwrap(), Some(changed), "{label}");
        assert_eq!(code(store.delete_hygiene_report(&kept.id, 1).await), "changed.meanwhile", "{label}");
        store.delete_workspace(&own).await.unwrap();
        assert_eq!(store.hygiene_report(&kept.id).await.unwrap(), None, "{label}");
        assert_eq!(seen(Reach::Everything).await, 2, "{label}");
    })
    .await;
}
