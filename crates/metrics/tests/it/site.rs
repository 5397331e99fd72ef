//! Sites of nasty issues: no dates, changes at the same instant and before creation, unknown statuses, empty texts, moves,
//! instants exactly at thresholds.

use crate::random::Random;
use jiff::tz::TimeZone;
use std::sync::Arc;
use weir_metrics::{
    Day, Field, Value, ValueType,
    columns::{Chunk, chunk_of, encode},
    facts::{IssueFacts, MappedField, Mapping, Parts},
    hygiene::Context,
};
use weir_model::{
    Change, Comment, Issue, IssueId, Millis, PlainDate, Sprint, State, Status, StatusCategory, Worklog,
};

/// Instants lie on a grid of half days, so that thresholds are met exactly; some a millisecond beside it.
const GRID: i64 = 43_200_000;
const BEGIN: i64 = 1_700_000_000_000 / GRID * GRID;
pub(crate) const TICKS: usize = 240;

pub(crate) fn instant(random: &mut Random) -> Millis {
    let beside = *random.pick(&[0, 0, 0, 0, 1, -1]);
    let long_ago = if random.one_in(8) { 450 * 2 * GRID } else { 0 };
    Millis(BEGIN + random.below(TICKS) as i64 * GRID + beside - long_ago)
}

#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) no: i64,
    pub(crate) state: State,
    pub(crate) issue: Issue,
    pub(crate) changes: Vec<Change>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) worklogs: Vec<Worklog>,
    pub(crate) sprints: Vec<Arc<str>>,
    pub(crate) custom: Vec<(Arc<str>, Value)>,
}

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) issues: Vec<Raw>,
    pub(crate) context: Context,
    pub(crate) mapping: Mapping,
    pub(crate) as_of: Millis,
}

pub(crate) const STATUSES: &[(&str, &str, StatusCategory)] = &[
    ("1", "To Do", StatusCategory::Todo),
    ("2", "Doing", StatusCategory::InProgress),
    ("3", "Waiting", StatusCategory::InProgress),
    ("4", "Done", StatusCategory::Done),
    ("5", "Closed", StatusCategory::Done),
];
pub(crate) const PEOPLE: &[&str] = &["ann", "bob", "cyd", "Ann"];
pub(crate) const PRIORITIES: &[&str] = &["High", "low", "LOW", "Žádná", " "];
pub(crate) const NAMES: &[&str] = &["api", "ui", "API", "d b"];
pub(crate) const LABELS: &[&str] = &["x", "y", "Z"];
pub(crate) const SPRINTS: &[&str] = &["11", "12", "13", "14", "99"];
pub(crate) const PROJECTS: &[&str] = &["A", "B-C"];
const TYPES: &[&str] = &["Bug", "Task"];
const TEXTS: &[&str] = &["", " ", "short", "Some longer text", "ŽLUŤOUČKÝ kůň"];
pub(crate) const TEAM: &str = "customfield_1";
pub(crate) const SIZE: &str = "customfield_2";
pub(crate) const START: &str = "customfield_3";

fn maybe<T>(random: &mut Random, value: impl FnOnce(&mut Random) -> T) -> Option<T> {
    if random.one_in(4) { None } else { Some(value(random)) }
}

fn text(random: &mut Random, of: &[&str]) -> Option<Arc<str>> {
    maybe(random, |random| Arc::from(*random.pick(of)))
}

fn json(entries: &[&&str]) -> String {
    serde_json::to_string(entries).unwrap()
}

fn date(random: &mut Random) -> String {
    Day::of(instant(random), &TimeZone::UTC).unwrap().to_string()
}

impl Site {
    pub(crate) fn new(seed: u64, issues: usize) -> Self {
        let random = &mut Random::new(seed);
        let as_of = Millis(BEGIN + (TICKS as i64 - random.below(60) as i64) * GRID);
        let mut no = 0;
        let issues = (0..issues).map(|_| {
            let gap = if random.one_in(9) { 6_000 } else { 3 };
            no += 1 + random.below(gap) as i64;
            raw(random, no)
        });
        let issues = issues.collect();
        let field = |id: &str, kind, name: Option<&str>| MappedField {
            id: id.into(),
            kind,
            history_name: name.map(Into::into),
        };
        let mapping = Mapping {
            fields: vec![
                field(TEAM, ValueType::Text, Some("Team")),
                field(SIZE, ValueType::Number, Some("Size")),
                field(START, ValueType::Date, None),
            ],
            ..Mapping::default()
        };
        let zone = TimeZone::get(random.pick::<&str>(&["UTC", "Asia/Tokyo", "America/New_York"])).unwrap();
        let context = Context {
            inactive: [Arc::from("bob")].into(),
            statuses: STATUSES
                .iter()
                .map(|(id, name, category)| Status {
                    id: (*id).into(),
                    name: (*name).into(),
                    category: Some(*category),
                    scope_project_id: None,
                })
                .collect(),
            sprints: SPRINTS[..4].iter().map(|id| sprint(random, id)).collect(),
            names: [(Field::Priority, [("7".into(), "High".into())].into())].into(),
            types: mapping.types(),
            zone,
        };
        Self { issues, context, mapping, as_of }
    }

    pub(crate) fn facts(&self) -> Vec<IssueFacts> {
        let build = |raw: &Raw| {
            let parts = Parts {
                no: raw.no,
                state: raw.state,
                issue: &raw.issue,
                changes: &raw.changes,
                comments: &raw.comments,
                worklogs: &raw.worklogs,
                sprints: &raw.sprints,
                custom: &raw.custom,
            };
            IssueFacts::build(&parts, &self.mapping).unwrap()
        };
        self.issues.iter().map(build).collect()
    }

    pub(crate) fn chunks(&self) -> Vec<Chunk> {
        chunks(&self.facts())
    }
}

/// Whole chunks of facts.
pub(crate) fn chunks(facts: &[IssueFacts]) -> Vec<Chunk> {
    let of_chunks = facts.chunk_by(|a, b| chunk_of(a.no) == chunk_of(b.no));
    of_chunks.map(whole).collect()
}

fn whole(facts: &[IssueFacts]) -> Chunk {
    let columns = encode(facts);
    Chunk::decode(columns.iter().map(|(column, blob)| (column.clone(), blob.as_slice()))).unwrap()
}

fn sprint(random: &mut Random, id: &str) -> Sprint {
    Sprint {
        id: id.into(),
        board_id: None,
        name: format!("Sprint {id}"),
        state: maybe(random, |random| (*random.pick(&["active", "closed", "future", "closed"])).into()),
        goal: None,
        start_at: maybe(random, instant),
        end_at: maybe(random, instant),
        completed_at: maybe(random, instant),
    }
}

fn raw(random: &mut Random, no: i64) -> Raw {
    let project = *random.pick(PROJECTS);
    let created_at = if random.one_in(12) { None } else { Some(instant(random)) };
    let status = random.pick(STATUSES);
    let labels = random.some(LABELS);
    let components = random.some(NAMES);
    let is_unknown = random.one_in(10);
    let issue = Issue {
        id: IssueId::from(no.to_string().as_str()),
        key: format!("{project}-{no}"),
        project_key: project.into(),
        kind: text(random, TYPES),
        is_subtask: random.one_in(5),
        status: if is_unknown { Some("Strange".into()) } else { Some(status.1.into()) },
        status_category: (!is_unknown && !random.one_in(6)).then_some(status.2),
        priority: text(random, PRIORITIES),
        resolution: text(random, &["Fixed"]),
        summary: text(random, TEXTS).map(|text| text.to_string()),
        description_text: None,
        description_words: maybe(random, |random| random.below(20) as i64),
        assignee_id: text(random, PEOPLE),
        reporter_id: text(random, PEOPLE),
        creator_id: text(random, PEOPLE),
        parent_key: maybe(random, |random| format!("A-{}", random.below(3))),
        epic_key: maybe(random, |random| format!("A-{}", random.below(3))),
        story_points: maybe(random, |random| random.below(8) as f64 / 2.0),
        labels: json(&labels),
        components: json(&components),
        fix_versions: json(&random.some(NAMES)),
        affects_versions: "[]".into(),
        due_date: maybe(random, |random| PlainDate::parse(&date(random)).unwrap()),
        created_at,
        updated_at: maybe(random, instant),
        resolved_at: if random.one_in(3) { Some(instant(random)) } else { None },
        status_changed_at: None,
        security_level: None,
        fields: "{}".into(),
        url: String::new(),
    };
    let mut changes: Vec<Change> = Vec::new();
    let many = *random.pick(&[0, 1, 3, 12]);
    let mut at = instant(random);
    for history in 0..random.below(many + 1) {
        if !random.one_in(4) {
            at = instant(random);
        }
        // A history names a field once, but for lists of which entries come one by one.
        let first = random.below(KINDS);
        let second = (first + 1 + random.below(KINDS - 1)) % KINDS;
        let kinds =
            if random.one_in(2) && first.max(second) > STATUS { vec![first, second] } else { vec![first] };
        for (item, kind) in (0..).zip(kinds) {
            changes.extend(change(random, &format!("{}", 1_000 - history), item, at, kind));
        }
    }
    let comments = (0..random.below(4)).map(|id| Comment {
        id: id.to_string(),
        author_id: text(random, PEOPLE),
        body_text: None,
        visibility: None,
        is_public: true,
        created_at: maybe(random, instant),
        updated_at: maybe(random, instant),
    });
    let comments = comments.collect();
    let worklogs = (0..random.below(2)).map(|id| Worklog {
        id: id.to_string(),
        author_id: None,
        started_at: None,
        seconds: None,
        comment_text: None,
        created_at: maybe(random, instant),
        updated_at: maybe(random, instant),
    });
    let worklogs = worklogs.collect();
    let mut custom: Vec<(Arc<str>, Value)> = Vec::new();
    if random.one_in(2) {
        let team: &str = random.pick::<&str>(TEXTS);
        custom.push((TEAM.into(), Value::text(team)));
        custom.push((SIZE.into(), Value::Number(random.below(5) as f64)));
        custom.push((START.into(), Value::Day(Day::parse(&date(random)).unwrap())));
    }
    Raw {
        no,
        state: if random.one_in(8) { State::Gone } else { State::Live },
        issue,
        changes,
        comments,
        worklogs,
        sprints: random.some(SPRINTS).into_iter().map(|id| Arc::from(*id)).collect(),
        custom,
    }
}

const KINDS: usize = 15;
const STATUS: usize = 3;

/// One item; of components sometimes two.
fn change(random: &mut Random, history: &str, item: i64, at: Millis, kind: usize) -> Vec<Change> {
    type Text = Option<Arc<str>>;
    let with_id = random.one_in(2);
    let item_of = |names: (&str, &str), from: (Text, Text), to: (Text, Text), place: i64| Change {
        history_id: history.into(),
        item_index: item * 10 + place,
        field: names.0.into(),
        field_id: (with_id && !names.1.is_empty()).then(|| Arc::from(names.1)),
        from_id: from.0,
        from_text: from.1,
        to_id: to.0,
        to_text: to.1,
        author_id: None,
        changed_at: at,
    };
    let none: (Text, Text) = (None, None);
    let mut status = || {
        let (id, name, _) = random.pick(STATUSES);
        match random.below(6) {
            0 => (Some(Arc::from("77")), Some(Arc::from(*name))),
            1 => (None, Some(Arc::from("gone"))),
            2 => (Some(Arc::from(*id)), Some(Arc::from("renamed since"))),
            _ => (Some(Arc::from(*id)), Some(Arc::from(*name))),
        }
    };
    let one = |names, from: (Text, Text)| vec![item_of(names, from, none.clone(), 0)];
    match kind {
        0..=STATUS => {
            let from = status();
            one(("status", "status"), from)
        }
        4 => {
            let id = text(random, PEOPLE);
            one(("assignee", "assignee"), (id.clone(), id))
        }
        5 => {
            let added = random.one_in(2);
            let names =
                (0..1 + random.below(2)).map(|_| Some(Arc::from(*random.pick(NAMES)))).collect::<Vec<Text>>();
            let sides =
                |name: Text| if added { (none.clone(), (None, name)) } else { ((None, name), none.clone()) };
            let items = (0..).zip(names).map(|(place, name)| {
                let (from, to) = sides(name);
                item_of(("Component", "components"), from, to, place)
            });
            items.collect()
        }
        6 => {
            let labels = random.some(LABELS).into_iter().copied().collect::<Vec<_>>().join(" ");
            one(("labels", "labels"), (Some("".into()), Some(labels.into())))
        }
        7 => {
            let ids = random.some(SPRINTS).into_iter().copied().collect::<Vec<_>>().join(", ");
            vec![Change {
                field_id: with_id.then(|| "customfield_9".into()),
                ..item_of(("Sprint", ""), (Some(ids.into()), Some("names".into())), none.clone(), 0)
            }]
        }
        8 => {
            let day = maybe(random, date).map(Arc::from);
            one(("duedate", "duedate"), (day, None))
        }
        9 => {
            let words = text(random, TEXTS);
            one(("description", "description"), (None, words))
        }
        10 => {
            let priority = text(random, PRIORITIES);
            let id = random.one_in(3).then(|| Arc::from("7"));
            one(("priority", "priority"), (id, priority))
        }
        11 => {
            let project = *random.pick(PROJECTS);
            one(("Key", ""), (None, Some(format!("{project}-{}", random.below(99)).into())))
        }
        12 => {
            let team = text(random, TEXTS);
            one(("Team", TEAM), (None, team))
        }
        13 => {
            let kind = text(random, TYPES);
            one(("issuetype", "issuetype"), (None, kind))
        }
        _ => {
            let points = text(random, &["1", "2.5", ""]);
            one(("Story Points", "customfield_8"), (None, points))
        }
    }
}
