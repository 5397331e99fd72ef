//! What helps to write JQL: the fields with their operators, the functions, and the values of a field that begin with something.

use serde_json::{Value, json};

use super::reference::browsed_scope;
use super::reply::{Answer, Reply, refuse};
use super::request::Request;
use super::site::Context;
use crate::world::fields::Field;
use crate::world::people::Kind;

/// Values that are given at once.
const MOST: usize = 15;

const RESERVED: [&str; 12] =
    ["empty", "null", "and", "or", "not", "in", "is", "was", "changed", "order", "by", "distinct"];

/// Name, whether it gives a list, type.
const FUNCTIONS: [(&str, bool, &str); 6] = [
    ("currentUser()", false, "com.atlassian.jira.user.ApplicationUser"),
    ("now()", false, "java.util.Date"),
    ("startOfDay()", false, "java.util.Date"),
    ("startOfWeek()", false, "java.util.Date"),
    ("openSprints()", true, "com.atlassian.greenhopper.service.sprint.Sprint"),
    ("standardIssueTypes()", true, "com.atlassian.jira.issue.issuetype.IssueType"),
];

const EQUAL: [&str; 6] = ["=", "!=", "in", "not in", "is", "is not"];
const ORDERED: [&str; 10] = ["=", "!=", "in", "not in", "is", "is not", "<", "<=", ">", ">="];
const TEXT: [&str; 4] = ["~", "!~", "is", "is not"];

pub(crate) fn reference(context: &Context) -> Reply {
    let fields = context.world().fields.iter();
    let fields = fields.filter(|field| !field.clauses.is_empty() && browsed_scope(context, field.scope));
    let functions = FUNCTIONS.map(|(name, is_list, kind)| {
        let mut function = json!({ "value": name, "displayName": name, "types": [kind] });
        if is_list {
            function["isList"] = json!("true");
        }
        function
    });
    Reply::json(&json!({
        "visibleFieldNames": fields.map(field).collect::<Vec<_>>(),
        "visibleFunctionNames": functions,
        "jqlReservedWords": RESERVED,
    }))
}

fn field(field: &Field) -> Value {
    let (operators, kind): (&[&str], &str) = match (field.schema.unwrap_or("string"), field.items) {
        ("date" | "datetime", _) => (&ORDERED, "java.util.Date"),
        ("number", _) => (&ORDERED, "java.lang.Number"),
        ("user", _) => (&EQUAL, "com.atlassian.jira.user.ApplicationUser"),
        ("issuetype", _) => (&EQUAL, "com.atlassian.jira.issue.issuetype.IssueType"),
        ("project", _) => (&EQUAL, "com.atlassian.jira.project.Project"),
        ("status", _) => (&EQUAL, "com.atlassian.jira.issue.status.Status"),
        ("priority", _) => (&ORDERED, "com.atlassian.jira.issue.priority.Priority"),
        ("resolution", _) => (&ORDERED, "com.atlassian.jira.issue.resolution.Resolution"),
        ("array", Some("json")) => (&EQUAL, "com.atlassian.greenhopper.service.sprint.Sprint"),
        ("string", _) => (&TEXT, "java.lang.String"),
        _ => (&EQUAL, "java.lang.String"),
    };
    let mut value =
        json!({ "operators": operators, "types": [kind], "orderable": "true", "searchable": "true" });
    if has_values(field) {
        value["auto"] = json!("true");
    }
    if field.is_custom() {
        let id = format!("cf[{}]", field.number());
        value["displayName"] = json!(format!("{} - {id}", field.name));
        value["value"] = json!(word(&field.name));
        value["cfid"] = json!(id);
    } else {
        let name = field.clauses.last().map_or("", String::as_str);
        value["displayName"] = json!(name);
        value["value"] = json!(name);
    }
    value
}

fn has_values(field: &Field) -> bool {
    let known = ["project", "status", "issuetype", "priority", "resolution", "assignee", "reporter"];
    known.contains(&field.id.as_str())
}

/// A value as a query has it: in quotes unless it is one word.
fn word(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        && !RESERVED.contains(&text.to_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

pub(crate) fn suggestions(context: &Context, request: &Request) -> Answer {
    let Some(name) = request.param("fieldName").map(|name| name.trim_matches('"').to_lowercase()) else {
        return refuse("The query parameter 'fieldName' is required.");
    };
    let known = |field: &&Field| {
        field.id.to_lowercase() == name
            || field.name.to_lowercase() == name
            || field.clauses.iter().any(|clause| clause.to_lowercase() == name)
    };
    let Some(field) = context.world().fields.iter().find(known) else {
        return refuse(format!("Field '{name}' does not exist or you do not have permission to view it."));
    };
    let sought = request.param("fieldValue").unwrap_or_default().to_lowercase();
    let is_sought = |shown: &str| shown.to_lowercase().contains(&sought);
    let results: Vec<Value> = values(context, field)
        .into_iter()
        .filter(|(_, shown)| is_sought(shown))
        .take(MOST)
        .map(|(value, shown)| json!({ "value": word(&value), "displayName": marked(&shown, &sought) }))
        .collect();
    Ok(Reply::json(&json!({ "results": results })))
}

/// Values of a field, and how they are shown.
fn values(context: &Context, field: &Field) -> Vec<(String, String)> {
    let world = context.world();
    let alike = |names: Vec<String>| names.into_iter().map(|name| (name.clone(), name)).collect();
    match field.id.as_str() {
        "project" => {
            let seen = (0..world.projects.len()).filter(|at| browsed_scope(context, Some(*at as u16)));
            let projects = seen.map(|at| &world.projects[at]);
            projects.map(|one| (one.name.clone(), format!("{} ({})", one.name, one.key))).collect()
        }
        "status" => alike(
            world
                .catalog
                .statuses
                .iter()
                .filter(|one| browsed_scope(context, one.scope))
                .map(|one| one.name.to_string())
                .collect(),
        ),
        "issuetype" => alike(
            world
                .catalog
                .types
                .iter()
                .filter(|one| browsed_scope(context, one.scope))
                .map(|one| one.name.to_string())
                .collect(),
        ),
        "priority" => alike(world.catalog.priorities.iter().map(|one| one.name.to_string()).collect()),
        "resolution" => alike(world.catalog.resolutions.iter().map(|one| one.name.to_string()).collect()),
        "assignee" | "reporter" if !context.is_anonymous() => {
            let is_dc = world.spec.flavor.is_dc();
            let people = world.people.iter().filter(|one| one.listed && matches!(one.kind, Kind::Atlassian));
            let named = people.filter_map(|one| Some((one, one.name.clone()?)));
            named
                .map(|(one, name)| (if is_dc { one.login.clone() } else { one.account_id.clone() }, name))
                .collect()
        }
        _ => vec![],
    }
}

/// The text with what was sought in bold, as HTML.
fn marked(text: &str, sought: &str) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let place = if sought.is_empty() { None } else { text.to_lowercase().find(sought) };
    let parts = place.and_then(|from| {
        let until = from + sought.len();
        Some((text.get(..from)?, text.get(from..until)?, text.get(until..)?))
    });
    match parts {
        Some((before, found, after)) => {
            format!("{}<b>{}</b>{}", escaped(before), escaped(found), escaped(after))
        }
        None => escaped(text),
    }
}
