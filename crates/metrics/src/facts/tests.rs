use super::*;
use std::sync::Arc;
use weir_model::{Change, Comment, Issue, IssueId, StatusCategory};

fn issue() -> Issue {
    Issue {
        id: IssueId::from("1"),
        key: "B-7".into(),
        project_key: "B".into(),
        kind: Some("Task".into()),
        is_subtask: false,
        status: Some("Done".into()),
        status_category: Some(StatusCategory::Done),
        priority: Some("High".into()),
        resolution: Some("Fixed".into()),
        summary: Some("now".into()),
        description_text: None,
        description_words: Some(12),
        assignee_id: None,
        reporter_id: Some("rita".into()),
        creator_id: Some("rita".into()),
        parent_key: None,
        epic_key: Some("B-1".into()),
        story_points: Some(5.0),
        labels: r#"["x","y"]"#.into(),
        components: r#"["api","ui"]"#.into(),
        fix_versions: "[]".into(),
        affects_versions: "[]".into(),
        due_date: None,
        created_at: Some(Millis(100)),
        updated_at: Some(Millis(900)),
        resolved_at: Some(Millis(800)),
        status_changed_at: Some(Millis(800)),
        security_level: None,
        fields: "{}".into(),
        url: String::new(),
    }
}

type Side<'a> = (Option<&'a str>, Option<&'a str>);

fn change(history: &str, at: i64, field: (&str, Option<&str>), from: Side<'_>, to: Side<'_>) -> Change {
    Change {
        history_id: history.into(),
        item_index: 0,
        field: field.0.into(),
        field_id: field.1.map(Into::into),
        from_id: from.0.map(Into::into),
        from_text: from.1.map(Into::into),
        to_id: to.0.map(Into::into),
        to_text: to.1.map(Into::into),
        author_id: None,
        changed_at: Millis(at),
    }
}

fn facts(changes: &[Change], comments: &[Comment], mapping: &Mapping) -> IssueFacts {
    let issue = issue();
    let sprints = [Arc::from("5"), Arc::from("6")];
    let parts = Parts {
        no: 1,
        state: State::Live,
        issue: &issue,
        changes,
        comments,
        worklogs: &[],
        sprints: &sprints,
        custom: &[],
    };
    IssueFacts::build(&parts, mapping).unwrap()
}

fn at(facts: &IssueFacts, field: Field, at: i64) -> Option<Value> {
    facts.fields[&field].at(Millis(at)).cloned()
}

const NONE: Side<'static> = (None, None);

#[test]
fn the_value_at_an_instant_is_the_old_value_of_the_next_change() {
    let status = ("status", Some("status"));
    let facts = facts(
        &[
            change("2", 500, status, (Some("3"), Some("Doing")), (Some("9"), Some("Done"))),
            change("1", 300, status, (Some("1"), Some("To Do")), (Some("3"), Some("Doing"))),
            change("3", 300, ("status", Some("customfield_1")), (Some("8"), Some("x")), NONE),
        ],
        &[],
        &Mapping::default(),
    );
    let named = |id: &str, name: &str| Some(Value::Named { id: Some(id.into()), name: name.into() });
    assert_eq!(at(&facts, Field::Status, 299), named("1", "To Do"));
    assert_eq!(at(&facts, Field::Status, 300), named("3", "Doing"));
    let done = Value::Status { name: "Done".into(), category: Some(StatusCategory::Done) };
    assert_eq!(at(&facts, Field::Status, 500), Some(done));
    assert_eq!(facts.first_status_change, Some(Millis(300)));
    assert_eq!(facts.touched, [100, 300, 500].map(Millis));
}

#[test]
fn of_changes_at_one_instant_the_last_holds_from_then_on() {
    let summary = ("summary", None);
    let facts = facts(
        &[
            change("11", 300, summary, (None, Some("middle")), (None, Some("now"))),
            change("9", 300, summary, (None, Some("first")), (None, Some("middle"))),
        ],
        &[],
        &Mapping::default(),
    );
    assert_eq!(at(&facts, Field::Summary, 299), Some(Value::text("first")));
    assert_eq!(at(&facts, Field::Summary, 300), Some(Value::text("now")));
    assert_eq!(facts.fields[&Field::Summary].steps.len(), 2);
}

#[test]
fn components_are_undone_one_by_one_and_by_their_present_names() {
    let mut mapping = Mapping::default();
    mapping.names.insert(Field::Components, [("10".into(), "api".into())].into());
    let component = ("Component", Some("components"));
    let facts = facts(
        &[
            change("1", 200, component, NONE, (Some("10"), Some("the old name"))),
            change("2", 300, component, (Some("12"), Some("db")), NONE),
            change("2", 300, component, NONE, (Some("11"), Some("ui"))),
        ],
        &[],
        &mapping,
    );
    assert_eq!(at(&facts, Field::Components, 300), Some(Value::list(["api", "ui"])));
    assert_eq!(at(&facts, Field::Components, 200), Some(Value::list(["api", "db"])));
    assert_eq!(at(&facts, Field::Components, 199), Some(Value::list(["db"])));
    assert_eq!(facts.fields[&Field::Components].steps.len(), 2, "one history is one change");
}

#[test]
fn whole_lists_dates_numbers_and_words_are_read_from_their_items() {
    let facts = facts(
        &[
            change("1", 200, ("labels", None), (Some(""), Some("")), (Some(""), Some("x"))),
            change("2", 300, ("labels", None), (Some(""), Some("x z")), (Some(""), Some("x y"))),
            change("3", 300, ("Sprint", Some("customfield_7")), (Some("5, 4"), Some("a, b, c")), NONE),
            change("4", 300, ("duedate", None), (Some("1970-01-02"), Some("1970-01-02 00:00:00.0")), NONE),
            change("5", 300, ("Story Points", Some("customfield_8")), (None, Some("2.5")), NONE),
            change("6", 300, ("description", None), (None, Some("two words")), NONE),
            change("7", 300, ("Epic Link", None), (Some("77"), Some("A-3")), NONE),
        ],
        &[],
        &Mapping::default(),
    );
    assert_eq!(at(&facts, Field::Labels, 199), None);
    assert_eq!(at(&facts, Field::Labels, 250), Some(Value::list(["x", "z"])));
    assert_eq!(at(&facts, Field::Sprints, 250), Some(Value::list(["5", "4"])));
    assert_eq!(at(&facts, Field::DueDate, 250), Some(Value::Day(crate::Day(1))));
    assert_eq!(at(&facts, Field::StoryPoints, 250), Some(Value::Number(2.5)));
    assert_eq!(at(&facts, Field::Description, 250), Some(Value::Number(2.0)));
    assert_eq!(at(&facts, Field::Epic, 250), Some(Value::text("A-3")));
}

#[test]
fn a_moved_issue_was_in_its_old_project() {
    let facts = facts(
        &[
            change("1", 200, ("Key", None), (None, Some("A-B-3")), (None, Some("B-7"))),
            change("1", 200, ("project", Some("project")), (Some("1"), Some("Alpha")), NONE),
        ],
        &[],
        &Mapping::default(),
    );
    assert_eq!(at(&facts, Field::Project, 199), Some(Value::text("A-B")));
    assert_eq!(at(&facts, Field::Key, 199), Some(Value::text("A-B-3")));
    assert_eq!(at(&facts, Field::Project, 200), Some(Value::text("B")));
    assert_eq!(facts.fields[&Field::Project].steps.len(), 1);
}

#[test]
fn an_issue_that_was_reopened_was_resolved_before() {
    let resolution = ("resolution", Some("resolution"));
    let facts = facts(
        &[
            change("1", 300, resolution, NONE, (Some("1"), Some("Fixed"))),
            change("2", 400, resolution, (Some("1"), Some("Fixed")), NONE),
            change("3", 800, resolution, NONE, (Some("1"), Some("Fixed"))),
        ],
        &[],
        &Mapping::default(),
    );
    let resolved = |when| at(&facts, Field::Resolved, when);
    assert_eq!(
        [resolved(299), resolved(399), resolved(799), resolved(800)],
        [None, Some(Value::Instant(Millis(300))), None, Some(Value::Instant(Millis(800)))]
    );
}

#[test]
fn the_first_response_is_by_somebody_who_is_known_not_to_be_the_reporter() {
    let comment = |author: Option<&str>, at| Comment {
        id: String::new(),
        author_id: author.map(Into::into),
        body_text: None,
        visibility: None,
        is_public: true,
        created_at: Some(Millis(at)),
        updated_at: Some(Millis(at + 1)),
    };
    let comments = [comment(Some("rita"), 110), comment(None, 120), comment(Some("sam"), 130)];
    let assignee = ("assignee", Some("assignee"));
    let facts = facts(
        &[
            change("1", 200, assignee, NONE, (Some("sam"), Some("Sam"))),
            change("2", 300, assignee, (Some("sam"), Some("Sam")), NONE),
        ],
        &comments,
        &Mapping::default(),
    );
    assert_eq!(facts.first_comment, Some(Millis(130)));
    assert_eq!(facts.first_assignment, Some(Millis(200)));
    assert_eq!(facts.comments.len(), 3);
    assert_eq!(facts.touched.len(), 9);
}

#[test]
fn two_mapped_fields_of_one_name_are_told_apart_by_id() {
    let field = |id: &str, name: Option<&str>| MappedField {
        id: id.into(),
        kind: crate::ValueType::Text,
        history_name: name.map(Into::into),
    };
    let mapping =
        Mapping { fields: vec![field("c1", None), field("c2", Some("Team"))], ..Mapping::default() };
    let facts = facts(
        &[
            change("1", 200, ("Team", Some("c1")), (None, Some("red")), NONE),
            change("2", 300, ("team", None), (None, Some("blue")), NONE),
        ],
        &[],
        &mapping,
    );
    assert_eq!(at(&facts, Field::Custom("c1".into()), 0), Some(Value::text("red")));
    assert_eq!(at(&facts, Field::Custom("c2".into()), 0), Some(Value::text("blue")));
}

#[test]
fn story_points_are_those_of_the_field_that_was_chosen() {
    let points =
        MappedField { id: "c7".into(), kind: crate::ValueType::Number, history_name: Some("Size".into()) };
    let mapping = Mapping { in_place: vec![(Field::StoryPoints, points)], ..Mapping::default() };
    let changes = [
        change("1", 200, ("Story Points", Some("c1")), (None, Some("9")), (None, Some("5"))),
        change("2", 300, ("Size", Some("c7")), (None, Some("2")), (None, Some("8"))),
    ];
    let made = facts(&changes, &[], &mapping);
    let points = &made.fields[&Field::StoryPoints];
    assert_eq!(points.now, None, "what the row has is not it");
    assert_eq!(points.at(Millis(250)), Some(&Value::Number(2.0)));
    assert_eq!(points.steps.len(), 1);
}

#[test]
fn sprints_of_a_field_that_was_chosen_are_told_by_their_ids() {
    let chosen = MappedField { id: "c8".into(), kind: crate::ValueType::List, history_name: None };
    let mapping = Mapping {
        in_place: vec![(Field::Sprints, chosen)],
        sprints: [("week 1".to_owned(), "71".into()), ("week 2".to_owned(), "72".into())].into(),
        ..Mapping::default()
    };
    let changes =
        [change("1", 200, ("Iteration", Some("c8")), (None, Some("Week 1")), (None, Some("Week 2")))];
    let made = facts(&changes, &[], &mapping);
    assert_eq!(made.fields[&Field::Sprints].at(Millis(100)), Some(&Value::list(["71"])));
}
