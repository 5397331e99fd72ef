//! A reader that takes everything about access that the operations of a site give, one request after the other and without any
//! haste, and writes it down in the lines of the truth.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    reason = "every test file uses its own part"
)]

use std::collections::{BTreeMap, BTreeSet};

use jira_sim::{AccessSpec, DcVersion, Flavor, Sim, SimOptions, WorldSpec};
use serde_json::{Value, json};

use super::{Answer, Client, start_with, text};

/// A site with access and few issues.
pub async fn site(flavor: Flavor, access: AccessSpec, seed: u64, options: SimOptions) -> Sim {
    let spec = WorldSpec { flavor, access: Some(access), seed, ..WorldSpec::sized(30) };
    start_with(spec, options).await
}

pub const SMALL: AccessSpec = AccessSpec { users: 260, groups: 48, projects: 40 };

pub async fn cloud(options: SimOptions) -> Sim {
    site(Flavor::Cloud, SMALL, 1, options).await
}

pub async fn data_center(version: DcVersion) -> Sim {
    site(Flavor::DataCenter(version), SMALL, 1, SimOptions::default()).await
}

/// The lines of the truth, as a set.
pub fn lines(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().map(Value::to_string).collect()
}

#[track_caller]
pub fn same(read: &BTreeSet<String>, truth: &BTreeSet<String>) {
    let missing: Vec<_> = truth.difference(read).take(8).collect();
    let surplus: Vec<_> = read.difference(truth).take(8).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}, surplus {surplus:#?}");
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap().clone()
}

fn number(value: &Value) -> String {
    value.as_u64().map_or_else(|| text(value), |number| number.to_string())
}

pub struct Reader<'a> {
    client: &'a Client,
    is_dc: bool,
    api: &'static str,
    /// By login, on Data Center.
    logins: BTreeMap<String, String>,
    rows: Vec<Value>,
}

/// Percent-encodes a parameter.
pub fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl<'a> Reader<'a> {
    pub fn new(client: &'a Client, is_dc: bool) -> Self {
        let api = if is_dc { "/rest/api/2" } else { "/rest/api/3" };
        Reader { client, is_dc, api, logins: BTreeMap::new(), rows: Vec::new() }
    }

    async fn get(&self, path: &str) -> Value {
        self.answer(path).await.good()
    }

    /// Asks again, a few times, where what came is no answer.
    async fn answer(&self, path: &str) -> Answer {
        let path = format!("{}/{path}", self.api);
        for _ in 0..10 {
            let Some(answer) = self.client.try_get(&path).await else { continue };
            let is_json = serde_json::from_str::<Value>(&answer.text).is_ok();
            if is_json && ![401, 429, 500, 502, 503, 504].contains(&answer.status) {
                return answer;
            }
        }
        panic!("no answer: {path}");
    }

    /// All rows of a page bean.
    async fn pages(&self, path: &str, most: usize) -> Vec<Value> {
        let mut all = Vec::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(&format!("{path}{joint}startAt={}&maxResults={most}", all.len())).await;
            all.extend(list(&page["values"]));
            if page["isLast"] == json!(true) {
                return all;
            }
        }
    }

    /// Everything, as an administrator.
    pub async fn read(mut self) -> BTreeSet<String> {
        match self.is_dc {
            true => self.users_dc().await,
            false => self.users_cloud().await,
        }
        let groups = if self.is_dc { self.groups_dc().await } else { self.groups_cloud().await };
        for (id, name) in groups {
            let by =
                if self.is_dc { format!("groupname={}", encoded(&name)) } else { format!("groupId={id}") };
            for user in self.pages(&format!("group/member?{by}&includeInactiveUsers=true"), 50).await {
                let user = &user[if self.is_dc { "key" } else { "accountId" }];
                self.rows.push(json!({ "fact": "member", "group": id, "user": user }));
            }
        }
        self.app_roles().await;
        for role in list(&self.get("role").await) {
            self.rows.push(json!({
                "fact": "role",
                "id": number(&role["id"]),
                "name": role["name"],
                "project": role["scope"]["project"]["id"],
                "is_system": role["name"] == "atlassian-addons-project-access",
            }));
        }
        self.security().await;
        for category in list(&self.get("projectCategory").await) {
            self.rows.push(json!({ "fact": "category", "id": category["id"], "name": category["name"] }));
        }
        let schemes = self.get("permissionscheme?expand=all").await;
        for scheme in list(&schemes["permissionSchemes"]) {
            self.scheme(&scheme);
        }
        self.projects().await;
        for (key, permission) in self.get("permissions").await["permissions"].as_object().unwrap() {
            self.rows.push(json!({
                "fact": "permission",
                "key": key,
                "name": permission["name"],
                "kind": text(&permission["type"]).to_lowercase(),
            }));
        }
        lines(&self.rows)
    }

    fn user(&mut self, user: &Value) {
        let id = if self.is_dc { &user["key"] } else { &user["accountId"] };
        let kind = match (user["accountType"].as_str(), user["appType"].as_str()) {
            (None | Some("atlassian"), _) => "person",
            (Some("app"), Some("agent")) => "agent",
            (Some("app"), _) => "service",
            (Some("customer"), _) => "customer",
            _ => "unknown",
        };
        self.rows.push(json!({
            "fact": "user",
            "id": id,
            "kind": kind,
            "state": if user["active"] == json!(true) { "active" } else { "inactive" },
            "is_guest": user["guest"] == json!(true),
            "is_managed": null,
            "has_second_factor": null,
            "last_active_at": null,
        }));
        self.rows.push(json!({
            "fact": "profile",
            "user": id,
            "name": user["displayName"],
            "login": user["name"],
            "email": user["emailAddress"],
        }));
        if self.is_dc {
            self.logins.insert(text(&user["name"]), text(id));
        }
    }

    /// To the first empty page, however short those before it are.
    async fn users_cloud(&mut self) {
        let mut seen = BTreeSet::new();
        let mut start = 0;
        loop {
            let page = list(&self.get(&format!("users/search?startAt={start}&maxResults=50")).await);
            if page.is_empty() {
                return;
            }
            for user in page {
                if seen.insert(text(&user["accountId"])) {
                    self.user(&user);
                }
            }
            start += 50;
        }
    }

    async fn users_dc(&mut self) {
        let first = self.answer("user/list?maxResults=100").await;
        if first.status == 404 {
            let mut start = 0;
            loop {
                let path =
                    format!("user/search?username=.&includeInactive=true&startAt={start}&maxResults=100");
                let page = list(&self.get(&path).await);
                if page.is_empty() {
                    return;
                }
                page.iter().for_each(|user| self.user(user));
                start += page.len();
            }
        }
        let mut page = first.good();
        loop {
            list(&page["values"]).iter().for_each(|user| self.user(user));
            let Some(cursor) = page["nextCursor"].as_str() else { return };
            page = self.get(&format!("user/list?maxResults=100&cursor={cursor}")).await;
        }
    }

    async fn groups_cloud(&mut self) -> Vec<(String, String)> {
        let mut reach: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (kind, word) in [("site-admin", "site_admin"), ("admin", "admin"), ("user", "user")] {
            for group in self.pages(&format!("group/bulk?accessType={kind}"), 50).await {
                reach.entry(text(&group["groupId"])).or_default().push(word);
            }
        }
        let mut found = Vec::new();
        for group in self.pages("group/bulk", 50).await {
            let (id, name) = (text(&group["groupId"]), text(&group["name"]));
            let opens = reach.remove(&id).unwrap_or_default();
            self.rows
                .push(json!({ "fact": "group", "id": id, "name": name, "external": null, "reach": opens }));
            found.push((id, name));
        }
        found
    }

    /// A picker tells of twenty at most: where there are more, it is asked again with one more character.
    async fn groups_dc(&mut self) -> Vec<(String, String)> {
        let mut found = BTreeSet::new();
        let mut asked = vec![String::new()];
        while let Some(query) = asked.pop() {
            let answer = self.get(&format!("groups/picker?maxResults=1000&query={}", encoded(&query))).await;
            let groups = list(&answer["groups"]);
            found.extend(groups.iter().map(|group| text(&group["name"])));
            let header = format!("Showing {} of {} matching groups", groups.len(), answer["total"]);
            assert_eq!(text(&answer["header"]), header);
            if answer["total"].as_u64().unwrap() as usize > groups.len() {
                asked.extend(
                    (' '..='~').filter(|it| !it.is_ascii_uppercase()).map(|it| format!("{query}{it}")),
                );
            }
        }
        for name in &found {
            self.rows
                .push(json!({ "fact": "group", "id": name, "name": name, "external": null, "reach": [] }));
        }
        found.into_iter().map(|name| (name.clone(), name)).collect()
    }

    async fn app_roles(&mut self) {
        for role in list(&self.get("applicationrole").await) {
            let ids = |details: &str, names: &str| -> Vec<Value> {
                match self.is_dc {
                    true => list(&role[names]),
                    false => list(&role[details]).iter().map(|group| group["groupId"].clone()).collect(),
                }
            };
            let seats = role["numberOfSeats"].as_i64().unwrap();
            self.rows.push(json!({
                "fact": "app_role",
                "key": role["key"],
                "name": role["name"],
                "groups": ids("groupDetails", "groups"),
                "default_groups": ids("defaultGroupsDetails", "defaultGroups"),
                "seats": (seats >= 0).then_some(seats),
                "used": role["userCount"],
            }));
        }
    }

    async fn security(&mut self) {
        let schemes = self.get("issuesecurityschemes").await;
        for scheme in list(&schemes["issueSecuritySchemes"]) {
            let id = number(&scheme["id"]);
            let whole = self.get(&format!("issuesecurityschemes/{id}")).await;
            self.rows.push(json!({ "fact": "security_scheme", "id": id, "name": whole["name"] }));
            for level in list(&whole["levels"]) {
                let default = whole.get("defaultSecurityLevelId").map(number);
                self.rows.push(json!({
                    "fact": "security_level",
                    "scheme": id,
                    "id": level["id"],
                    "name": level["name"],
                    "is_default": default == Some(text(&level["id"])),
                }));
            }
        }
        if self.is_dc {
            return;
        }
        for member in self.pages("issuesecurityschemes/level/member", 50).await {
            let (holder, id) = self.holder(&member["holder"]);
            self.rows.push(json!({
                "fact": "level_holder",
                "level": member["issueSecurityLevelId"],
                "holder": holder,
                "holder_id": id,
            }));
        }
        for mapping in self.pages("issuesecurityschemes/project", 50).await {
            let (project, scheme) = (&mapping["projectId"], &mapping["issueSecuritySchemeId"]);
            self.rows.push(json!({ "fact": "uses_security", "project": project, "scheme": scheme }));
        }
    }

    fn holder(&self, holder: &Value) -> (String, Value) {
        let named = if self.is_dc { &holder["parameter"] } else { &holder["value"] };
        let kind = match (holder["type"].as_str().unwrap(), named.is_null()) {
            ("applicationRole", true) => "logged_in",
            ("applicationRole", false) => "app_role",
            ("groupCustomField", _) => "group_field",
            ("userCustomField", _) => "user_field",
            ("projectLead", _) => "project_lead",
            ("projectRole", _) => "project_role",
            ("sd.customer.portal.only", _) => "portal_customers",
            (kind @ ("anyone" | "assignee" | "group" | "reporter" | "user"), _) => kind,
            (kind, _) => return (format!("unresolved:{kind}"), named.clone()),
        };
        (kind.to_owned(), named.clone())
    }

    fn scheme(&mut self, scheme: &Value) {
        let id = number(&scheme["id"]);
        self.rows.push(json!({ "fact": "permission_scheme", "id": id, "name": scheme["name"] }));
        for grant in list(&scheme["permissions"]) {
            let (holder, named) = self.holder(&grant["holder"]);
            self.rows.push(json!({
                "fact": "grant",
                "scheme": id,
                "id": number(&grant["id"]),
                "permission": grant["permission"],
                "holder": holder,
                "holder_id": named,
            }));
        }
    }

    async fn projects(&mut self) {
        let projects = match self.is_dc {
            true => list(&self.get("project?includeArchived=true&expand=lead").await),
            false => {
                self.pages("project/search?status=live&status=archived&status=deleted&expand=lead", 100).await
            }
        };
        for project in projects {
            let id = text(&project["id"]);
            let state = match (&project["archived"], &project["deleted"]) {
                (_, Value::Bool(true)) => "deleted",
                (Value::Bool(true), _) => "archived",
                _ => "live",
            };
            let next_gen = project["style"] == json!("next-gen");
            let lead = &project["lead"][if self.is_dc { "key" } else { "accountId" }];
            self.rows.push(json!({
                "fact": "project",
                "id": id,
                "key": project["key"],
                "name": project["name"],
                "kind": project["projectTypeKey"],
                "style": if next_gen { "team_managed" } else { "company_managed" },
                "category": project["projectCategory"]["id"],
                "lead": lead,
                "state": state,
                "is_private": project["isPrivate"],
            }));
            if state != "deleted" {
                self.configuration(&id, next_gen).await;
            }
        }
    }

    async fn configuration(&mut self, project: &str, next_gen: bool) {
        let roles = self.get(&format!("project/{project}/role")).await;
        for (_, address) in roles.as_object().unwrap() {
            let role = text(address).rsplit('/').next().unwrap().to_owned();
            for actor in list(&self.get(&format!("project/{project}/role/{role}")).await["actors"]) {
                let (what, id) = self.actor(&actor);
                self.rows.push(json!({
                    "fact": "role_actor",
                    "project": project,
                    "role": role,
                    "actor": what,
                    "actor_id": id,
                }));
            }
        }
        let scheme = self.get(&format!("project/{project}/permissionscheme?expand=permissions")).await;
        let id = number(&scheme["id"]);
        self.rows.push(json!({ "fact": "uses_scheme", "project": project, "scheme": id }));
        if next_gen {
            self.scheme(&scheme);
        }
        if self.is_dc {
            let security = self.answer(&format!("project/{project}/issuesecuritylevelscheme")).await;
            if security.status != 404 {
                let scheme = number(&security.good()["id"]);
                self.rows.push(json!({ "fact": "uses_security", "project": project, "scheme": scheme }));
            }
        }
    }

    fn actor(&self, actor: &Value) -> (&'static str, Value) {
        let is_group = actor["type"] == json!("atlassian-group-role-actor");
        match (self.is_dc, is_group) {
            (true, true) => ("group", actor["name"].clone()),
            (false, true) => ("group", actor["actorGroup"]["groupId"].clone()),
            (false, false) if actor["actorUser"]["accountId"] == json!("unknown") => {
                ("unresolved", json!("unknown"))
            }
            (false, false) => ("user", actor["actorUser"]["accountId"].clone()),
            (true, false) => match self.logins.get(actor["name"].as_str().unwrap()) {
                Some(key) => ("user", json!(key)),
                None => ("unresolved", actor["name"].clone()),
            },
        }
    }
}
