//! The repeating objects as Data Center writes them.

use serde_json::{Map, Value, json};

use super::escaped;
use super::fragments::Fragments;
use crate::time::zulu;
use crate::world::people::Person;
use crate::world::project::Sprint;
use crate::world::{DcVersion, World};

/// Turns ready fragments into those of Data Center.
pub(super) fn adapt(fragments: &mut Fragments, world: &World, site: &str, version: DcVersion) {
    let types = |kind: &mut Map<String, Value>| {
        kind.remove("hierarchyLevel");
        let picture = format!("{site}/secure/viewavatar?size=xsmall&avatarId=10307&avatarType=issuetype");
        kind.insert("iconUrl".to_owned(), json!(picture));
    };
    let projects = |project: &mut Map<String, Value>| {
        project.remove("simplified");
        let pictures = project_avatars(site, project.get("id").and_then(Value::as_str).unwrap_or_default());
        project.insert("avatarUrls".to_owned(), pictures);
    };
    each(&mut fragments.types, types);
    each(&mut fragments.projects, projects);
    for list in [
        &mut fragments.statuses,
        &mut fragments.categories,
        &mut fragments.priorities,
        &mut fragments.resolutions,
        &mut fragments.link_types,
        &mut fragments.levels,
        &mut fragments.versions,
        &mut fragments.components,
    ] {
        each(list, |_| {});
    }
    fragments.people =
        world.people.iter().map(|person| user(site, person).to_string().into_bytes()).collect();
    if world.spec.flavor.sprint_text() {
        fragments.sprints =
            world.sprints.iter().map(|it| json!(sprint(it, version)).to_string().into_bytes()).collect();
    }
}

/// Every fragment of a list with addresses of this API, and changed.
fn each(list: &mut [Vec<u8>], change: impl Fn(&mut Map<String, Value>)) {
    for fragment in list {
        let text = String::from_utf8_lossy(fragment).replace("/rest/api/3/", "/rest/api/2/");
        let mut value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if let Some(object) = value.as_object_mut() {
            change(object);
        }
        *fragment = value.to_string().into_bytes();
    }
}

fn project_avatars(site: &str, id: &str) -> Value {
    let picture = |size: &str| format!("{site}/secure/projectavatar?{size}pid={id}&avatarId=10011");
    json!({
        "48x48": picture(""),
        "24x24": picture("size=small&"),
        "16x16": picture("size=xsmall&"),
        "32x32": picture("size=medium&"),
    })
}

/// A user of Data Center: login and key, no account id.
fn user(site: &str, person: &Person) -> Value {
    let picture = |size: u32| format!("{site}/secure/useravatar?size={size}&avatarId=10122");
    let mut user = json!({
        "self": format!("{site}/rest/api/2/user?username={}", escaped(&person.login)),
        "name": person.login,
        "key": person.account_id,
        "avatarUrls": { "48x48": picture(48), "24x24": picture(24), "16x16": picture(16), "32x32": picture(32) },
        "displayName": person.name,
        "active": person.active,
        "timeZone": person.zone,
    });
    if let Some(email) = &person.email {
        user["emailAddress"] = json!(email);
    }
    if person.deleted {
        user["deleted"] = json!(true);
    }
    user
}

/// A sprint as the text of a Java object. Names and goals are not escaped; the set of members depends on the version.
fn sprint(sprint: &Sprint, version: DcVersion) -> String {
    let moment = |at: Option<i64>| at.map_or_else(|| "<null>".to_owned(), zulu);
    let goal = sprint.goal.as_deref().unwrap_or("<null>");
    let mut text = format!(
        "com.atlassian.greenhopper.service.sprint.Sprint@{:x}[id={},rapidViewId={},state={},name={}",
        0x1a2b_3c00 + sprint.id,
        sprint.id,
        sprint.board,
        sprint.state.wire().to_uppercase(),
        sprint.name,
    );
    text += &format!(
        ",startDate={},endDate={},completeDate={},activatedDate={},sequence={},goal={goal}",
        moment(sprint.start),
        moment(sprint.end),
        moment(sprint.complete),
        moment(sprint.start),
        sprint.id,
    );
    if version != DcVersion::V8_20 {
        text += ",synced=false,autoStartStop=false,incompleteIssuesDestinationId=<null>";
    }
    text + "]"
}
