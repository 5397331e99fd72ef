use crate::setup::*;
use futures::TryStreamExt as _;
use sqlx::{Column as _, Connection as _, Executor as _, PgConnection, SqliteConnection};
use weir_model::{
    Anomaly, AnomalyKind, Batch, Board, Component, Field, IssueType, Kind, Millis, Person, PersonKind,
    Priority, Project, ProjectState, Quarantined, ReferenceSet, Resolution, Sprint, Status, StatusCategory,
    Version, View,
};
use weir_store::{Cell, Store, StoreAddress};
use weir_testkit::{Engine, for_each_engine, for_each_store};

/// A batch with rows for every view.
pub(crate) fn everything() -> Batch {
    let word = |word: &str| Some(word.to_owned());
    Batch {
        out_of_scope: vec![],
        shown_projects: None,
        deleted_worklogs: vec![],
        quarantined: vec![Quarantined {
            issue: "77".into(),
            code: "issue.unreadable".into(),
            detail: "It could not be read.".into(),
            raw: Some("{}".into()),
        }],
        issues: vec![record("10", 1), record("9", 2), record("1", 3)],
        people: vec![Person {
            id: "p1".into(),
            name: word("Ann"),
            email: None,
            kind: PersonKind::Customer,
            active: None,
        }],
        reference: vec![
            ReferenceSet::Projects(vec![Project {
                id: "1".into(),
                key: "ENG".into(),
                name: "Engineering".into(),
                kind: word("software"),
                style: None,
                category: word("Core"),
                lead_id: word("p1"),
                state: ProjectState::Archived,
                url: "u".into(),
            }]),
            ReferenceSet::Boards(vec![Board {
                id: "1".into(),
                name: "B".into(),
                kind: None,
                project_key: word("ENG"),
            }]),
            ReferenceSet::Sprints(vec![Sprint {
                id: "7".into(),
                board_id: word("1"),
                name: "S".into(),
                state: word("active"),
                goal: word(""),
                start_at: Some(NOON),
                end_at: None,
                completed_at: None,
            }]),
            ReferenceSet::Versions {
                project_key: "ENG".into(),
                rows: vec![Version {
                    id: "1".into(),
                    name: "1.0".into(),
                    project_key: "ENG".into(),
                    description: None,
                    released: true,
                    archived: false,
                    start_date: None,
                    release_date: weir_model::PlainDate::parse("2026-12-24"),
                }],
            },
            ReferenceSet::Components {
                project_key: "ENG".into(),
                rows: vec![Component {
                    id: "1".into(),
                    name: "C".into(),
                    project_key: "ENG".into(),
                    description: None,
                    lead_id: None,
                }],
            },
            ReferenceSet::Statuses(vec![Status {
                id: "1".into(),
                name: "Done".into(),
                category: Some(StatusCategory::Done),
                scope_project_id: None,
            }]),
            ReferenceSet::IssueTypes(vec![IssueType {
                id: "1".into(),
                name: "Sub-task".into(),
                subtask: true,
                hierarchy_level: Some(-1),
                scope_project_id: word("1"),
            }]),
            ReferenceSet::Priorities(vec![Priority { id: "1".into(), name: "High".into(), position: 0 }]),
            ReferenceSet::Resolutions(vec![Resolution {
                id: "1".into(),
                name: "Fixed".into(),
                description: word(""),
            }]),
            ReferenceSet::Fields(vec![Field {
                id: "customfield_1".into(),
                name: "Points".into(),
                custom: true,
                schema_type: word("number"),
                schema_custom: None,
            }]),
        ],
        anomalies: vec![Anomaly {
            kind: AnomalyKind::Notice,
            what: Kind::Issues,
            subject: "1".into(),
            code: "c".into(),
            detail: "d".into(),
        }],
        checkpoints: vec![],
    }
}

/// The columns that the database itself says a view has.
async fn columns(store: &Store, view: &str) -> Vec<String> {
    macro_rules! describe {
        ($connection:expr, $prefix:expr) => {{
            let query = sqlx::AssertSqlSafe(format!("SELECT * FROM {}{view}", $prefix));
            let mut connection = $connection;
            let described = (&mut connection).prepare(sqlx::SqlSafeStr::into_sql_str(query)).await.unwrap();
            sqlx::Statement::columns(&described).iter().map(|column| column.name().to_owned()).collect()
        }};
    }
    match store.address() {
        StoreAddress::Sqlite(path) => {
            describe!(SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap(), "")
        }
        StoreAddress::Postgres(url) => describe!(PgConnection::connect(url).await.unwrap(), "weir."),
    }
}

#[tokio::test]
async fn every_public_view_has_the_columns_of_the_contract() {
    for_each_store(async |store, label| {
        for view in View::ALL {
            assert_eq!(columns(&store, view.name).await, view.columns, "{} on {label}", view.name);
        }
    })
    .await;
}

async fn exports(engine: &Engine) -> Vec<(&'static str, Vec<Vec<Cell>>)> {
    let temp = engine.store().await;
    let bench = Bench::new(&temp.store).await;
    bench.commit_batch(everything()).await;
    bench.commit_batch(Batch { out_of_scope: vec!["9".into()], ..Batch::default() }).await;
    temp.store.mark_walked(&bench.lease, &["ENG".to_owned()], Millis(1_800_000_000_000)).await.unwrap();
    crate::runs::finish_and_certify(&bench).await;
    let mut exports = Vec::new();
    for view in View::ALL {
        let rows = rows(&temp.store, view.name).await;
        assert!(!rows.is_empty(), "{} on {}", view.name, engine.label());
        assert!(rows.iter().all(|row| row.len() == view.columns.len()), "{}", view.name);
        exports.push((view.name, rows));
    }
    exports
}

#[tokio::test]
async fn the_same_content_is_exported_the_same_from_every_database() {
    let engines = Engine::all();
    let first = exports(&engines[0]).await;
    for engine in &engines {
        for (expected, found) in first.iter().zip(exports(engine).await) {
            assert_eq!(found, *expected, "{}", engine.label());
        }
    }
}

#[tokio::test]
async fn values_are_of_the_kind_their_column_says() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit_batch(everything()).await;
        assert_eq!(
            bench.column("issues", "id").await,
            ["1", "10", "9"].map(text),
            "ids sort as bytes, on {label}"
        );
        assert_eq!(bench.column("issues", "is_subtask").await[0], Cell::Bool(false), "{label}");
        assert_eq!(bench.column("issues", "labels").await[0], Cell::Json(r#"["a","b"]"#.into()), "{label}");
        assert_eq!(bench.column("issues", "story_points").await[0], Cell::Real(2.5), "{label}");
        assert_eq!(bench.column("issues", "due_date").await[0], text("2026-03-31"), "{label}");
        assert_eq!(
            bench.column("issues", "created_at").await[0],
            text("2026-03-04T04:53:20.000Z"),
            "{label}"
        );
        assert_eq!(bench.column("issue_changes", "item_index").await[1], Cell::Int(1), "{label}");
        assert_eq!(bench.column("people", "active").await, [Cell::Null], "{label}");
        assert_eq!(bench.column("runs", "trigger").await, [text("manual")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_export_can_be_of_one_integration_and_since_an_instant() {
    for_each_store(async |store, label| {
        let (one, two) = (Bench::named(&store, "one", 1).await, Bench::named(&store, "two", 2).await);
        one.commit_batch(everything()).await;
        two.commit(vec![record("5", 9)]).await;
        let ids = async |view: &str, integration, since| {
            let view = View::named(view).unwrap();
            let rows: Vec<Vec<Cell>> = store.export(view, integration, since).try_collect().await.unwrap();
            rows.into_iter().map(|row| row[1].clone()).collect::<Vec<Cell>>()
        };
        assert_eq!(ids("issues", None, None).await, ["1", "10", "9", "5"].map(text), "{label}");
        assert_eq!(ids("issues", Some("two"), None).await, [text("5")], "{label}");
        let since = Some(Millis(NOON.0 + 2));
        assert_eq!(ids("issues", Some("one"), since).await, [text("1"), text("9")], "{label}");
        assert!(ids("issues", Some("none"), None).await.is_empty(), "{label}");
        assert!(ids("issue_sprints", None, since).await.is_empty(), "{label}");
        assert_eq!(ids("issues", None, Some(Millis(i64::MIN))).await.len(), 4, "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_export_that_is_given_up_leaves_the_store_usable() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let bench = Bench::new(&temp.store).await;
        let records: Vec<_> = (0..2000).map(|n| record(&n.to_string(), 0)).collect();
        bench.commit(records).await;
        for _ in 0..20 {
            let view = View::named("issues").unwrap();
            let first = std::pin::pin!(temp.store.export(view, None, None)).try_next().await.unwrap();
            assert!(first.is_some(), "{}", engine.label());
        }
        assert_eq!(bench.rows("issues").await.len(), 2000, "{}", engine.label());
    })
    .await;
}
