//! The organisation above a site of Cloud, at the gateway under `/admin`, with a key of its own: who is managed, who signs in with a
//! second factor, who was seen when. A token of the site is worth nothing here ("Organizations REST API").

use serde_json::{Map, Value, json};

use crate::http::page;
use crate::http::reply::{Answer, Reply};
use crate::http::request::Request;
use crate::http::site::Context;
use crate::time::{DAY, date, zulu};
use crate::world::access::change::By;
use crate::world::access::{Access, User, UserKind};

/// The key of the organisation.
pub(crate) const KEY: &str = "sim-org-key";

/// The largest page.
const MOST: i64 = 100;

fn fault(status: u16, code: &str, title: &str, detail: &str) -> Reply {
    let error = json!({
        "id": "00000000-0000-4000-8000-0000000000ad",
        "status": status.to_string(),
        "code": code,
        "title": title,
        "detail": detail,
    });
    Reply::json(&json!({ "errors": [error] })).with_status(status)
}

/// What is answered under `/admin`.
pub(crate) fn answer(context: &Context, request: &Request, parts: &[&str]) -> Reply {
    let Some(access) = context.world().access.as_deref().filter(|access| !access.is_dc) else {
        return Reply::unknown_path();
    };
    let given = request.authorization.as_deref().and_then(|header| header.strip_prefix("Bearer "));
    if given != Some(KEY) {
        return Reply::gateway(401, "Unauthorized");
    }
    let taken = context.site.switches.without();
    if taken.iter().any(|name| name == "read:directories:admin" || name == "organisation") {
        return fault(403, "ADMIN-403-3", "Forbidden", "Not allowed to manage the org.");
    }
    let desk = Desk { context, access, request };
    let found = match (request.method.as_str(), parts) {
        ("GET", ["v1", "orgs"]) => Ok(desk.orgs()),
        ("GET", ["v1", "orgs", org]) => desk.own(org).map(|()| desk.org_alone()),
        ("GET", ["v1", "orgs", org, "directory", "users", id, "last-active-dates"]) => {
            desk.own(org).and_then(|()| desk.last_active(id))
        }
        ("POST", ["v2", "orgs", org, "workspaces"]) => desk.own(org).map(|()| desk.workspaces()),
        ("GET", ["v2", "orgs", org, "directories"]) => desk.own(org).map(|()| desk.directories()),
        (method, ["v2", "orgs", org, "directories", directory, rest @ ..]) => {
            desk.own(org).and_then(|()| desk.within(method, directory, rest))
        }
        _ => Ok(fault(404, "ADMIN-404-1", "Not Found", "Unknown resource.")),
    };
    found.unwrap_or_else(|refusal| *refusal)
}

struct Desk<'a> {
    context: &'a Context,
    access: &'a Access,
    request: &'a Request,
}

impl Desk<'_> {
    fn own(&self, org: &str) -> Result<(), Box<Reply>> {
        match org == self.access.org {
            true => Ok(()),
            false => Err(Box::new(fault(404, "ADMIN-404-2", "Not Found", "Organization not found."))),
        }
    }

    fn org(&self) -> Value {
        let at = format!("{}/admin/v1/orgs/{}", self.context.site.address, self.access.org);
        json!({
            "id": self.access.org,
            "type": "orgs",
            "attributes": { "name": "Sim & Sons" },
            "relationships": { "users": { "links": { "related": format!("{at}/users") } } },
            "links": { "self": at },
        })
    }

    fn orgs(&self) -> Reply {
        let at = format!("{}/admin/v1/orgs", self.context.site.address);
        Reply::json(&json!({ "data": [self.org()], "links": { "self": at, "prev": null, "next": null } }))
    }

    fn org_alone(&self) -> Reply {
        Reply::json(&json!({ "data": self.org() }))
    }

    fn directories(&self) -> Reply {
        let directory = json!({ "directoryId": self.access.directory, "name": "Sim & Sons", "icon": "" });
        Reply::json(&json!({ "data": [directory], "links": { "self": null, "prev": null, "next": null } }))
    }

    /// The sites and their applications.
    fn workspaces(&self) -> Reply {
        let cloud_id = self.context.world().cloud_id();
        let of = |key: &str| {
            json!({
                "id": format!("ari:cloud:{key}::site/{cloud_id}"),
                "type": "workspaces",
                "attributes": {
                    "name": "sim",
                    "typeKey": key,
                    "status": "online",
                    "hostUrl": self.context.site.address,
                },
            })
        };
        let all = ["jira-admin", "jira", "jira-servicedesk"].map(of);
        Reply::json(
            &json!({ "data": all, "links": { "self": null, "prev": null, "next": null }, "meta": { "pageSize": 3 } }),
        )
    }

    fn within(&self, method: &str, directory: &str, parts: &[&str]) -> Answer {
        if directory != "-" && directory != self.access.directory {
            return Ok(fault(404, "ADMIN-404-1", "Not Found", "Unknown resource."));
        }
        match (method, parts) {
            ("POST", ["users", "search"]) => self.search(),
            ("GET", ["users"]) => self.list(),
            ("GET", ["users", "count"]) => {
                Ok(Reply::json(&json!({ "data": { "count": self.people().count() } })))
            }
            ("GET", ["users", id]) => {
                let user = self.named(id)?;
                Ok(Reply::json(&json!({ "data": self.user(user, &["platformRoles".to_owned()]) })))
            }
            ("POST", ["users", id, "suspend"]) => self.set_access(id, false),
            ("POST", ["users", id, "restore"]) => self.set_access(id, true),
            _ => Ok(fault(404, "ADMIN-404-1", "Not Found", "Unknown resource.")),
        }
    }

    /// Takes the access from somebody, who keeps roles and groups, or gives it back.
    fn set_access(&self, id: &str, active: bool) -> Answer {
        let user = self.named(id)?;
        let by = By { author: None, at: self.context.now };
        self.context.site.edit_access(|access| access.set_active(by, user, active));
        Ok(Reply::bytes(Vec::new()).with_status(204))
    }

    /// Those whom a directory holds: people, and accounts of services.
    fn people(&self) -> impl Iterator<Item = u32> {
        let kept = |user: &User| matches!(user.kind, UserKind::Person | UserKind::Service) && user.listed;
        (0..self.access.users.len() as u32).filter(move |at| kept(&self.access.users[*at as usize]))
    }

    fn named(&self, id: &str) -> Result<u32, Box<Reply>> {
        let missing = || Box::new(fault(404, "ADMIN-404-8", "Not Found", "User not found."));
        let found = self.access.user(id).ok_or_else(missing)?;
        if self.people().any(|at| at == found) { Ok(found) } else { Err(missing()) }
    }

    fn user(&self, at: u32, expand: &[String]) -> Value {
        let user = &self.access.users[at as usize];
        let asked = |name: &str| expand.iter().any(|part| part == name);
        let status = match (user.deleted, user.active) {
            (true, _) => "closed",
            (_, true) => "active",
            (_, false) => "inactive",
        };
        let mut value = json!({
            "accountId": user.id,
            "accountType": user.kind.account_type(),
            "status": if user.active { "active" } else { "deactivated" },
            "accountStatus": status,
            "membershipStatus": if user.active { "active" } else { "suspended" },
            "addedToOrg": zulu(user.since),
            "name": user.name,
            "nickname": user.name,
            "email": user.address,
            "emailVerified": user.address.is_some(),
            "claimStatus": if user.managed { "managed" } else { "unmanaged" },
            "picture": format!("https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/{}/48", user.id),
            "managementSource": user.managed.then_some(if user.synced { "synced" } else { "invited" }),
            "timeZone": user.zone,
            "deactivatedOn": null,
            "forDeletion": false,
        });
        // Of accounts that it does not manage an organisation knows no second factor.
        if user.managed {
            value["mfaEnabled"] = json!(user.second_factor);
        }
        if asked("platformRoles") {
            let is_admin = self.access.has_global(at, "SYSTEM_ADMIN");
            value["platformRoles"] = json!(if is_admin { vec!["atlassian/org-admin"] } else { Vec::new() });
        }
        if asked("productAccess") {
            let seen = user
                .last_active
                .into_iter()
                .map(|at| json!({ "key": "jira", "id": self.product(), "lastActiveTimestamp": zulu(at) }));
            value["productAccess"] = seen.collect();
        }
        if asked("groups") {
            let groups = self.access.groups_of(at).into_iter().map(|at| {
                let group = &self.access.groups[at as usize];
                json!({ "id": group.id, "name": group.name, "description": null })
            });
            value["groups"] = groups.collect();
        }
        if asked("counts.resources") {
            value["counts"] = json!({ "resources": 1 });
        }
        value
    }

    fn product(&self) -> String {
        format!("ari:cloud:jira::site/{}", self.context.world().cloud_id())
    }

    fn search(&self) -> Answer {
        let Ok(Value::Object(body)) = serde_json::from_slice(&self.request.body) else {
            return Ok(fault(400, "ADMIN-400-24", "Bad Request", "Invalid request body."));
        };
        if body.contains_key("searchTerm") && body.contains_key("emails") {
            let said = "searchTerm and emails are mutually exclusive.";
            return Ok(fault(400, "ADMIN-400-24", "Bad Request", said));
        }
        self.page(&body)
    }

    /// The listing that ends on 30 June 2027, with what the search takes as its parameters.
    fn list(&self) -> Answer {
        let mut body = Map::new();
        for (name, value) in &self.request.query {
            let value = match (name.as_str(), value.parse::<i64>()) {
                ("limit", Ok(number)) => json!(number),
                ("mfaEnabled", _) => json!(value == "true"),
                ("claimStatus" | "cursor" | "searchTerm", _) => json!(value),
                _ => json!(self.request.params(name)),
            };
            body.insert(name.clone(), value);
        }
        self.page(&body)
    }

    fn page(&self, body: &Map<String, Value>) -> Answer {
        let texts = |name: &str| -> Option<Vec<String>> {
            let list = body.get(name)?.as_array()?.iter();
            Some(list.filter_map(Value::as_str).map(str::to_owned).collect())
        };
        let within = |name: &str, value: &Value| {
            let value = value.as_str().unwrap_or_default();
            texts(name).is_none_or(|list| list.iter().any(|one| one == value))
        };
        let domain =
            |email: &Value| json!(email.as_str().and_then(|it| it.split_once('@')).map(|(_, it)| it));
        let term = body.get("searchTerm").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let fits = |told: &Value| {
            let holds = |name: &str| told[name].as_str().unwrap_or_default().to_lowercase().contains(&term);
            within("accountIds", &told["accountId"])
                && within("accountStatus", &told["accountStatus"])
                && within("membershipStatus", &told["membershipStatus"])
                && within("emails", &told["email"])
                && within("emailDomains", &domain(&told["email"]))
                && body.get("claimStatus").is_none_or(|status| *status == told["claimStatus"])
                && body.get("mfaEnabled").is_none_or(|wanted| *wanted == told["mfaEnabled"])
                && (holds("name") || holds("email"))
        };
        let found: Vec<u32> = self.people().filter(|at| fits(&self.user(*at, &[]))).collect();
        let expand = texts("expand").unwrap_or_default();
        let limit = body.get("limit").and_then(Value::as_i64).unwrap_or(MOST).clamp(1, MOST) as usize;
        // A cursor belongs to what was asked; in which words it is refused, the model of the API says.
        let mut asked = body.clone();
        asked.remove("cursor");
        asked.remove("limit");
        let identity = Value::Object(asked).to_string();
        let start = match body.get("cursor").and_then(Value::as_str).filter(|cursor| !cursor.is_empty()) {
            None => 0,
            Some(cursor) => match page::offset(&identity, cursor) {
                Some(start) => start,
                None => return Ok(fault(400, "ADMIN-400-1", "Bad Request", "Invalid page cursor.")),
            },
        };
        let shown: Vec<Value> =
            found.iter().skip(start).take(limit).map(|at| self.user(*at, &expand)).collect();
        let end = start + shown.len();
        let next = (end < found.len()).then(|| page::token(&identity, end));
        Ok(Reply::json(
            &json!({ "data": shown, "links": { "self": body.get("cursor"), "prev": null, "next": next } }),
        ))
    }

    fn last_active(&self, id: &str) -> Answer {
        let user = &self.access.users[self.named(id)? as usize];
        let seen = user.last_active.into_iter().map(|at| {
            json!({
                "id": self.product(),
                "key": "jira-software",
                "last_active": date(at.div_euclid(DAY)),
                "last_active_timestamp": zulu(at),
            })
        });
        Ok(Reply::json(&json!({
            "data": {
                "product_access": seen.collect::<Vec<_>>(),
                "added_to_org": date(user.since.div_euclid(DAY)),
                "added_to_org_timestamp": zulu(user.since),
            },
            "links": { "next": null },
        })))
    }
}
