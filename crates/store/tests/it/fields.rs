//! The fields of a site.

use crate::setup::{Bench, NOON, integration, record};
use weir_model::{
    Batch, Clock as _, Exclusions, Field, FieldMapping, FieldRole, ReferenceSet, RunOutcome, RunResult, Tally,
};
use weir_store::{CustomField, FieldUse, FieldUses};
use weir_testkit::{for_each_engine, for_each_store};

fn field(id: &str, name: &str, kind: Option<&str>) -> Field {
    Field {
        id: id.to_owned(),
        name: name.to_owned(),
        custom: id.starts_with("customfield_"),
        schema_type: kind.map(str::to_owned),
        schema_custom: None,
    }
}

#[tokio::test]
async fn custom_fields_of_one_name_are_two_and_those_of_the_system_are_none() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let fields = vec![
            field("summary", "Summary", Some("string")),
            field("customfield_2", "Team", Some("string")),
            field("customfield_1", "Team", None),
        ];
        let reference = vec![ReferenceSet::Fields(fields)];
        bench.commit_batch(Batch { reference, ..Batch::default() }).await;
        let custom = |id: &str, kind: Option<&str>| CustomField {
            id: id.to_owned(),
            name: "Team".to_owned(),
            kind: kind.map(str::to_owned),
            source: None,
            gone_at: None,
        };
        let found = store.custom_fields(&bench.id).await.unwrap();
        assert_eq!(
            found,
            [custom("customfield_1", None), custom("customfield_2", Some("string"))],
            "{label}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_field_that_the_site_lists_no_more_is_marked_until_it_is_listed_again() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let listed = async |ids: &[&str]| {
            let fields = ids.iter().map(|id| field(id, id, Some("string"))).collect();
            let reference = vec![ReferenceSet::Fields(fields)];
            bench.commit_batch(Batch { reference, ..Batch::default() }).await;
            let known = store.custom_fields(&bench.id).await.unwrap();
            known.iter().map(|field| (field.id.clone(), field.gone_at.is_some())).collect::<Vec<_>>()
        };
        let of =
            |one: bool, two: bool| vec![("customfield_1".to_owned(), one), ("customfield_2".to_owned(), two)];
        let both = ["customfield_1", "customfield_2"];
        assert_eq!(listed(&both).await, of(false, false), "{label}");
        assert_eq!(listed(&both[..1]).await, of(false, true), "{label}");
        let since = store.custom_fields(&bench.id).await.unwrap()[1].gone_at;
        assert_eq!(listed(&both[..1]).await, of(false, true), "{label}");
        assert_eq!(store.custom_fields(&bench.id).await.unwrap()[1].gone_at, since, "it stays, {label}");
        assert_eq!(listed(&[]).await, of(false, true), "a list of none tells nothing, {label}");
        assert_eq!(listed(&both[1..]).await, of(true, false), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_count_of_fields_holds_until_a_run_ends_and_for_these_settings_alone() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let documents = store.field_documents(&bench.id, 0, 10).await.unwrap();
        assert_eq!(documents.iter().map(|one| one.no).collect::<Vec<_>>(), [1, 2], "{label}");
        assert_eq!(store.field_documents(&bench.id, 1, 10).await.unwrap(), documents[1..], "{label}");
        assert_eq!(store.field_documents_of(&bench.id, &[2]).await.unwrap(), documents[1..], "{label}");
        let uses = |n: u64| {
            let one = |place: u64| FieldUse {
                field_id: format!("customfield_{place:04}"),
                project_key: "ENG".to_owned(),
                issues: place,
                first_issue_no: 1,
                last_issue_no: 2,
            };
            FieldUses { counted_at: store.instant(), issues: 2, uses: (0..n).map(one).collect() }
        };
        let site = integration("acme", 1);
        assert_eq!(store.field_uses(&bench.id).await.unwrap(), None, "{label}");
        for n in [3, 450] {
            assert!(store.keep_field_uses(&site, &uses(n), 0).await.unwrap(), "{label}");
            assert_eq!(store.field_uses(&bench.id).await.unwrap(), Some(uses(n)), "{label}");
        }
        let mut before = site.clone();
        before.settings.exclusions = Exclusions::parse(["duedate"]);
        assert!(
            store.keep_field_uses(&before, &uses(1), 0).await.is_err(),
            "what is left out differs, {label}"
        );
        let outcome = RunOutcome {
            result: RunResult::Success,
            tally: Tally::default(),
            requests: 1,
            waited_ms: 0,
            error_code: None,
        };
        store.finish_run(&bench.run, &outcome).await.unwrap();
        assert_eq!(store.field_uses(&bench.id).await.unwrap(), None, "{label}");
    })
    .await;
}

#[tokio::test]
async fn issues_that_are_put_away_or_brought_back_end_every_count() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let site = integration("acme", 1);
        let keys = ["ENG-1".to_owned()];
        let mut seen = vec![store.counted_as_of(&bench.id).await.unwrap()];
        for is_away in [true, false] {
            let counted = FieldUses { counted_at: NOON, issues: 2, uses: vec![] };
            let recounts = store.recounts(&bench.id).await.unwrap();
            store.keep_field_uses(&site, &counted, recounts).await.unwrap();
            assert_eq!(store.counted_as_of(&bench.id).await.unwrap(), seen[seen.len() - 1], "{label}");
            match is_away {
                true => store.put_away(&bench.lease, &keys).await.unwrap(),
                false => store.restore_issues(&bench.lease, &keys).await.unwrap(),
            };
            assert_eq!(store.field_uses(&bench.id).await.unwrap(), None, "{label}");
            seen.push(store.counted_as_of(&bench.id).await.unwrap());
        }
        assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2], "{label}: {seen:?}");
    })
    .await;
}

#[tokio::test]
async fn a_count_that_issues_were_put_away_in_is_not_kept() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let site = integration("acme", 1);
        let counted = FieldUses { counted_at: NOON, issues: 2, uses: vec![] };
        let begun = store.recounts(&bench.id).await.unwrap();
        store.put_away(&bench.lease, &["ENG-1".to_owned()]).await.unwrap();
        assert!(!store.keep_field_uses(&site, &counted, begun).await.unwrap(), "{label}");
        assert_eq!(store.field_uses(&bench.id).await.unwrap(), None, "{label}");
    })
    .await;
}

#[tokio::test]
async fn while_a_run_is_under_way_a_count_of_fields_holds_for_some_seconds() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let bench = Bench::new(store).await;
        bench.commit(vec![record("1", 0)]).await;
        let site = integration("acme", 1);
        let counted = FieldUses { counted_at: temp.clock.now(), issues: 1, uses: vec![] };
        assert!(store.counted_as_of(&bench.id).await.unwrap().is_running, "{label}");
        store.keep_field_uses(&site, &counted, 0).await.unwrap();
        temp.clock.advance(9_000);
        assert_eq!(store.field_uses(&bench.id).await.unwrap(), Some(counted.clone()), "{label}");
        temp.clock.advance(2_000);
        assert_eq!(store.field_uses(&bench.id).await.unwrap(), None, "{label}");
        store.release_lease(&bench.lease).await.unwrap();
        assert!(!store.counted_as_of(&bench.id).await.unwrap().is_running, "{label}");
        assert_eq!(store.field_uses(&bench.id).await.unwrap(), Some(counted), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_role_has_one_field_and_a_field_one_mapping() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let mapping = |id: &str, role| FieldMapping {
            field_id: id.to_owned(),
            holds: "text".to_owned(),
            role,
            seen_type: Some("string".to_owned()),
            seen_source: None,
            mapped_at: NOON,
        };
        let (team, other) = (mapping("customfield_1", Some(FieldRole::Team)), mapping("customfield_2", None));
        for one in [&team, &other, &team] {
            store.map_field(&bench.id, one).await.unwrap();
        }
        assert_eq!(store.field_mappings(&bench.id).await.unwrap(), [team, other], "{label}");
        let second = mapping("customfield_2", Some(FieldRole::Team));
        let refused = store.map_field(&bench.id, &second).await.unwrap_err();
        assert_eq!(refused.message().id(), "field.role_taken", "{label}");
        assert!(store.unmap_field(&bench.id, "customfield_1").await.unwrap(), "{label}");
        assert!(!store.unmap_field(&bench.id, "customfield_1").await.unwrap(), "{label}");
        store.map_field(&bench.id, &second).await.unwrap();
        assert_eq!(store.field_mappings(&bench.id).await.unwrap(), [second], "{label}");
    })
    .await;
}
