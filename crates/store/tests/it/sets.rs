use crate::setup::*;
use std::sync::Arc;
use weir_model::{
    Batch, Component, IssueKey, IssueLink, IssueRecord, Kind, LinkDirection, Person, PersonKind, PlainDate,
    Project, ProjectState, ReferenceSet, Status, StatusCategory, Version,
};
use weir_store::Cell;
use weir_testkit::for_each_store;

/// Ids that a view shows of issue 1.
async fn left(bench: &Bench, view: &str, column: &str) -> Vec<Cell> {
    bench.column(view, column).await
}

#[tokio::test]
async fn what_an_issue_no_longer_has_goes_and_its_history_stays() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let bare = IssueRecord {
            keys: vec![],
            changes: vec![],
            comments: Some(vec![]),
            worklogs: Some(vec![]),
            links: vec![],
            sprints: vec![],
            cases: vec![],
            ..record("1", 1)
        };
        let tally = bench.commit(vec![bare]).await.tally;
        for (kind, view, column, of_the_other) in [
            (Kind::IssueKeys, "issue_keys", "key", "ENG-2"),
            (Kind::IssueComments, "issue_comments", "id", "c2"),
            (Kind::IssueWorklogs, "issue_worklogs", "id", "w2"),
            (Kind::IssueLinks, "issue_links", "id", "l2"),
            (Kind::IssueSprints, "issue_sprints", "sprint_id", "7"),
            (Kind::IssueCases, "issue_cases", "case_id", "00123"),
        ] {
            assert_eq!(tally.of(kind).removed, 1, "{kind:?} on {label}");
            assert_eq!(left(&bench, view, column).await, [text(of_the_other)], "{kind:?} on {label}");
        }
        assert_eq!(bench.rows("issue_changes").await.len(), 4, "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_set_is_exchanged_row_by_row() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let with = |comments: Vec<_>, sprints: &[&str]| IssueRecord {
            comments: Some(comments),
            sprints: sprints.iter().map(|id| Arc::from(*id)).collect(),
            ..record("1", 0)
        };
        let first = vec![comment("1", "a"), comment("2", "b"), comment("3", "c")];
        bench.commit(vec![with(first, &["1", "2"])]).await;
        let second = vec![comment("3", "c"), comment("2", "edited"), comment("4", "d")];
        let tally = bench.commit(vec![with(second, &["2", "3", "4"])]).await.tally;
        let counts = tally.of(Kind::IssueComments);
        assert_eq!((counts.written, counts.unchanged, counts.removed), (2, 1, 1), "{label}");
        assert_eq!(bench.column("issue_comments", "id").await, [text("2"), text("3"), text("4")], "{label}");
        assert_eq!(bench.column("issue_comments", "body_text").await[0], text("edited"), "{label}");
        assert_eq!(bench.column("issue_sprints", "sprint_id").await, ["2", "3", "4"].map(text), "{label}");
    })
    .await;
}

#[tokio::test]
async fn sets_that_were_not_read_stay_as_they_are() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0)]).await;
        let unread = IssueRecord { comments: None, worklogs: None, ..record("1", 1) };
        let tally = bench.commit(vec![unread]).await.tally;
        assert_eq!(tally.of(Kind::IssueComments).read, 0, "{label}");
        assert_eq!(bench.column("issue_comments", "id").await, [text("c1")], "{label}");
        assert_eq!(bench.column("issue_worklogs", "id").await, [text("w1")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_list_with_an_entry_that_could_not_be_read_takes_no_row_away() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let with = |comments: Vec<_>, partly: &[Kind]| IssueRecord {
            comments: Some(comments),
            partly: partly.to_vec(),
            ..record("1", 0)
        };
        bench.commit(vec![with(vec![comment("1", "a"), comment("2", "b")], &[])]).await;
        let tally =
            bench.commit(vec![with(vec![comment("1", "edited")], &[Kind::IssueComments])]).await.tally;
        assert_eq!(tally.of(Kind::IssueComments).removed, 0, "{label}");
        assert_eq!(bench.column("issue_comments", "body_text").await, ["edited", "b"].map(text), "{label}");
        bench.commit(vec![with(vec![comment("1", "edited")], &[Kind::IssueWorklogs])]).await;
        assert_eq!(bench.column("issue_comments", "id").await, [text("1")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_that_moved_keeps_its_old_keys() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0)]).await;
        let mut moved = record("1", 1);
        moved.issue.key = "OPS-9".to_owned();
        moved.issue.project_key = "OPS".into();
        moved.keys.push(IssueKey { key: "OPS-9".to_owned(), since: Some(NOON) });
        bench.commit(vec![moved]).await;
        assert_eq!(bench.column("issue_keys", "key").await, [text("ENG-1"), text("OPS-9")], "{label}");
        assert_eq!(store.project_keys(&bench.id).await.unwrap(), ["OPS"], "{label}");
    })
    .await;
}

#[tokio::test]
async fn many_issues_lose_many_rows_at_once() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let linked = |count: usize| -> Vec<IssueRecord> {
            let link = |n: usize| IssueLink {
                id: n.to_string(),
                kind: None,
                direction: LinkDirection::Inward,
                other_key: "A-1".to_owned(),
            };
            (0..700)
                .map(|n| IssueRecord { links: (0..count).map(link).collect(), ..record(&n.to_string(), 0) })
                .collect()
        };
        bench.commit(linked(5)).await;
        let tally = bench.commit(linked(3)).await.tally;
        assert_eq!(tally.of(Kind::IssueLinks).removed, 1400, "{label}");
        assert_eq!(store.counts(&bench.id).await.unwrap()[&Kind::IssueLinks], 2100, "{label}");
    })
    .await;
}

fn version(id: &str, project_key: &str) -> Version {
    Version {
        id: id.to_owned(),
        name: format!("v{id}"),
        project_key: project_key.to_owned(),
        description: None,
        released: true,
        archived: false,
        start_date: PlainDate::parse("2026-01-01"),
        release_date: None,
    }
}

#[tokio::test]
async fn versions_and_components_of_a_project_are_a_whole_and_those_of_others_stay() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let component = |id: &str| Component {
            id: id.to_owned(),
            name: "c".to_owned(),
            project_key: "ENG".to_owned(),
            description: Some(String::new()),
            lead_id: None,
        };
        let versions = |project: &str, ids: &[&str]| ReferenceSet::Versions {
            project_key: project.to_owned(),
            rows: ids.iter().map(|id| version(id, project)).collect(),
        };
        let components = |ids: &[&str]| ReferenceSet::Components {
            project_key: "ENG".to_owned(),
            rows: ids.iter().map(|id| component(id)).collect(),
        };
        let reference = vec![versions("ENG", &["1", "2"]), versions("OPS", &["3"]), components(&["1", "2"])];
        bench.commit_batch(Batch { reference, ..Batch::default() }).await;
        let reference = vec![versions("ENG", &["2"]), components(&[])];
        let tally = bench.commit_batch(Batch { reference, ..Batch::default() }).await.tally;
        assert_eq!((tally.of(Kind::Versions).removed, tally.of(Kind::Components).removed), (1, 2), "{label}");
        assert_eq!(bench.column("versions", "id").await, [text("2"), text("3")], "{label}");
        assert_eq!(bench.rows("components").await.len(), 0, "{label}");
    })
    .await;
}

#[tokio::test]
async fn other_lists_only_grow() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let statuses = |ids: &[&str]| {
            let status = |id: &&str| Status {
                id: (*id).to_owned(),
                name: "Done".to_owned(),
                category: Some(StatusCategory::Done),
                scope_project_id: None,
            };
            Batch {
                reference: vec![ReferenceSet::Statuses(ids.iter().map(status).collect())],
                ..Batch::default()
            }
        };
        bench.commit_batch(statuses(&["1", "2"])).await;
        let tally = bench.commit_batch(statuses(&["2", "3", "3"])).await.tally;
        let counts = tally.of(Kind::Statuses);
        assert_eq!((counts.read, counts.written, counts.unchanged, counts.removed), (3, 1, 2, 0), "{label}");
        assert_eq!(bench.column("statuses", "id").await, ["1", "2", "3"].map(text), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_project_is_onboarded_once() {
    weir_testkit::for_each_engine(async |engine| {
        let temp = engine.store().await;
        let bench = Bench::new(&temp.store).await;
        let project = |name: &str| Project {
            id: "10".to_owned(),
            key: "ENG".to_owned(),
            name: name.to_owned(),
            kind: Some("software".to_owned()),
            style: Some("classic".to_owned()),
            category: None,
            lead_id: None,
            state: ProjectState::Live,
            url: "https://acme.atlassian.net/browse/ENG".to_owned(),
        };
        let batch =
            |name| Batch { reference: vec![ReferenceSet::Projects(vec![project(name)])], ..Batch::default() };
        bench.commit_batch(batch("One")).await;
        let onboarded = weir_model::Clock::now(&*temp.clock).rfc3339();
        temp.clock.advance(1000);
        let tally = bench.commit_batch(batch("Two")).await.tally;
        assert_eq!(tally.of(Kind::Projects).written, 1, "{}", engine.label());
        assert_eq!(bench.column("projects", "onboarded_at").await, [text(&onboarded)], "{}", engine.label());
        assert_eq!(bench.column("projects", "name").await, [text("Two")], "{}", engine.label());
    })
    .await;
}

#[tokio::test]
async fn a_mere_mention_takes_nothing_away_from_what_is_known_of_a_person() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let known = Person {
            id: "p1".to_owned(),
            name: Some("Ann".to_owned()),
            email: Some("ann@example.com".to_owned()),
            kind: PersonKind::Person,
            active: Some(true),
        };
        let mention =
            Person { name: None, email: None, kind: PersonKind::Unknown, active: None, ..known.clone() };
        let people = |people| Batch { people, ..Batch::default() };
        bench.commit_batch(people(vec![known.clone(), mention.clone()])).await;
        assert_eq!(
            bench.commit_batch(people(vec![mention])).await.tally.of(Kind::People).written,
            0,
            "{label}"
        );
        let row = vec![
            text("acme"),
            text("p1"),
            text("Ann"),
            text("ann@example.com"),
            text("person"),
            Cell::Bool(true),
        ];
        assert_eq!(bench.rows("people").await, [row], "{label}");
        let hidden = Person { email: None, active: Some(false), ..known };
        assert_eq!(
            bench.commit_batch(people(vec![hidden])).await.tally.of(Kind::People).written,
            1,
            "{label}"
        );
        assert_eq!(bench.column("people", "email").await, [Cell::Null], "{label}");
        assert_eq!(bench.column("people", "active").await, [Cell::Bool(false)], "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_that_left_the_scope_is_kept_and_comes_back_alive() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let left = Batch { out_of_scope: vec!["1".into(), "9".into()], ..Batch::default() };
        assert_eq!(bench.commit_batch(left.clone()).await.tally.of(Kind::Issues).removed, 1, "{label}");
        assert_eq!(bench.commit_batch(left).await.tally.of(Kind::Issues).removed, 0, "{label}");
        let states = bench.column("issues", "state").await;
        assert_eq!(states, [text("out_of_scope"), text("live")], "{label}");
        assert_eq!(bench.commit(vec![record("1", 0)]).await.tally.of(Kind::Issues).written, 1, "{label}");
        assert_eq!(bench.column("issues", "state").await, [text("live"), text("live")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_worklog_that_was_deleted_goes() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let deleted = Batch { deleted_worklogs: vec!["w1".into(), "none".into()], ..Batch::default() };
        assert_eq!(bench.commit_batch(deleted).await.tally.of(Kind::IssueWorklogs).removed, 1, "{label}");
        assert_eq!(bench.column("issue_worklogs", "id").await, [text("w2")], "{label}");
    })
    .await;
}
