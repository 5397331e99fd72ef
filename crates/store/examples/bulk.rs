//! How fast the writer alone is, on SQLite and, where there is one, PostgreSQL.
//!
//! `cargo run --release -p weir-store --example bulk -- [ISSUES] [ISSUES PER BATCH] [BATCHES AT ONCE] [WORD…]`
//!
//! A word keeps to one database (`sqlite`, `postgres`) or, with `new`, to the first round.
//!
//! Each issue has about 4.5 KB of text, 16 history items, 3 comments, 1.5 worklogs, a link, half a sprint and a key.
//! Batches are built outside of the clock. Rows are written first, then sent again unchanged, then read.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::{
    fs,
    time::{Duration, Instant},
};
use weir_model::{
    AuthMethod, Batch, Change, Checkpoint, Comment, Deployment, Integration, IntegrationId,
    IntegrationSettings, Issue, IssueId, IssueKey, IssueLink, IssueRecord, LinkDirection, Millis, Partition,
    RunId, Sink as _, StatusCategory, Trigger, View, Worklog,
};
use weir_store::{LeaseHolder, Retries, Sealer, Store, StoreAddress};
use weir_testkit::{Engine, SeededEntropy};

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: [&str; 3] = ["new", "again", "changed"];
const START: i64 = 1_700_000_000_000;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let issues = numbers.first().copied().unwrap_or(100_000);
    let size = numbers.get(1).copied().unwrap_or(500);
    let at_once = numbers.get(2).copied().unwrap_or(1);
    println!("{issues} issues, {size} in a batch, {at_once} at once");
    let said = |word: &str| words.iter().any(|said| said == word);
    let every = !said("sqlite") && !said("postgres");
    let rounds = if said("new") { &ROUNDS[..1] } else { &ROUNDS };
    for engine in Engine::all().into_iter().filter(|engine| every || said(engine.label())) {
        let temp = engine.store().await;
        measure(&temp.store, engine.label(), issues, size, at_once, rounds).await;
    }
}

async fn measure(store: &Store, label: &str, issues: usize, size: usize, at_once: usize, rounds: &[&str]) {
    let id = IntegrationId::generate(Millis(START), &SeededEntropy::new(1));
    let run = RunId::generate(Millis(START), &SeededEntropy::new(2));
    store.add_integration(&integration(id), "").await.unwrap();
    let holder = LeaseHolder::this_process(&SeededEntropy::new(3));
    let lease = store.take_lease(&id, &holder, 3_600_000).await.unwrap().unwrap();
    store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.unwrap();
    let sink = store
        .sink(&id, &run, lease, Sealer::new(|_, _, body| Ok(body.to_owned())), Retries::Due)
        .await
        .unwrap();
    for round in rounds {
        let (mut spent, mut cpu, mut rows, mut written) = (Duration::ZERO, 0.0, 0, 0);
        let firsts: Vec<usize> = (0..issues).step_by(size * at_once).collect();
        for first in firsts {
            let batches: Vec<Batch> = (first..(first + size * at_once).min(issues))
                .step_by(size)
                .map(|start| batch(start, (start + size).min(issues), *round == "changed"))
                .collect();
            let (began, cpu_began) = (Instant::now(), cpu_seconds());
            let tallies: Vec<_> = stream::iter(batches)
                .map(|batch| sink.commit(batch))
                .buffer_unordered(at_once)
                .try_collect()
                .await
                .unwrap();
            spent += began.elapsed();
            cpu += cpu_seconds() - cpu_began;
            for committed in tallies {
                rows += committed.tally.total().read + committed.tally.of(weir_model::Kind::Issues).read;
                written += committed.tally.total().written;
            }
        }
        println!(
            "{label:9} {round:8} {:7.0} issues/s {:9.0} rows/s {:6.2} s, own processor {cpu:6.2} s, {written} written, peak {} MB",
            issues as f64 / spent.as_secs_f64(),
            rows as f64 / spent.as_secs_f64(),
            spent.as_secs_f64(),
            peak_mb()
        );
    }
    let views: &[&str] = if rounds.len() == ROUNDS.len() { &["issues", "issue_changes"] } else { &[] };
    for view in views {
        let began = Instant::now();
        let rows = store
            .export(View::named(view).unwrap(), None, None)
            .try_fold(0, async |n, _| Ok(n + 1))
            .await
            .unwrap();
        println!("{label:9} export of {view}: {rows} rows in {:.2} s", began.elapsed().as_secs_f64());
    }
    store.close().await.unwrap();
    if let StoreAddress::Sqlite(path) = store.address() {
        println!("{label:9} {} MB on disk", fs::metadata(path).unwrap().len() / 1_000_000);
    }
}

fn integration(id: IntegrationId) -> Integration {
    Integration {
        id,
        name: "acme".to_owned(),
        kind: "jira".to_owned(),
        settings: IntegrationSettings {
            deployment: Deployment::Cloud,
            site_url: "https://acme.atlassian.net".to_owned(),
            auth: AuthMethod::SiteToken { email: "a@example.com".to_owned() },
            account_id: String::new(),
            credential: None,
            scope: Default::default(),
            exclusions: Default::default(),
            transport: Default::default(),
            timezone: None,
            interval_minutes: 15,
            cron: None,
            census_minutes: Some(1_440),
            reread_minutes: 720,
            history_months: None,
            cases: None,
            speed: Default::default(),
            description: String::new(),
            tags: Vec::new(),
            owner: None,
            secondary_owner: None,
            rhythms: vec![],
        },
        created_at: Millis(START),
    }
}

fn batch(from: usize, to: usize, changed: bool) -> Batch {
    Batch {
        issues: (from..to).map(|n| record(n, changed)).collect(),
        checkpoints: vec![Checkpoint {
            partition: Partition("project:1".into()),
            position: format!("{{\"id\":{to}}}"),
        }],
        ..Batch::default()
    }
}

/// Text of this many bytes that differs from issue to issue.
fn words(n: usize, bytes: usize) -> String {
    const WORDS: [&str; 8] =
        ["login ", "fails ", "when the ", "server ", "returns ", "quickly ", "an error ", "page "];
    let mut text = String::with_capacity(bytes + 8);
    let mut state = n as u64 + 1;
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 61) as usize]);
    }
    text
}

fn record(n: usize, changed: bool) -> IssueRecord {
    let at = |minutes: usize| Millis(START + minutes as i64 * 60_000);
    let id = 10_000 + n;
    let status: std::sync::Arc<str> = if changed { "Done".into() } else { "In Progress".into() };
    IssueRecord {
        issue: Issue {
            id: IssueId::from(id.to_string().as_str()),
            key: format!("ENG-{n}"),
            project_key: "ENG".into(),
            kind: Some("Story".into()),
            is_subtask: false,
            status: Some(status),
            status_category: Some(StatusCategory::InProgress),
            priority: Some("Medium".into()),
            resolution: None,
            summary: Some(words(n, 60)),
            description_text: Some(words(n, 1500)),
            description_words: Some(250),
            assignee_id: Some("5b10ac8d82e05b22cc7d4ef5".into()),
            reporter_id: Some("5b10ac8d82e05b22cc7d4ef6".into()),
            creator_id: Some("5b10ac8d82e05b22cc7d4ef6".into()),
            parent_key: Some(format!("ENG-{}", n / 10)),
            epic_key: Some(format!("ENG-{}", n / 10)),
            story_points: Some((n % 13) as f64),
            labels: r#"["backend","login"]"#.to_owned(),
            components: r#"["API"]"#.to_owned(),
            fix_versions: r#"["2.4"]"#.to_owned(),
            affects_versions: "[]".to_owned(),
            due_date: None,
            created_at: Some(at(n)),
            updated_at: Some(at(n + 5000 + usize::from(changed))),
            resolved_at: None,
            status_changed_at: Some(at(n + 30)),
            security_level: None,
            fields: format!(r#"{{"customfield_10016":3,"customfield_10020":"{}"}}"#, words(n, 3000)),
            url: format!("https://acme.atlassian.net/browse/ENG-{n}"),
        },
        keys: vec![IssueKey { key: format!("ENG-{n}"), since: Some(at(n)) }],
        changes: (0..16)
            .map(|item| Change {
                history_id: (100_000 + n * 8 + item / 2).to_string().into(),
                item_index: (item % 2) as i64,
                field: "status".into(),
                field_id: Some("status".into()),
                from_id: Some("10001".into()),
                from_text: Some("In Progress".into()),
                to_id: Some("10002".into()),
                to_text: Some("In Review".into()),
                author_id: Some("5b10ac8d82e05b22cc7d4ef5".into()),
                changed_at: at(n + item),
            })
            .collect(),
        comments: Some(
            (0..3)
                .map(|c| Comment {
                    id: (500_000 + n * 3 + c).to_string(),
                    author_id: Some("5b10ac8d82e05b22cc7d4ef5".into()),
                    body_text: Some(words(n + c, 200)),
                    visibility: None,
                    is_public: true,
                    created_at: Some(at(n)),
                    updated_at: Some(at(n)),
                })
                .collect(),
        ),
        worklogs: Some(
            (0..1 + n % 2)
                .map(|w| Worklog {
                    id: (700_000 + n * 2 + w).to_string(),
                    author_id: Some("5b10ac8d82e05b22cc7d4ef5".into()),
                    started_at: Some(at(n)),
                    seconds: Some(3600),
                    comment_text: Some("Working on it".to_owned()),
                    created_at: Some(at(n)),
                    updated_at: Some(at(n)),
                })
                .collect(),
        ),
        links: vec![IssueLink {
            id: (900_000 + n).to_string(),
            kind: Some("Blocks".into()),
            direction: LinkDirection::Outward,
            other_key: format!("ENG-{}", n + 1),
        }],
        sprints: if n.is_multiple_of(2) { vec!["17".into()] } else { vec![] },
        cases: vec![],
        partly: vec![],
    }
}

/// Processor time of this process, the test's own database server not included.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 =
        fields.get(11..13).unwrap_or_default().iter().filter_map(|word| word.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn peak_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1000
}
