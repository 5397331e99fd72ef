//! What columns of many issues take, and how long they take to be written, read and scanned on one thread.
//!
//! `cargo run --release -p weir-metrics --example million -- [ISSUES [ROUNDS [WORD]]]`
//!
//! A word keeps to the scans that have it in their name; of five rounds, or as many as are asked
//! for, the shortest counts, chunk by chunk, so that other programs on the machine do not.
//!
//! Each issue has 16 history items, 3 comments and 1.5 worklogs over three years; two in five are not done. Blobs are kept in
//! memory. To read is from blobs to columns, without the way from a disk.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use jiff::tz::TimeZone;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use weir_metrics::{
    Field,
    columns::{CHUNK, Chunk, Column, encode, encode_replacing},
    facts::{IssueFacts, Mapping, Parts},
    hygiene::{
        Basis, BuiltIn, Check, Condition, Context, Counts, CustomRule, Every, Filter, Operand, Operator,
        Plan, Rule, RuleId, Scope, Series, Weights, count, count_over_time, instants, members,
    },
};
use weir_model::{
    Change, Comment, Issue, IssueId, Millis, PlainDate, State, Status, StatusCategory, Worklog,
};

const DAY: i64 = 86_400_000;
const BEGIN: i64 = 1_700_000_000_000;
const END: i64 = BEGIN + 1_095 * DAY;

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Blobs = BTreeMap<Column, Vec<u8>>;

fn main() {
    let issues: i64 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1_000_000);
    let (mut build, mut write) = (Duration::ZERO, Duration::ZERO);
    let mut chunks: Vec<Blobs> = Vec::new();
    let mut random = Random(1);
    for first in (0..issues).step_by(CHUNK as usize) {
        let rows: Vec<Rows> = (first..issues.min(first + CHUNK)).map(|no| rows(&mut random, no)).collect();
        let started = Instant::now();
        let facts: Vec<IssueFacts> = rows.iter().map(Rows::facts).collect();
        build += started.elapsed();
        let started = Instant::now();
        chunks.push(encode(&facts));
        write += started.elapsed();
    }
    println!("{issues} issues in {} chunks", chunks.len());
    println!("rows into facts {build:.2?}, facts into columns {write:.2?}");
    sizes(&chunks, issues);
    let started = Instant::now();
    let read: usize = chunks.iter().map(|blobs| decoded(blobs, None).facts().unwrap().len()).sum();
    println!("all columns back into {read} facts {:.2?}", started.elapsed());
    let started = Instant::now();
    for blobs in &chunks {
        let chunk = decoded(blobs, None);
        let newer: Vec<IssueFacts> =
            chunk.numbers().iter().step_by(1_000).map(|no| rows(&mut random, *no).facts()).collect();
        assert!(!encode_replacing(&chunk, &newer, &[]).unwrap().is_empty());
    }
    let each = started.elapsed() / chunks.len() as u32;
    println!("some issues of each chunk replaced {:.2?}, {each:.2?} a chunk", started.elapsed());
    scans(&chunks);
}

fn sizes(chunks: &[Blobs], issues: i64) {
    let mut sizes: BTreeMap<&Column, usize> = BTreeMap::new();
    for (column, blob) in chunks.iter().flatten() {
        *sizes.entry(column).or_default() += blob.len();
    }
    for (column, bytes) in &sizes {
        let (megabytes, each) = (*bytes as f64 / 1e6, *bytes as f64 / issues as f64);
        println!("{:<26}{megabytes:>8.1} MB {each:>7.2} bytes each", column.to_string());
    }
    println!("{:<26}{:>8.1} MB", "all", sizes.values().sum::<usize>() as f64 / 1e6);
}

fn decoded(blobs: &Blobs, plan: Option<&Plan>) -> Chunk {
    let named = plan.map(|plan| plan.columns(Some(Millis(END))));
    let asked = blobs.iter().filter(|(column, _)| named.as_ref().is_none_or(|named| named.contains(column)));
    Chunk::decode(asked.map(|(column, blob)| (column.clone(), blob.as_slice()))).unwrap()
}

fn scans(chunks: &[Blobs]) {
    let rounds = std::env::args().nth(2).and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let word = std::env::args().nth(3).unwrap_or_default();
    let context = Context {
        inactive: (0..50).map(|person| Arc::from(format!("account-{person}"))).collect(),
        statuses: STATUSES
            .iter()
            .map(|(id, name, category)| Status {
                id: (*id).into(),
                name: (*name).into(),
                category: Some(*category),
                scope_project_id: None,
            })
            .collect(),
        ..Context::default()
    };
    let built_in = BuiltIn::ALL.map(BuiltIn::by_default);
    let all = Scope { basis: Some(Basis::All), filters: Vec::new() };
    let one_project = Scope { basis: None, filters: vec![Filter::one_of(Field::Project, ["P1", "P2"])] };
    let now = vec![Millis(END)];
    let days = instants(Every::Day, 90, Millis(END), &TimeZone::UTC);
    let plan = |rules: &[Rule], scope: &Scope, instants: &[Millis]| {
        Plan::new(rules, scope, &context, instants.to_vec()).unwrap()
    };
    let custom = [custom()];
    for (what, plan) in [
        ("report, open issues", plan(&built_in, &Scope::default(), &now)),
        ("report, all issues", plan(&built_in, &all, &now)),
        ("report, two projects", plan(&built_in, &one_project, &now)),
        ("report by assignee", plan(&built_in, &Scope::default(), &now).by(Field::Assignee).unwrap()),
        ("report, a month ago", plan(&built_in, &Scope::default(), &[Millis(END - 30 * DAY)])),
        ("custom rule", plan(&custom, &Scope::default(), &now)),
    ]
    .into_iter()
    .filter(|(what, _)| what.contains(&word))
    {
        let (counts, times) =
            timed(rounds, chunks, &plan, |chunk, all: &mut Counts| all.merge(count(&plan, chunk).unwrap()));
        let score = Weights::default().score(plan.rules(), &counts.total).ok().and_then(|score| score.score);
        println!("{what:<22}{times} {} in scope, score {score:.2?}", counts.total.in_scope);
    }
    for (what, plan) in [
        ("trend of 90 days", plan(&built_in, &Scope::default(), &days)),
        ("trend of a custom rule", plan(&custom, &Scope::default(), &days)),
    ]
    .into_iter()
    .filter(|(what, _)| what.contains(&word))
    {
        let series = || Some(Series::new(&plan));
        let (all, times) = timed(rounds, chunks, &plan, |chunk, all: &mut Option<Series>| {
            all.get_or_insert_with(|| series().unwrap()).merge(&count_over_time(&plan, chunk).unwrap());
        });
        println!("{what:<22}{times} {} instants", all.unwrap().points().len());
    }
    if !"rows of a number".contains(&word) {
        return;
    }
    let plan = plan(&built_in, &Scope::default(), &now);
    let rule = RuleId::BuiltIn(BuiltIn::Idle);
    let (found, times) = timed(rounds, chunks, &plan, |chunk, all: &mut Vec<i64>| {
        all.extend(members(&plan, chunk, Some(&rule)).unwrap())
    });
    println!("{:<22}{times} {} rows", "rows of a number", found.len());
}

/// The shortest rounds: to read columns, and to scan them.
fn timed<T: Default>(
    rounds: usize,
    chunks: &[Blobs],
    plan: &Plan,
    mut scan: impl FnMut(&Chunk, &mut T),
) -> (T, String) {
    let mut best = vec![(Duration::MAX, Duration::MAX); chunks.len()];
    let mut found = T::default();
    let named = plan.columns(Some(Millis(END)));
    let bytes: usize = chunks
        .iter()
        .flatten()
        .filter(|(column, _)| named.contains(column))
        .map(|(_, blob)| blob.len())
        .sum();
    for _ in 0..rounds {
        found = T::default();
        for (blobs, best) in chunks.iter().zip(&mut best) {
            let started = Instant::now();
            let chunk = decoded(blobs, Some(plan));
            best.0 = best.0.min(started.elapsed());
            let started = Instant::now();
            scan(&chunk, &mut found);
            best.1 = best.1.min(started.elapsed());
        }
    }
    let read: Duration = best.iter().map(|best| best.0).sum();
    let scanned: Duration = best.iter().map(|best| best.1).sum();
    let megabytes = bytes as f64 / 1e6;
    (
        found,
        format!(
            "{:>9.1?} = {read:>8.1?} to read {megabytes:>5.1} MB + {scanned:>8.1?} to scan;",
            read + scanned
        ),
    )
}

fn custom() -> Rule {
    let conditions = vec![
        Condition { field: Field::Summary, operator: Operator::Contains("needs a look".into()) },
        Condition { field: Field::Hops, operator: Operator::GreaterThan(Operand::Number(1.0)) },
        Condition { field: Field::Status, operator: Operator::NotChangedFor(14.0) },
    ];
    let only = vec![Filter::one_of(Field::Type, ["Bug", "Task"])];
    Rule { id: RuleId::from("c"), check: Check::Custom(CustomRule { name: "c".into(), conditions, only }) }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    fn person(&mut self) -> Option<Arc<str>> {
        (!self.one_in(6)).then(|| Arc::from(format!("account-{}", self.below(2_000))))
    }

    fn list(&mut self, of: &str, many: u64) -> String {
        let entries: Vec<String> = (0..self.below(3)).map(|_| format!("{of} {}", self.below(many))).collect();
        serde_json::to_string(&entries).unwrap()
    }
}

const STATUSES: &[(&str, &str, StatusCategory)] = &[
    ("1", "To Do", StatusCategory::Todo),
    ("2", "Selected", StatusCategory::Todo),
    ("3", "In Progress", StatusCategory::InProgress),
    ("4", "In Review", StatusCategory::InProgress),
    ("5", "Done", StatusCategory::Done),
];

struct Rows {
    no: i64,
    issue: Issue,
    changes: Vec<Change>,
    comments: Vec<Comment>,
    worklogs: Vec<Worklog>,
    sprints: Vec<Arc<str>>,
}

impl Rows {
    fn facts(&self) -> IssueFacts {
        let parts = Parts {
            no: self.no,
            state: State::Live,
            issue: &self.issue,
            changes: &self.changes,
            comments: &self.comments,
            worklogs: &self.worklogs,
            sprints: &self.sprints,
            custom: &[],
        };
        IssueFacts::build(&parts, &Mapping::default()).unwrap()
    }
}

fn rows(random: &mut Random, no: i64) -> Rows {
    let project = format!("P{}", no / 9_000);
    // Issues of a project are numbered by their creation, which spreads over its life.
    let created = BEGIN + (no % 9_000) * (1_090 * DAY / 9_000) + random.below(DAY as u64) as i64;
    let is_done = random.below(5) < 3;
    let life = (END - created).min(if is_done { 60 * DAY } else { 400 * DAY }).max(DAY) as u64;
    let mut at: Vec<i64> = (0..16).map(|_| created + random.below(life) as i64).collect();
    at.sort_unstable();
    let last = if is_done { 4 } else { random.below(4) as usize };
    let kinds = [0, 0, 1, 2, 3, 4, 0, 5, 1, 6, 9, 9, 9, 9, 9, 0];
    let mut changes = Vec::with_capacity(16);
    for (place, (kind, at)) in kinds.into_iter().zip(&at).enumerate() {
        changes.push(change(random, no * 100 + place as i64, kind, (*at).min(END)));
    }
    let comment = |random: &mut Random| {
        let at = Millis((created + random.below(life) as i64).min(END));
        Comment {
            id: String::new(),
            author_id: random.person(),
            body_text: None,
            visibility: None,
            is_public: true,
            created_at: Some(at),
            updated_at: Some(at),
        }
    };
    let comments: Vec<Comment> = (0..3).map(|_| comment(random)).collect();
    let worklogs = (0..1 + random.below(2)).map(|_| {
        let at = Millis((created + random.below(life) as i64).min(END));
        Worklog {
            id: String::new(),
            author_id: None,
            started_at: None,
            seconds: None,
            comment_text: None,
            created_at: Some(at),
            updated_at: Some(at),
        }
    });
    let worklogs: Vec<Worklog> = worklogs.collect();
    let updated = at.last().copied().unwrap_or(created).min(END);
    let issue = Issue {
        id: IssueId::from(no.to_string().as_str()),
        key: format!("{project}-{}", no % 9_000),
        project_key: project.as_str().into(),
        kind: Some(Arc::from(*random.pick(&["Bug", "Task", "Story", "Epic"]))),
        is_subtask: random.one_in(6),
        status: Some(Arc::from(STATUSES[last].1)),
        status_category: Some(STATUSES[last].2),
        priority: Some(Arc::from(*random.pick(&["Highest", "High", "Medium", "Low"]))),
        resolution: is_done.then(|| Arc::from("Done")),
        summary: Some(format!("Something {} that needs a look", random.below(1_000_000))),
        description_text: None,
        description_words: (!random.one_in(8)).then(|| random.below(300) as i64),
        assignee_id: random.person(),
        reporter_id: random.person(),
        creator_id: random.person(),
        parent_key: random.one_in(2).then(|| format!("{project}-{}", random.below(300))),
        epic_key: None,
        story_points: random.one_in(2).then(|| random.below(13) as f64),
        labels: random.list("label", 200),
        components: random.list("component", 40),
        fix_versions: random.list("version", 60),
        affects_versions: "[]".into(),
        due_date: random.one_in(3).then(|| {
            PlainDate::parse(&format!("2026-{:02}-{:02}", 1 + random.below(12), 1 + random.below(28)))
                .unwrap()
        }),
        created_at: Some(Millis(created)),
        updated_at: Some(Millis(updated)),
        resolved_at: is_done.then_some(Millis(updated)),
        status_changed_at: Some(Millis(updated)),
        security_level: None,
        fields: String::new(),
        url: String::new(),
    };
    let sprints =
        (0..random.below(3)).map(|_| Arc::from((no / 4_500 + random.below(40) as i64).to_string())).collect();
    Rows { no, issue, changes, comments, worklogs, sprints }
}

fn change(random: &mut Random, history: i64, kind: usize, at: i64) -> Change {
    let text = |text: &str| Some(Arc::from(text));
    let (field, id, from_id, from_text): (_, _, Option<Arc<str>>, Option<Arc<str>>) = match kind {
        0 => {
            let (id, name, _) = random.pick(&STATUSES[..4]);
            ("status", "status", text(id), text(name))
        }
        1 => ("assignee", "assignee", random.person(), None),
        2 => ("Sprint", "customfield_10020", text(&random.below(400).to_string()), text("Sprint")),
        3 => ("labels", "labels", None, text("label-1 label-2")),
        4 => ("Component", "components", None, None),
        5 => ("description", "description", None, text("a few words of an older description")),
        6 => ("priority", "priority", text("3"), text("Medium")),
        _ => ("Rank", "customfield_10019", None, text("")),
    };
    Change {
        history_id: history.to_string().into(),
        item_index: 0,
        field: field.into(),
        field_id: text(id),
        from_id,
        from_text,
        to_id: None,
        to_text: if kind == 4 { text("component 1") } else { None },
        author_id: None,
        changed_at: Millis(at),
    }
}
