use crate::setup::*;
use std::collections::BTreeSet;
use weir_model::{
    Batch, Change, Exclusions, Field, Integration, IssueId, IssueRecord, Person, PersonKind, ReferenceSet,
    Scope, View,
};
use weir_store::{Cell, Compaction, Edited, Store, StoreError};
use weir_testkit::{for_each_engine, for_each_store};

fn projects(keys: &[&str]) -> Scope {
    Scope::Projects(keys.iter().map(|key| (*key).to_owned()).collect())
}

async fn known(store: &Store) -> Integration {
    store.integration("acme").await.unwrap().expect("it was added")
}

/// Edits the integration of a bench.
async fn edit(bench: &Bench, change: impl FnOnce(&mut Integration)) -> Result<Edited, StoreError> {
    let before = known(&bench.store).await;
    let mut after = before.clone();
    change(&mut after);
    bench.store.edit_integration(&bench.lease, &before, &after, &[], &Default::default()).await
}

async fn exclude(bench: &Bench, words: &str) -> Edited {
    edit(bench, |after| after.settings.exclusions = Exclusions::parse([words]))
        .await
        .expect("the edit is done")
}

/// Everything that the views show, as one text.
async fn shown(store: &Store) -> String {
    let mut shown = String::new();
    for view in View::ALL {
        shown.push_str(&format!("{:?}\n", rows(store, view.name).await));
    }
    shown
}

fn of_project(id: &str, project: &str) -> IssueRecord {
    let mut record = record(id, 0);
    record.issue.project_key = project.into();
    record.issue.key = format!("{project}-{id}");
    record
}

#[tokio::test]
async fn issues_of_dropped_projects_leave_the_scope_with_the_edit() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let bench = Bench::new(&temp.store).await;
        bench.commit(["1", "2"].map(|id| of_project(id, "ENG")).to_vec()).await;
        bench.commit(["3", "4", "5"].map(|id| of_project(id, "OPS")).to_vec()).await;
        bench.commit_batch(Batch { out_of_scope: vec![IssueId::from("5")], ..Batch::default() }).await;
        temp.clock.advance(1_000);
        let edited = edit(&bench, |after| after.settings.scope = projects(&["eng"])).await.unwrap();
        assert_eq!(
            edited,
            Edited { left: vec![("OPS".to_owned(), 2)], compaction: Compaction::NotNeeded },
            "{label}"
        );
        let states = ["live", "live", "out_of_scope", "out_of_scope", "out_of_scope"].map(text);
        assert_eq!(bench.column("issues", "state").await, states, "{label}");
        let since = bench.column("issues", "state_since").await;
        assert!(since[3] == text("2026-03-04T05:06:08.123Z") && since[4] != since[3], "{label}: {since:?}");
        assert_eq!(known(&temp.store).await.settings.scope, projects(&["eng"]), "{label}");

        bench.commit(vec![of_project("3", "OPS")]).await;
        assert_eq!(
            bench.column("issues", "state").await[2],
            text("live"),
            "what is read again is live, on {label}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_filter_lets_nothing_go_by_itself() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![of_project("1", "OPS")]).await;
        for scope in [Scope::Jql("project = ENG".to_owned()), Scope::Everything] {
            let edited = edit(&bench, |after| after.settings.scope = scope).await.unwrap();
            assert_eq!(edited.left, [], "{label}");
        }
        assert_eq!(bench.column("issues", "state").await, [text("live")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_edit_that_is_refused_changes_nothing() {
    for_each_store(async |store, label| {
        store.add_integration(&integration("other", 2), "").await.unwrap();
        let bench = Bench::new(&store).await;
        bench.commit(vec![of_project("1", "OPS")]).await;
        let before = (known(&store).await, shown(&store).await);
        let severe = |after: &mut Integration| {
            after.settings.scope = projects(&["ENG"]);
            after.settings.exclusions = Exclusions::parse(["summary,userDetails"]);
        };

        let taken = edit(&bench, |after| {
            severe(after);
            after.name = "other".to_owned();
        });
        assert_eq!(taken.await.expect_err("the name is taken").message().id(), "name.taken", "{label}");

        let mut stale = before.0.clone();
        stale.settings.interval_minutes = 1;
        let mut after = before.0.clone();
        severe(&mut after);
        let changed = store.edit_integration(&bench.lease, &stale, &after, &[""], &Default::default()).await;
        assert_eq!(changed.expect_err("it was changed").message().id(), "integration.changed", "{label}");

        store.release_lease(&bench.lease).await.unwrap();
        store.take_lease(&bench.id, &holder("another"), 1000).await.unwrap().expect("it was given back");
        assert_eq!(
            edit(&bench, severe).await.expect_err("the lease is lost").message().id(),
            "run.busy",
            "{label}"
        );
        assert!((known(&store).await, shown(&store).await) == before, "{label}");
    })
    .await;
}

#[tokio::test]
async fn checkpoints_that_do_not_hold_any_more_go_with_the_edit() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let checkpoints = ["project:1", "project:2", "scope", "watermark"].map(|name| checkpoint(name, "{}"));
        bench.commit_batch(Batch { checkpoints: checkpoints.to_vec(), ..Batch::default() }).await;
        let left = async || {
            let left = store.checkpoints(&bench.id).await.unwrap();
            left.into_iter().map(|one| one.partition.0).collect::<Vec<_>>()
        };
        let integration = known(&store).await;
        store
            .edit_integration(
                &bench.lease,
                &integration,
                &integration,
                &["project:", "scope"],
                &Default::default(),
            )
            .await
            .unwrap();
        assert_eq!(left().await, ["watermark"], "{label}");
        bench.commit_batch(Batch { checkpoints: checkpoints.to_vec(), ..Batch::default() }).await;
        assert_eq!(
            store.clear_checkpoints_but(&bench.lease, ["scope", "unseen"]).await.unwrap(),
            3,
            "{label}"
        );
        assert_eq!(left().await, ["scope"], "{label}");
    })
    .await;
}

fn field(id: &str, name: &str, kind: &str, custom: &str) -> Field {
    Field {
        id: id.to_owned(),
        name: name.to_owned(),
        custom: id.starts_with("customfield_"),
        schema_type: Some(kind.to_owned()),
        schema_custom: (!custom.is_empty()).then(|| custom.to_owned()),
    }
}

fn item(history: &str, field: &str, id: Option<&str>, text: &str) -> Change {
    Change {
        field: field.into(),
        field_id: id.map(Into::into),
        from_id: Some(text.into()),
        to_text: Some(text.into()),
        ..change(history, 0, text)
    }
}

/// An issue in which everything that an exclusion can be about says so.
fn outspoken(id: &str) -> IssueRecord {
    let mut record = record(id, 0);
    let issue = &mut record.issue;
    let says = |field: &str| format!("CANARY-{field}-");
    issue.summary = Some(says("summary"));
    issue.description_text = Some(says("description"));
    issue.priority = Some(says("priority").into());
    issue.resolution = Some(says("resolution").into());
    issue.assignee_id = Some(says("assignee").into());
    issue.reporter_id = Some(says("reporter").into());
    issue.creator_id = Some(says("creator").into());
    issue.parent_key = Some(says("parent"));
    issue.epic_key = Some(says("customfield_3"));
    issue.story_points = Some(31_415.5);
    issue.labels = format!("[\"{}\"]", says("labels"));
    issue.components = format!("[\"{}\"]", says("components"));
    issue.fix_versions = format!("[\"{}\"]", says("fixVersions"));
    issue.affects_versions = format!("[\"{}\"]", says("versions"));
    issue.due_date = weir_model::PlainDate::parse("2031-04-15");
    issue.resolved_at = Some(weir_model::Millis(1_111_111_111_000));
    issue.security_level = Some(says("security").into());
    issue.fields = format!(
        r#"{{"customfield_1":31415.5,"environment":"{}","customfield_6":[{{"key":"A-1","fields":{{"summary":"{}","environment":"{}"}}}}]}}"#,
        says("environment"),
        says("summary"),
        says("environment")
    );
    record.comments = Some(vec![comment("c", &says("comment"))]);
    let mut logged = worklog("w", 27_182);
    logged.comment_text = Some(says("comment"));
    record.worklogs = Some(vec![logged]);
    record.links[0].other_key = says("issuelinks");
    record.sprints = vec![says("customfield_2").into()];
    record.cases[0].raw = says("customfield_4");
    record.changes = vec![
        item("h1", "summary", Some("summary"), &says("summary")),
        item("h2", "Zusammenfassung", None, &says("summary")),
        item("h3", "environment", Some("environment"), &says("environment")),
        item("h4", "status", Some("status"), "Done"),
        item("h5", "Key", None, "A-2"),
    ];
    record
}

#[tokio::test]
async fn of_what_is_excluded_nothing_is_left_whatever_state_an_issue_is_in() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let fields = vec![
            field("summary", "zusammenfassung", "string", ""),
            field("customfield_1", "Story Points", "number", "x:float"),
            field("customfield_2", "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
            field("customfield_3", "Epic Link", "any", "com.pyxis.greenhopper.jira:gh-epic-link"),
            field("customfield_4", "Salesforce Case", "string", "x:textfield"),
        ];
        bench
            .commit_batch(Batch {
                issues: ["1", "2"].map(outspoken).to_vec(),
                reference: vec![ReferenceSet::Fields(fields)],
                ..Batch::default()
            })
            .await;
        bench.commit_batch(Batch { out_of_scope: vec![IssueId::from("2")], ..Batch::default() }).await;

        // Each word of an exclusion with what only it speaks of.
        let spoken: Vec<(&str, String)> = [
            "summary",
            "description",
            "priority",
            "resolution",
            "assignee",
            "reporter",
            "creator",
            "parent",
            "labels",
            "components",
            "fixVersions",
            "versions",
            "security",
            "environment",
            "comment",
            "issuelinks",
            "customfield_2",
            "customfield_3",
            "customfield_4",
        ]
        .into_iter()
        .map(|id| (id, format!("CANARY-{id}-")))
        .chain([
            ("customfield_1", "31415.5".to_owned()),
            ("duedate", "2031-04-15".to_owned()),
            ("resolutiondate", "2005-03-18".to_owned()),
            ("worklog", "27182".to_owned()),
        ])
        .collect();
        let mut excluded = BTreeSet::new();
        for (id, _) in &spoken {
            // The epic is known by the parent as well, and an issue without a parent shows none.
            excluded.insert(*id);
            if *id == "parent" {
                excluded.insert("customfield_3");
            }
            let words = excluded.iter().copied().collect::<Vec<_>>().join(",");
            assert_eq!(exclude(&bench, &words).await.left, [], "{label}");
            let left = shown(&store).await;
            for (id, text) in &spoken {
                assert_eq!(left.contains(text), !excluded.contains(id), "{id} after {words} on {label}");
            }
        }
        let kept = bench.column("issue_changes", "field").await;
        assert_eq!(kept, ["status", "Key", "status", "Key"].map(text), "{label}");
        assert_eq!(bench.column("issues", "description_words").await, [Cell::Null, Cell::Null], "{label}");
        assert_eq!(bench.column("issues", "labels").await, ["[]", "[]"].map(|json| Cell::Json(json.into())));
        assert_eq!(
            bench.column("issues", "status").await,
            ["In Progress", "In Progress"].map(text),
            "{label}"
        );
        assert_eq!(
            bench.column("issues", "fields").await[0],
            Cell::Json(r#"{"customfield_6":[{"fields":{},"key":"A-1"}]}"#.to_owned()),
            "{label}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_excluded_already_is_not_looked_for_again() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        assert_eq!(exclude(&bench, "summary").await.compaction, Compaction::Done, "{label}");
        bench.commit(vec![record("1", 0)]).await;
        assert_eq!(exclude(&bench, "summary").await.compaction, Compaction::NotNeeded, "{label}");
        assert_eq!(bench.column("issues", "summary").await, [text("Issue 1")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn people_lose_their_names_and_texts_go_that_no_run_replaces() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let person = |id: &str| Person {
            id: id.to_owned(),
            name: Some("Ann".to_owned()),
            email: Some("ann@example.com".to_owned()),
            kind: PersonKind::Person,
            active: Some(true),
        };
        let issues = vec![outspoken("1"), outspoken("2")];
        bench
            .commit_batch(Batch { issues, people: vec![person("p1"), person("p2")], ..Batch::default() })
            .await;
        bench.commit_batch(Batch { out_of_scope: vec![IssueId::from("2")], ..Batch::default() }).await;
        exclude(&bench, "userDetails").await;
        for column in ["name", "email"] {
            assert_eq!(bench.column("people", column).await, [Cell::Null, Cell::Null], "{column} on {label}");
        }
        assert_eq!(bench.column("people", "id").await, ["p1", "p2"].map(text), "{label}");
        for (view, column) in [
            ("issues", "description_text"),
            ("issue_comments", "body_text"),
            ("issue_worklogs", "comment_text"),
        ] {
            let texts = bench.column(view, column).await;
            assert!(
                texts[0] != Cell::Null && texts[1] == Cell::Null,
                "{view}.{column} on {label}: {texts:?}"
            );
        }
        let changes = bench.column("issue_changes", "to_text").await;
        assert!(changes[..5].iter().all(|to| *to != Cell::Null), "{label}");
        assert!(changes[5..].iter().all(|to| *to == Cell::Null), "{label}");
        assert_eq!(bench.column("issues", "fields").await[1], Cell::Json("{}".to_owned()), "{label}");
        assert_eq!(bench.column("issues", "summary").await[1], text("CANARY-summary-"), "{label}");
    })
    .await;
}

#[tokio::test]
async fn another_integration_keeps_what_one_excludes() {
    for_each_store(async |store, label| {
        let (bench, other) = (Bench::new(&store).await, Bench::named(&store, "other", 5).await);
        bench.commit(vec![outspoken("1")]).await;
        other.commit(vec![outspoken("1")]).await;
        edit(&bench, |after| {
            after.settings.exclusions = Exclusions::parse(["summary,comment,customfield_1,userDetails"]);
            after.settings.scope = projects(&["NONE"]);
        })
        .await
        .unwrap();
        assert_eq!(bench.column("issues", "summary").await, [Cell::Null, text("CANARY-summary-")], "{label}");
        assert_eq!(bench.column("issues", "state").await, ["out_of_scope", "live"].map(text), "{label}");
        assert_eq!(bench.column("issue_comments", "integration").await, [text("other")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn many_issues_forget_a_field_in_bounded_statements() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records: Vec<IssueRecord> = (0..1_203)
            .map(|n| {
                let mut record = record(&n.to_string(), 0);
                record.issue.fields = format!(r#"{{"customfield_7":{n},"customfield_8":1.50}}"#);
                record
            })
            .collect();
        bench.commit(records).await;
        exclude(&bench, "customfield_7").await;
        let kept = Cell::Json(r#"{"customfield_8":1.50}"#.to_owned());
        assert!(bench.column("issues", "fields").await.iter().all(|fields| *fields == kept), "{label}");
    })
    .await;
}

#[tokio::test]
async fn the_file_of_a_store_holds_no_trace_of_what_was_deleted() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let Some(folder) = temp.place.folder() else { return };
        let bench = Bench::new(&temp.store).await;
        let fields = ReferenceSet::Fields(vec![field("summary", "Zusammenfassung", "string", "")]);
        bench.commit_batch(Batch { reference: vec![fields], ..Batch::default() }).await;
        for round in 0..3 {
            let records = (0..200).map(|n| {
                let mut record = outspoken(&n.to_string());
                record.issue.description_text = Some(format!("CANARY-description-{round}").repeat(400));
                record.issue.summary = Some(format!("CANARY-summary-{round}-{n}"));
                record
            });
            bench.commit(records.collect()).await;
        }
        let holds = |word: &str| {
            let files =
                std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
            files.into_iter().any(|file| file.windows(word.len()).any(|window| window == word.as_bytes()))
        };
        assert!(holds("CANARY-summary") && holds("CANARY-description"));
        assert_eq!(exclude(&bench, "summary,description").await.compaction, Compaction::Done);
        assert!(!holds("CANARY-summary") && !holds("CANARY-description"));
        assert!(holds("CANARY-comment"));
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_keeps_the_log_from_being_emptied_is_told() {
    use sqlx::{Connection as _, SqliteConnection};
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let Some(folder) = temp.place.folder() else { return };
        let bench = Bench::new(&temp.store).await;
        bench.commit(vec![outspoken("1")]).await;
        let path = folder.join("weir.db").display().to_string();
        let mut reader = SqliteConnection::connect(&path).await.unwrap();
        let read = "BEGIN; SELECT count(*) FROM issue";
        sqlx::raw_sql(read).execute(&mut reader).await.unwrap();
        match exclude(&bench, "summary").await.compaction {
            Compaction::Failed(message) => assert_eq!(message.id(), "store.busy"),
            other => panic!("{other:?}"),
        }
    })
    .await;
}
