//! Data Center: what REST v2 and the Agile API answer otherwise than Cloud does.

mod adfs;
mod nodes;
mod projects;
mod search;
mod signin;
mod users;

use serde_json::{Map, Value, json};

use super::reply::Reply;
use super::request::Request;
use super::site::Context;
use crate::time::{Zone, stamp};
use crate::world::DcVersion;

pub(crate) use adfs::AdfsServer;
pub use adfs::{Adfs, AdfsTrouble};
pub(crate) use nodes::{MOST_NODES, Node, Nodes};
pub(crate) use projects::{project, projects};
pub(crate) use search::{search_get, search_post};
pub(crate) use signin::{SignIn, identify};
pub(crate) use users::{list_users, members, pick_users, search_users, user};

pub(crate) fn server_info(context: &Context, version: DcVersion) -> Reply {
    let numbers = version.numbers();
    let zone = Zone::load("Europe/Berlin");
    Reply::json(&json!({
        "baseUrl": context.site.address,
        "version": numbers.map(|number| number.to_string()).join("."),
        "versionNumbers": numbers,
        "deploymentType": "Server",
        "buildNumber": numbers[0] * 100_000 + numbers[1] * 1000,
        "buildDate": "2026-06-01T00:00:00.000+0200",
        "serverTime": stamp(context.now, &zone),
        "scmInfo": "0123456789abcdef0123456789abcdef01234567",
        "serverTitle": "Jira",
    }))
}

/// Everything of an issue unless a page is asked for.
pub(crate) fn whole_unless_paged(request: &Request) -> (usize, usize) {
    const ALL: usize = 1_048_576;
    let paged = request.param("startAt").is_some() || request.param("maxResults").is_some();
    if paged { (50, ALL) } else { (ALL, ALL) }
}

/// Data Center's boards have neither location nor privacy.
pub(crate) fn board(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.remove("location");
        members.remove("isPrivate");
    }
    value
}

/// What a sprint of Data Center tells on top.
pub(crate) fn sprint_members(sprint: &mut Map<String, Value>) {
    sprint.remove("createdDate");
    if let Some(start) = sprint.get("startDate").cloned() {
        sprint.insert("activatedDate".to_owned(), start);
    }
    sprint.insert("autoStartStop".to_owned(), json!(false));
    sprint.insert("synced".to_owned(), json!(false));
}
