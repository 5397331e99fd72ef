//! One integration with a run, and records to commit.

use futures::TryStreamExt as _;
use std::sync::Arc;
use weir_model::{
    AuthMethod, Batch, Change, Checkpoint, Comment, Committed, CredentialNote, Deployment, Integration,
    IntegrationId, IntegrationSettings, Issue, IssueId, IssueKey, IssueRecord, Millis, Partition, RunId,
    Scope, Sink as _, Trigger, View, Worklog,
};
use weir_store::{Cell, Lease, LeaseHolder, Retries, Sealer, Store, StoreSink};
use weir_testkit::SeededEntropy;

pub(crate) const NOON: Millis = Millis(1_772_600_000_000);

pub(crate) fn integration(name: &str, seed: u64) -> Integration {
    Integration {
        id: IntegrationId::generate(NOON, &SeededEntropy::new(seed)),
        name: name.to_owned(),
        kind: "jira".to_owned(),
        settings: IntegrationSettings {
            deployment: Deployment::Cloud,
            site_url: "https://acme.atlassian.net".to_owned(),
            auth: AuthMethod::SiteToken { email: "ann@example.com".to_owned() },
            account_id: "5b10".to_owned(),
            credential: None,
            scope: Scope::Projects(vec!["ENG".to_owned()]),
            exclusions: Default::default(),
            transport: Default::default(),
            timezone: Some("Europe/Berlin".to_owned()),
            interval_minutes: 15,
            cron: None,
            census_minutes: Some(1_440),
            reread_minutes: 720,
            history_months: None,
            cases: None,
            speed: Default::default(),
            description: String::new(),
            tags: vec!["a".to_owned()],
            owner: None,
            secondary_owner: None,
            rhythms: vec![],
        },
        created_at: NOON,
    }
}

/// What is known of a fresh credential of an integration: how it signs in, whose it is, and who gave it.
pub(crate) fn note() -> CredentialNote {
    CredentialNote {
        ends: Some("x7Q2".to_owned()),
        added_at: NOON,
        added_by: "Dana".to_owned(),
        expires_on: None,
    }
}

pub(crate) fn run_id(seed: u64) -> RunId {
    RunId::generate(NOON, &SeededEntropy::new(seed))
}

pub(crate) fn holder(token: &str) -> LeaseHolder {
    LeaseHolder { token: token.to_owned(), pid: std::process::id(), host: "elsewhere".to_owned() }
}

/// An integration with a run under way.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) id: IntegrationId,
    pub(crate) run: RunId,
    pub(crate) lease: Lease,
    pub(crate) sink: StoreSink,
}

impl Bench {
    pub(crate) async fn new(store: &Store) -> Self {
        Self::named(store, "acme", 1).await
    }

    pub(crate) async fn named(store: &Store, name: &str, seed: u64) -> Self {
        let integration = integration(name, seed);
        let (id, run) = (integration.id, run_id(seed + 1000));
        store.add_integration(&integration, "v1.0123456789abcdef.sealed").await.unwrap();
        let lease = store.take_lease(&id, &holder(name), 60_000).await.unwrap().expect("the lease is free");
        store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.unwrap();
        let sink = store.sink(&id, &run, lease.clone(), sealer(), Retries::Due).await.unwrap();
        Self { store: store.clone(), id, run, lease, sink }
    }

    pub(crate) async fn commit(&self, issues: Vec<IssueRecord>) -> Committed {
        self.commit_batch(Batch { issues, ..Batch::default() }).await
    }

    pub(crate) async fn commit_batch(&self, batch: Batch) -> Committed {
        let committed = self.sink.commit(batch).await.expect("the batch is committed");
        for (kind, counts) in committed.tally.iter() {
            assert!(counts.add_up(), "{kind:?}: {counts:?}");
        }
        committed
    }

    pub(crate) async fn rows(&self, view: &str) -> Vec<Vec<Cell>> {
        rows(&self.store, view).await
    }

    /// One column of a view.
    pub(crate) async fn column(&self, view: &str, column: &str) -> Vec<Cell> {
        column_of(&self.store, view, column).await
    }
}

pub(crate) async fn rows(store: &Store, view: &str) -> Vec<Vec<Cell>> {
    let view = View::named(view).expect("a view of that name");
    store.export(view, None, None).try_collect().await.expect("the view can be read")
}

pub(crate) async fn column_of(store: &Store, view: &str, column: &str) -> Vec<Cell> {
    let place = View::named(view).unwrap().columns.iter().position(|name| *name == column).expect("a column");
    rows(store, view).await.into_iter().map(|mut row| row.swap_remove(place)).collect()
}

pub(crate) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

pub(crate) fn checkpoint(partition: &str, position: &str) -> Checkpoint {
    Checkpoint { partition: Partition(partition.to_owned()), position: position.to_owned() }
}

pub(crate) fn issue(id: &str, updated_at: i64) -> Issue {
    Issue {
        id: IssueId::from(id),
        key: format!("ENG-{id}"),
        project_key: "ENG".into(),
        kind: Some("Story".into()),
        is_subtask: false,
        status: Some("In Progress".into()),
        status_category: Some(weir_model::StatusCategory::InProgress),
        priority: Some("High".into()),
        resolution: None,
        summary: Some(format!("Issue {id}")),
        description_text: Some("Two words".to_owned()),
        description_words: Some(2),
        assignee_id: Some("p1".into()),
        reporter_id: Some("p2".into()),
        creator_id: Some("p2".into()),
        parent_key: Some("ENG-1".to_owned()),
        epic_key: None,
        story_points: Some(2.5),
        labels: r#"["a","b"]"#.to_owned(),
        components: "[]".to_owned(),
        fix_versions: r#"["1.0"]"#.to_owned(),
        affects_versions: "[]".to_owned(),
        due_date: weir_model::PlainDate::parse("2026-03-31"),
        created_at: Some(NOON),
        updated_at: Some(Millis(NOON.0 + updated_at)),
        resolved_at: None,
        status_changed_at: Some(NOON),
        security_level: None,
        fields: r#"{"customfield_1":7}"#.to_owned(),
        url: format!("https://acme.atlassian.net/browse/ENG-{id}"),
    }
}

pub(crate) fn change(history: &str, item: i64, to: &str) -> Change {
    Change {
        history_id: Arc::from(history),
        item_index: item,
        field: "status".into(),
        field_id: Some("status".into()),
        from_id: Some("1".into()),
        from_text: Some("Open".into()),
        to_id: None,
        to_text: Some(to.into()),
        author_id: Some("p1".into()),
        changed_at: NOON,
    }
}

pub(crate) fn comment(id: &str, body: &str) -> Comment {
    Comment {
        id: id.to_owned(),
        author_id: Some("p1".into()),
        body_text: Some(body.to_owned()),
        visibility: None,
        is_public: true,
        created_at: Some(NOON),
        updated_at: Some(NOON),
    }
}

pub(crate) fn worklog(id: &str, seconds: i64) -> Worklog {
    Worklog {
        id: id.to_owned(),
        author_id: None,
        started_at: Some(NOON),
        seconds: Some(seconds),
        comment_text: None,
        created_at: Some(NOON),
        updated_at: None,
    }
}

/// An issue with one child of every kind.
pub(crate) fn record(id: &str, updated_at: i64) -> IssueRecord {
    IssueRecord {
        issue: issue(id, updated_at),
        keys: vec![IssueKey { key: format!("ENG-{id}"), since: Some(NOON) }],
        changes: vec![change(&format!("h{id}"), 0, "Done"), change(&format!("h{id}"), 1, "Closed")],
        comments: Some(vec![comment(&format!("c{id}"), "Hello")]),
        worklogs: Some(vec![worklog(&format!("w{id}"), 60)]),
        links: vec![weir_model::IssueLink {
            id: format!("l{id}"),
            kind: Some("Blocks".into()),
            direction: weir_model::LinkDirection::Outward,
            other_key: "OPS-1".to_owned(),
        }],
        sprints: vec!["7".into()],
        cases: vec![weir_model::IssueCase { case_id: "00123".to_owned(), raw: "case 123".to_owned() }],
        partly: vec![],
    }
}

/// Seals so that a test can tell what was sealed.
pub(crate) fn sealer() -> Sealer {
    Sealer::new(|_, issue, body| Ok(format!("sealed {issue} {}", body.len())))
}
