//! A site of a few ids, and what is told of issues that the scope does not take any more.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use super::*;
use crate::samples;
use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    sync::{Mutex, atomic::AtomicBool, atomic::Ordering::Relaxed},
};
use weir_model::{Clock as _, Issue, IssueRecord, Millis, RunId, Trigger};
use weir_source::{Looked, Progress, Reading, SiteProjects, SourceError};
use weir_store::{LeaseHolder, Retries, Sealer, StoreSink};
use weir_testkit::{Engine, SeededEntropy, TempStore, TestClock};

/// A site: keys of the issues that it shows by id, and which of them a listing has.
#[derive(Debug, Default)]
struct Site {
    shown: Mutex<BTreeMap<String, String>>,
    listed: Mutex<Vec<String>>,
    refuses: Mutex<Option<Message>>,
    asked: AtomicBool,
    /// Its time, where it tells one.
    time: Mutex<Option<Millis>>,
}

impl Site {
    fn with(shown: &[(&str, &str)], listed: &[&str]) -> Arc<Self> {
        let pair = |(id, key): &(&str, &str)| ((*id).to_owned(), (*key).to_owned());
        Arc::new(Self {
            shown: Mutex::new(shown.iter().map(pair).collect()),
            listed: Mutex::new(listed.iter().map(|id| (*id).to_owned()).collect()),
            ..Self::default()
        })
    }
}

#[async_trait]
impl Source for Site {
    async fn begin(&self, _: Arc<Progress>, _: &[Checkpoint]) -> Result<Arc<dyn Reading>, SourceError> {
        Err(SourceError::new(Message::Interrupted {}))
    }

    async fn projects(&self) -> Result<Vec<ProjectRef>, SourceError> {
        let project = |key: &str| ProjectRef { id: key.to_owned(), key: key.to_owned() };
        Ok(vec![project("ENG"), project("OPS")])
    }

    async fn issue_ids(&self, project: &ProjectRef) -> Result<Vec<IssueId>, SourceError> {
        self.asked.store(true, Relaxed);
        if let Some(message) = &*self.refuses.lock().unwrap() {
            return Err(SourceError::new(message.clone()));
        }
        let shown = self.shown.lock().unwrap();
        let here = |id: &&String| shown[*id].starts_with(&project.key);
        Ok(self.listed.lock().unwrap().iter().filter(here).map(|id| IssueId::from(id.as_str())).collect())
    }

    async fn issue_keys(&self, ids: &[IssueId]) -> Result<Vec<(IssueId, String)>, SourceError> {
        let shown = self.shown.lock().unwrap();
        Ok(ids.iter().filter_map(|id| Some((id.clone(), shown.get(id.as_str())?.clone()))).collect())
    }

    async fn site_projects(&self) -> Result<SiteProjects, SourceError> {
        Ok(SiteProjects::default())
    }

    async fn look(&self, _: &[IssueId]) -> Result<Looked, SourceError> {
        Ok(Looked::default())
    }

    async fn time(&self) -> Result<Option<Millis>, SourceError> {
        Ok(*self.time.lock().unwrap())
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

/// A store that holds live issues, and a run that has read.
struct Bench {
    temp: TempStore,
    integration: Integration,
    run: RunId,
    sink: StoreSink,
}

impl Bench {
    async fn holding(scope: Scope, issues: &[(&str, &str)]) -> Self {
        let temp = Engine::Sqlite.store().await;
        let entropy = SeededEntropy::new(1);
        let mut integration = samples::integration("acme", 1, Millis(1));
        integration.settings.scope = scope;
        let store = &temp.store;
        store.add_integration(&integration, "").await.unwrap();
        let run = RunId::generate(Millis(2), &entropy);
        let holder = LeaseHolder { token: "t".into(), pid: 1, host: String::new() };
        let lease = store.take_lease(&integration.id, &holder, 60_000).await.unwrap().unwrap();
        store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.unwrap();
        let sealer = Sealer::new(|_, _, body| Ok(body.to_owned()));
        let sink = store.sink(&integration.id, &run, lease, sealer, Retries::Due).await.unwrap();
        let issues = issues.iter().map(|(id, key)| record(id, key)).collect();
        sink.commit(Batch { issues, ..Batch::default() }).await.unwrap();
        Self { temp, integration, run, sink }
    }

    async fn due(&self) -> Due {
        let checkpoints = self.temp.store.checkpoints(&self.integration.id).await.unwrap();
        Due::of(&self.temp.store, &self.integration, &checkpoints, false).await.unwrap()
    }

    /// Compares what is due, with a site that shows `unfiltered` without the filter.
    async fn compare(&self, site: &Site, unfiltered: &Arc<Site>) -> Result<Tally, Message> {
        let store = &self.temp.store;
        let clock = Arc::new(TestClock::default());
        let journal = Journal { store, run: self.run, clock };
        let open = || Ok(unfiltered.clone() as Arc<dyn Source>);
        let mut comparison = Comparison {
            store,
            integration: &self.integration,
            source: site,
            open_unfiltered: &open,
            sink: &self.sink,
            journal: &journal,
            unfiltered: None,
        };
        let mut tally = Tally::default();
        comparison.run(self.due().await, &mut tally).await.map(|()| tally)
    }

    async fn live(&self) -> Vec<String> {
        let mut live = vec![];
        for key in self.temp.store.project_keys(&self.integration.id).await.unwrap() {
            let visit = |_: &str, key: &str| live.push(key.to_owned());
            self.temp.store.live_ids(&self.integration.id, &key, visit).await.unwrap();
        }
        live
    }

    async fn codes(&self) -> Vec<String> {
        let events = self.temp.store.run_events(&self.run).await.unwrap();
        events.into_iter().map(|event| event.code).collect()
    }
}

fn record(id: &str, key: &str) -> IssueRecord {
    let none = || "[]".to_owned();
    IssueRecord {
        issue: Issue {
            id: IssueId::from(id),
            key: key.to_owned(),
            project_key: key.split('-').next().unwrap().into(),
            kind: None,
            is_subtask: false,
            status: None,
            status_category: None,
            priority: None,
            resolution: None,
            summary: None,
            description_text: None,
            description_words: None,
            assignee_id: None,
            reporter_id: None,
            creator_id: None,
            parent_key: None,
            epic_key: None,
            story_points: None,
            labels: none(),
            components: none(),
            fix_versions: none(),
            affects_versions: none(),
            due_date: None,
            created_at: None,
            updated_at: None,
            resolved_at: None,
            status_changed_at: None,
            security_level: None,
            fields: "{}".to_owned(),
            url: String::new(),
        },
        keys: vec![],
        changes: vec![],
        comments: None,
        worklogs: None,
        links: vec![],
        sprints: vec![],
        cases: vec![],
        partly: vec![],
    }
}

fn edited(id: &str, at: i64) -> IssueRecord {
    let mut record = record(id, &format!("ENG-{id}"));
    record.issue.updated_at = Some(Millis(at));
    record
}

fn filter() -> Scope {
    Scope::Jql("a = 1".to_owned())
}

/// Thirty issues of a project, by id and key.
fn thirty() -> Vec<(String, String)> {
    (0..30).map(|n| (n.to_string(), format!("ENG-{n}"))).collect()
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(id, key)| (id.as_str(), key.as_str())).collect()
}

#[tokio::test]
async fn only_issues_that_the_site_still_shows_leave_the_scope() {
    let bench =
        Bench::holding(filter(), &[("1", "ENG-1"), ("2", "ENG-2"), ("3", "ENG-3"), ("4", "OPS-4")]).await;
    let site = Site::with(&[("1", "ENG-1"), ("2", "ENG-2"), ("4", "OPS-4")], &["1"]);
    let tally = bench.compare(&site, &site).await.unwrap();
    assert_eq!(bench.live().await, ["ENG-1", "ENG-3"], "ENG-3 is absent: that is for a census to say");
    assert_eq!(tally.of(Kind::Issues).removed, 2);
    assert_eq!(bench.due().await, Due::Nothing);
}

#[tokio::test]
async fn an_issue_that_moved_within_the_scope_stays() {
    let bench = Bench::holding(filter(), &[("1", "ENG-1"), ("2", "ENG-2"), ("3", "ENG-3")]).await;
    let site = Site::with(&[("1", "ENG-1"), ("2", "OPS-9"), ("3", "ELSEWHERE-1")], &["1"]);
    bench.compare(&site, &site).await.unwrap();
    assert_eq!(
        bench.live().await,
        ["ENG-1", "ENG-2"],
        "what moved out of every project in scope has left it"
    );
}

#[tokio::test]
async fn what_a_filters_index_may_not_know_yet_is_left_to_the_next_run() {
    let bench = Bench::holding(filter(), &[("1", "ENG-1"), ("2", "ENG-2")]).await;
    let now = TestClock::default().now().0;
    let issues = vec![edited("1", now - LAG + 1_000), edited("2", now - LAG - 1_000)];
    bench.sink.commit(Batch { issues, ..Batch::default() }).await.unwrap();
    let site = Site::with(&[("1", "ENG-1"), ("2", "ENG-2")], &[]);
    bench.compare(&site, &site).await.unwrap();
    assert_eq!(bench.live().await, ["ENG-1"]);
}

#[tokio::test]
async fn what_was_edited_just_now_is_told_by_the_sites_clock_where_ours_is_ahead_or_behind() {
    for ahead in [3_600_000, -3_600_000] {
        let bench = Bench::holding(filter(), &[("1", "ENG-1"), ("2", "ENG-2")]).await;
        let now = TestClock::default().now().0 - ahead;
        let issues = vec![edited("1", now - LAG + 1_000), edited("2", now - LAG - 1_000)];
        bench.sink.commit(Batch { issues, ..Batch::default() }).await.unwrap();
        let site = Site::with(&[("1", "ENG-1"), ("2", "ENG-2")], &[]);
        *site.time.lock().unwrap() = Some(Millis(now));
        bench.compare(&site, &site).await.unwrap();
        assert_eq!(bench.live().await, ["ENG-1"], "{ahead}");
    }
}

#[tokio::test]
async fn an_issue_of_a_named_project_that_its_list_lacks_is_not_out_of_scope() {
    let named = Scope::Projects(vec!["ENG".to_owned(), "OPS".to_owned()]);
    let bench = Bench::holding(named, &[("1", "ENG-1"), ("2", "ENG-2")]).await;
    let site = Site::with(&[("1", "ENG-1"), ("2", "AWAY-2")], &[]);
    bench.compare(&site, &site).await.unwrap();
    assert_eq!(bench.live().await, ["ENG-1"], "an index is behind; what moved to another project is out");
}

#[tokio::test]
async fn a_store_without_issues_has_nothing_to_compare() {
    let bench = Bench::holding(filter(), &[]).await;
    assert_eq!(bench.due().await, Due::Mark);
    let site = Site::with(&[], &[]);
    bench.compare(&site, &site).await.unwrap();
    assert!(!site.asked.load(Relaxed));
    assert_eq!(bench.due().await, Due::Nothing);
}

#[tokio::test]
async fn another_scope_is_due_and_another_order_of_projects_is_not() {
    let projects = |keys: [&str; 2]| Scope::Projects(keys.map(str::to_owned).to_vec());
    let mut bench = Bench::holding(projects(["ENG", "OPS"]), &[("1", "ENG-1")]).await;
    let site = Site::with(&[("1", "ENG-1")], &["1"]);
    bench.compare(&site, &site).await.unwrap();
    bench.integration.settings.scope = projects(["OPS", "ENG"]);
    assert_eq!(bench.due().await, Due::Nothing);
    bench.integration.settings.scope = filter();
    assert_eq!(bench.due().await, Due::All);
}

#[tokio::test]
async fn a_site_that_fails_ends_the_run_and_the_next_compares_again() {
    let bench = Bench::holding(filter(), &[("1", "ENG-1")]).await;
    let site = Site::with(&[("1", "ENG-1")], &[]);
    *site.refuses.lock().unwrap() = Some(Message::NetTimeout { host: "acme".into(), seconds: 1 });
    assert_eq!(bench.compare(&site, &site).await.unwrap_err().id(), "net.timeout");
    assert_eq!((bench.live().await, bench.due().await), (vec!["ENG-1".to_owned()], Due::All));
    *site.refuses.lock().unwrap() = None;
    bench.compare(&site, &site).await.unwrap();
    assert!(bench.live().await.is_empty());
}

#[tokio::test]
async fn a_project_that_cannot_be_listed_is_skipped_and_tried_again() {
    let bench = Bench::holding(filter(), &[("1", "ENG-1")]).await;
    let site = Site::with(&[("1", "ENG-1")], &[]);
    *site.refuses.lock().unwrap() = Some(Message::PermBrowse { key: "ENG".into() });
    let tally = bench.compare(&site, &site).await.unwrap();
    assert_eq!(
        (tally.of(Kind::Projects).skipped, bench.codes().await),
        (1, vec!["scope.unlisted".to_owned()])
    );
    assert_eq!(bench.live().await, ["ENG-1"]);
    assert_eq!(bench.due().await, Due::Unlisted(["ENG".to_owned()].into()));
    *site.refuses.lock().unwrap() = None;
    bench.compare(&site, &site).await.unwrap();
    assert_eq!((bench.live().await.len(), bench.due().await), (0, Due::Nothing));
}

#[tokio::test]
async fn an_account_that_sees_nothing_more_puts_nothing_out_of_scope() {
    let issues = thirty();
    let bench = Bench::holding(filter(), &borrowed(&issues)).await;
    let site = Site::with(&borrowed(&issues), &[]);
    let tally = bench.compare(&site, &site).await.unwrap();
    assert_eq!((bench.live().await.len(), tally.of(Kind::Projects).skipped), (30, 1));
    assert_eq!(bench.codes().await, ["scope.empty"]);
    assert_eq!(bench.due().await, Due::Nothing, "it is left to a census");
}

#[tokio::test]
async fn nothing_is_out_of_a_scope_that_takes_everything() {
    let issues = thirty();
    let bench = Bench::holding(Scope::Everything, &borrowed(&issues)).await;
    let site = Site::with(&borrowed(&issues), &[]);
    let tally = bench.compare(&site, &site).await.unwrap();
    assert_eq!((bench.live().await.len(), tally.of(Kind::Projects).skipped), (30, 0));
    assert!(bench.codes().await.is_empty());
}

#[tokio::test]
async fn a_filter_that_takes_none_of_a_project_puts_all_of_it_out_of_scope() {
    let issues = thirty();
    let bench = Bench::holding(filter(), &borrowed(&issues)).await;
    let ids: Vec<&str> = issues.iter().map(|(id, _)| id.as_str()).collect();
    let unfiltered = Site::with(&borrowed(&issues), &ids);
    bench.compare(&Site::with(&borrowed(&issues), &[]), &unfiltered).await.unwrap();
    assert!(bench.live().await.is_empty());
    assert_eq!(bench.codes().await, ["scope.left"]);
}
