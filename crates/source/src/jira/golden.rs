//! The golden lists: every recorded body goes through the wire and mapping code, and a line tells what came out.
//!
//! The bodies stay outside of the project (`../shared/fixtures`); where they are absent the test says that it was
//! skipped. `WEIR_BLESS=1` writes the list anew; a reviewer then reads its difference.

use super::{
    boards, fields::FieldMap, history, issue::Mapper, met, met::Met, projects, reference, stream, text,
    unread, wire,
};
use serde_json::{Value, json, value::to_raw_value};
use std::{fmt::Write, fs, path::Path, path::PathBuf};
use weir_model::{Deployment, Exclusions, ProjectState};

/// Recorded bodies of one product, and the list of what comes out of them.
struct Bodies {
    deployment: Deployment,
    folders: &'static [&'static str],
    examples: &'static [&'static str],
    list: &'static str,
}

const CLOUD: Bodies = Bodies {
    deployment: Deployment::Cloud,
    folders: &["specharness", "jira-cli", "faros-airbyte", "mcp-atlassian"],
    examples: &["cloud-platform.examples.json", "cloud-software.examples.json"],
    list: "golden/cloud.txt",
};

const DATA_CENTER: Bodies = Bodies {
    deployment: Deployment::DataCenter,
    folders: &["go-jira", "jira-ruby"],
    examples: &["dc-10.3.examples.json"],
    list: "golden/data_center.txt",
};

#[derive(Default)]
struct Came {
    counts: Vec<(&'static str, usize)>,
    rows: String,
}

impl Came {
    fn add<T: std::fmt::Debug>(&mut self, what: &'static str, rows: &[T]) {
        let at = match self.counts.iter().position(|(known, _)| *known == what) {
            Some(at) => at,
            None => {
                self.counts.push((what, 0));
                self.counts.len() - 1
            }
        };
        self.counts[at].1 += rows.len();
        for row in rows {
            _ = writeln!(self.rows, "{row:?}");
        }
    }

    fn read<T: std::fmt::Debug>(&mut self, what: &'static str, row: Result<T, serde_json::Error>) {
        match row {
            Ok(row) => self.add(what, &[row]),
            Err(error) => {
                self.add("unreadable", &[error.to_string().split(" at line").next().map(str::to_owned)])
            }
        }
    }
}

#[test]
fn every_recorded_cloud_body_gives_the_rows_of_the_golden_list() {
    check(&CLOUD);
}

#[test]
fn every_recorded_body_of_a_server_gives_the_rows_of_the_golden_list() {
    check(&DATA_CENTER);
}

fn check(bodies: &Bodies) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !fixtures.is_dir() {
        skip("jira::golden", "../shared is absent");
        return;
    }
    let mut list = String::from("# body | rows by kind | hash of the rows | members that were not read\n");
    for (name, body) in bodies.read(&fixtures) {
        let (came, unread) = unread::watch(|| read(&name, &body, bodies.deployment));
        let counts: Vec<_> = came.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let counts = if counts.is_empty() { "no reader".to_owned() } else { counts.join(", ") };
        let unread: Vec<_> = unread.into_iter().collect();
        _ = writeln!(list, "{name} | {counts} | {:016x} | {}", fnv(&came.rows), unread.join(" "));
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(bodies.list);
    if std::env::var_os("WEIR_BLESS").is_some() {
        fs::create_dir_all(golden.parent().unwrap()).unwrap();
        fs::write(&golden, &list).unwrap();
    }
    let known = fs::read_to_string(&golden).unwrap();
    let changed: Vec<_> = list.lines().filter(|line| !known.lines().any(|known| known == *line)).collect();
    assert!(list == known, "lines that are not in {}:\n{}", golden.display(), changed.join("\n"));
}

/// Says visibly that a test did not run.
fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED: {test}: {reason}");
    if let Some(log) = std::env::var_os("WEIR_SKIP_LOG") {
        use std::io::Write as _;
        let mut log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        writeln!(log, "{test}: {reason}").unwrap();
    }
}

impl Bodies {
    fn read(&self, fixtures: &Path) -> Vec<(String, Value)> {
        let mut bodies = Vec::new();
        for folder in self.folders {
            for file in files(&fixtures.join(folder)) {
                let name = file.strip_prefix(fixtures).unwrap().to_string_lossy().into_owned();
                let body: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
                if *folder == "mcp-atlassian" {
                    let Value::Object(members) = body else { panic!("{name} is not an object") };
                    bodies
                        .extend(members.into_iter().map(|(member, body)| (format!("{name}#{member}"), body)));
                } else {
                    bodies.push((name, body));
                }
            }
        }
        for file in self.examples {
            let text = fs::read_to_string(fixtures.join("atlassian-openapi-examples").join(file)).unwrap();
            let Value::Object(members) = serde_json::from_str(&text).unwrap() else {
                panic!("{file} is not an object")
            };
            bodies.extend(members.into_iter().map(|(member, body)| (format!("examples: {member}"), body)));
        }
        bodies
    }
}

/// Every file of a folder, those of its folders included, in order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Reads a body by its shape, as the code does that meets it on the wire.
fn read(name: &str, body: &Value, deployment: Deployment) -> Came {
    let mut came = Came::default();
    match body {
        Value::Array(rows) => rows.iter().for_each(|row| read_row(name, row, deployment, &mut came)),
        Value::Object(members) => {
            let listed = ["issues", "values", "comments", "worklogs", "issueChangeLogs"]
                .iter()
                .find(|list| members.get(**list).is_some_and(Value::is_array));
            match listed {
                Some(&"issueChangeLogs") => read_histories(body, &mut came),
                Some(list) => {
                    for row in members[*list].as_array().unwrap() {
                        read_row(name, row, deployment, &mut came);
                    }
                }
                None => read_row(name, body, deployment, &mut came),
            }
        }
        _ => {}
    }
    came
}

fn read_row(name: &str, row: &Value, deployment: Deployment, came: &mut Came) {
    let has = |members: &[&str]| members.iter().all(|member| row.get(*member).is_some());
    let raw = to_raw_value(row).unwrap();
    let json = raw.get();
    let mapper = mapper(deployment);
    let mut met = Met::new(&Exclusions::default());
    if has(&["key", "fields"]) && row["fields"].is_object() {
        agrees_in_one_pass(json, deployment);
        match mapper.issue(json, &mut met) {
            Ok(parsed) => {
                came.add("issues", &[&parsed.record.issue]);
                came.add("odd fields", &parsed.odd_fields);
                came.add("comments", parsed.record.comments.as_deref().unwrap_or_default());
                came.add("worklogs", parsed.record.worklogs.as_deref().unwrap_or_default());
                came.add("links", &parsed.record.links);
                came.add("sprint memberships", &parsed.record.sprints);
            }
            Err(error) => {
                came.add("unreadable", &[error.to_string().split(" at line").next().map(str::to_owned)])
            }
        }
        if let Some(histories) = row.pointer("/changelog/histories") {
            read_histories(
                &json!({ "issueChangeLogs": [{ "issueId": "1", "changeHistories": histories }] }),
                came,
            );
        }
    } else if has(&["deploymentType"]) {
        came.read("server", wire::read::<wire::ServerInfo<'_>>(json));
    } else if row.get("type") == Some(&json!("doc")) {
        came.add("texts", &[text::plain(&wire::read(json).unwrap(), text::Names::Kept)]);
    } else if has(&["id", "body", "author"]) {
        came.read("comments", wire::read(json).map(|wire| mapper.comment(wire, &mut met)));
    } else if has(&["id", "timeSpentSeconds"]) || has(&["id", "author", "timeSpent"]) {
        came.read("worklogs", wire::read(json).map(|wire| mapper.worklog(wire, &mut met)));
    } else if has(&["state", "id"]) && (has(&["originBoardId"]) || name.contains("sprint")) {
        came.read("sprints", wire::read::<wire::SprintValue<'_>>(json).map(|sprint| met::sprint(&sprint)));
    } else if has(&["id", "type", "name"]) && (name.contains("board")) {
        came.read("boards", boards::row(&raw));
    } else if has(&["accountId"]) || has(&["key", "name", "displayName"]) {
        let user = wire::read::<wire::User<'_>>(json);
        came.read("people", user.map(|user| met::person(&user, user.id().unwrap_or_default(), true)));
    } else if has(&["id", "statusCategory"]) {
        came.read("statuses", reference::status(&raw));
    } else if has(&["id", "name", "schema"]) || has(&["id", "clauseNames"]) {
        let fields = wire::read::<wire::Field<'_>>(json);
        came.read("fields", fields.map(|field| reference::fields(&[field])));
    } else if has(&["id", "key", "name"]) && (has(&["projectTypeKey"]) || has(&["avatarUrls"])) {
        let project = wire::read::<wire::Project<'_>>(json);
        came.read(
            "projects",
            project.map(|wire| projects::row(wire, "https://site.example", ProjectState::Live)),
        );
    } else if has(&["id", "released"]) {
        came.read("versions", reference::version(&raw, "KEY"));
    } else if has(&["id", "name", "subtask"]) {
        came.read("issue types", reference::issue_type(&raw, deployment));
    } else if name.contains("component") && has(&["id", "name"]) {
        came.read("components", reference::component(&raw, "KEY"));
    } else if name.contains("priorit") && has(&["id", "name"]) {
        came.read("priorities", reference::priority(&raw));
    } else if name.contains("resolution") && has(&["id", "name"]) {
        came.read("resolutions", reference::resolution(&raw));
    }
}

/// The one pass over a page gives the same rows, or gives up where a value has another shape.
fn agrees_in_one_pass(issue: &str, deployment: Deployment) {
    let (mapper, mut met) = (mapper(deployment), Met::new(&Exclusions::default()));
    let tolerant = mapper.issue(issue, &mut met);
    match stream::page(&format!(r#"{{"issues":[{issue}],"issueErrors":null}}"#), &mapper, &mut met) {
        Ok(page) => assert_eq!(format!("{:?}", page.issues[0].1), format!("{tolerant:?}")),
        Err(_) => assert!(tolerant.is_err() || !tolerant.unwrap().odd_fields.is_empty(), "{issue}"),
    }
}

fn read_histories(body: &Value, came: &mut Came) {
    let (mut met, mut rows, mut odd) =
        (Met::new(&Exclusions::default()), history::ByIssue::default(), Vec::new());
    let gathered =
        history::gather(&body.to_string(), &mapper(Deployment::Cloud).fields, &mut met, &mut rows, &mut odd);
    gathered.unwrap();
    let mut issues: Vec<_> = rows.into_iter().collect();
    issues.sort_by(|a, b| a.0.cmp(&b.0));
    for (_, mut changes) in issues {
        history::sort(&mut changes);
        came.add("changes", &changes);
    }
    if !odd.is_empty() {
        came.add("unreadable", &odd);
    }
}

fn mapper(deployment: Deployment) -> Mapper {
    let known = r#"[
        {"id":"customfield_10020","name":"Sprint","schema":{"type":"array","custom":"com.pyxis.greenhopper.jira:gh-sprint"}},
        {"id":"customfield_10014","name":"Epic Link","schema":{"type":"any","custom":"com.pyxis.greenhopper.jira:gh-epic-link"}}]"#;
    let fields: Vec<wire::Field<'_>> = serde_json::from_str(known).unwrap();
    Mapper::new(FieldMap::new(&fields, &Exclusions::default(), None), "https://site.example", deployment)
}

/// FNV-1a: stable over versions and machines.
fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn an_issue_with_everything_maps_to_its_rows() {
    let mut met = Met::new(&Exclusions::default());
    let body = json!({"id": 10, "key": "A-1", "fields": {
        "project": {"id": "1", "key": "A"}, "status": {"name": "Doing", "statusCategory": {"key": "indeterminate"}},
        "labels": ["b", "a \"q\""], "customfield_10020": [{"id": 7, "name": "S, 1", "state": "ACTIVE"}],
        "customfield_10014": "A-9", "customfield_9": {"deep": [1, null], "say": "a \\ \"b  c\" \n"}, "customfield_8": null,
        "comment": {"comments": [], "total": 3}, "worklog": {"worklogs": [], "total": 0}, "duedate": "next week",
    }});
    agrees_in_one_pass(&body.to_string(), Deployment::Cloud);
    let parsed = mapper(Deployment::Cloud).issue(&body.to_string(), &mut met).unwrap();
    let issue = &parsed.record.issue;
    assert_eq!((issue.id.as_str(), &*issue.project_key, issue.epic_key.as_deref()), ("10", "A", Some("A-9")));
    assert_eq!(issue.labels, r#"["b","a \"q\""]"#);
    assert_eq!(issue.status_category.map(|category| category.as_str()), Some("in_progress"));
    let kept: Value = serde_json::from_str(&issue.fields).unwrap();
    assert_eq!(kept["customfield_9"], json!({"deep": [1, null], "say": "a \\ \"b  c\" \n"}));
    let indented = serde_json::to_string_pretty(&body).unwrap();
    let indented = mapper(Deployment::Cloud).issue(&indented, &mut met).unwrap().record.issue.fields;
    assert_eq!(indented, issue.fields, "a proxy that indents changes nothing");
    assert!(kept.get("customfield_8").is_none() && kept.get("labels").is_none());
    assert!(parsed.comments_short && !parsed.worklogs_short);
    assert_eq!(parsed.odd_fields, ["duedate"], "a value of another shape is named, and the issue is kept");
    let bare = mapper(Deployment::Cloud).issue(r#"{"id":"1","key":"A-B-1","fields":{}}"#, &mut met).unwrap();
    assert_eq!(
        (&*bare.record.issue.project_key, bare.odd_fields.as_slice()),
        ("A-B", &["project".to_owned()][..])
    );
    assert!(mapper(Deployment::Cloud).issue(r#"{"id":"1","key":"none","fields":{}}"#, &mut met).is_err());
}

#[test]
fn a_status_that_nobody_knows_keeps_its_name_and_missing_points_are_no_zero() {
    let body = json!({"id": "10", "key": "A-1", "fields": {
        "status": {"name": "FAILED", "statusCategory": {"key": "of another kind"}}, "customfield_10030": null,
    }});
    agrees_in_one_pass(&body.to_string(), Deployment::Cloud);
    let known = r#"[{"id":"customfield_10030","name":"Story Points","schema":{"type":"number",
        "custom":"com.atlassian.jira.plugin.system.customfieldtypes:float"}}]"#;
    let fields: Vec<wire::Field<'_>> = serde_json::from_str(known).unwrap();
    let fields = FieldMap::new(&fields, &Exclusions::default(), None);
    let mapper = Mapper::new(fields, "https://site.example", Deployment::Cloud);
    let issue = |points: Value| {
        let mut body = body.clone();
        body["fields"]["customfield_10030"] = points;
        mapper.issue(&body.to_string(), &mut Met::new(&Exclusions::default())).unwrap().record.issue
    };
    assert_eq!((issue(json!(0)).story_points, issue(json!(3.5)).story_points), (Some(0.0), Some(3.5)));
    let bare = issue(Value::Null);
    assert_eq!((bare.status.as_deref(), bare.status_category), (Some("FAILED"), None));
    assert_eq!(bare.story_points, None);
}
