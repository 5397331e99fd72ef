//! Users of Cloud. Listings are filtered after they were cut into pages: any page may be short, and only an empty one is the last.

use serde_json::{Value, json};

use super::Look;
use crate::http::page::Stretch;
use crate::http::reply::{Answer, Reply, refuse};
use crate::rng::mix;
use crate::world::access::{User, keys};

const NO_USER: &str = "Specified user does not exist or you do not have required permissions";

/// Percent-encodes what stands in an address.
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl Look<'_> {
    /// As any operation tells a user.
    pub(super) fn user(&self, at: u32) -> Value {
        let user = &self.access.users[at as usize];
        if self.access.is_dc { self.user_dc(user) } else { self.user_cloud(user) }
    }

    fn user_cloud(&self, user: &User) -> Value {
        let picture = |size: u8| {
            format!(
                "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/{}/{size}",
                user.id
            )
        };
        let mut value = json!({
            "self": format!("{}/user?accountId={}", self.api(), encoded(&user.id)),
            "accountId": user.id,
            "accountType": user.kind.account_type(),
            "avatarUrls": { "48x48": picture(48), "24x24": picture(24), "16x16": picture(16), "32x32": picture(32) },
            "active": user.active,
            "timeZone": user.zone,
        });
        if let Some(kind) = user.kind.app_type() {
            value["appType"] = json!(kind);
        }
        if user.guest {
            value["guest"] = json!(true);
        }
        if let Some(name) = &user.name {
            value["displayName"] = json!(name);
        }
        if let Some(email) = &user.email {
            value["emailAddress"] = json!(email);
        }
        value
    }

    /// Groups know no more of a user than this.
    pub(super) fn member(&self, at: u32) -> Value {
        let mut value = self.user(at);
        if let Some(members) = value.as_object_mut() {
            ["appType", "guest", "deleted", "expand", "locale", "lastLoginTime"]
                .iter()
                .for_each(|name| drop(members.remove(*name)));
        }
        value
    }

    fn array(&self, users: &[u32]) -> Reply {
        Reply::json(&users.iter().map(|at| self.user(*at)).collect()).giving(2 * users.len())
    }

    /// Everybody, in an order that means nothing; `None` for what is filtered out of a page.
    fn rows(&self) -> Vec<Option<u32>> {
        let users = &self.access.users;
        let seed = self.context.world().spec.seed;
        let mut order: Vec<u32> = (0..users.len() as u32).collect();
        order.sort_by_key(|at| mix(seed ^ u64::from(*at)));
        let mut rows = Vec::with_capacity(order.len() + order.len() / 8);
        let third = order.len() / 3;
        for (place, at) in order.into_iter().enumerate() {
            if self.context.site.options.short_pages {
                let holes = usize::from(place > 0 && place % 16 == 7) + if place == third { 45 } else { 0 };
                rows.extend(std::iter::repeat_n(None, holes));
                // Nobody promises that the listing stands still while it is read.
                if let (Some(again), 50) = (rows.last().copied(), place % 97) {
                    rows.push(again);
                }
            }
            rows.push(users[at as usize].listed.then_some(at));
        }
        rows
    }

    pub(super) fn all_users(&self) -> Answer {
        self.browser("You do not have permission to browse users and groups.")?;
        if self.context.site.switches.is_slow() {
            return Ok(Reply::error(409, "The request took longer than 10 seconds or was interrupted."));
        }
        let stretch = Stretch::of(self.request, 50, 1000)?;
        let rows = self.rows();
        let mut shown: Vec<u32> = stretch.cut(&rows).iter().copied().flatten().collect();
        if shown.is_empty() && stretch.most > 0 {
            // Nothing of this page is left although more follow: the next one comes now, and comes again.
            shown.extend(rows.iter().skip(stretch.start).flatten().take(1));
        }
        Ok(self.array(&shown))
    }

    /// The user that `accountId` names.
    pub(super) fn named(&self) -> Result<u32, Box<Reply>> {
        match self.request.param("accountId") {
            None | Some("") => refuse("The query parameter 'accountId' is required."),
            Some(id) => self.access.user(id).ok_or_else(|| Box::new(Reply::error(404, NO_USER))),
        }
    }

    fn with_expansions(&self, at: u32, whole: bool) -> Value {
        let mut value = self.user(at);
        let expand = self.request.params("expand");
        let asked = |name: &str| expand.iter().any(|part| part == name);
        let list = |items: Vec<Value>| json!({ "size": items.len(), "items": items });
        let groups = self.access.groups_of(at);
        let roles =
            self.access.app_roles.iter().filter(|role| role.groups.iter().any(|it| groups.contains(it)));
        let roles: Vec<Value> = roles.map(|role| self.app_role(role)).collect();
        value["groups"] = match asked("groups") {
            true => list(groups.iter().map(|at| self.group_name(*at)).collect()),
            false => json!({ "size": groups.len(), "items": [] }),
        };
        value["applicationRoles"] = match asked("applicationRoles") {
            true => list(roles),
            false => json!({ "size": roles.len(), "items": [] }),
        };
        value["expand"] = json!("groups,applicationRoles");
        if whole {
            value["locale"] = json!("en_US");
        }
        value
    }

    pub(super) fn myself(&self) -> Answer {
        let user = self.signed_in()?;
        Ok(Reply::json(&self.with_expansions(user, true)))
    }

    pub(super) fn one_user(&self) -> Answer {
        self.browser("You do not have permission to browse users and groups.")?;
        Ok(Reply::json(&self.with_expansions(self.named()?, false)))
    }

    pub(super) fn groups_of_user(&self) -> Answer {
        self.browser("You do not have permission to browse users and groups.")?;
        let groups = self.access.groups_of(self.named()?);
        Ok(Reply::json(&groups.into_iter().map(|at| self.group_name(at)).collect()))
    }

    /// The first thousand active ones whose name or address begins with the text; nothing at all for those who may not browse.
    pub(super) fn search_users(&self) -> Answer {
        let stretch = Stretch::of(self.request, 50, 1000)?;
        let asked = (self.request.param("accountId"), self.request.param("query"));
        let found: Vec<u32> = match asked {
            (None, None) => {
                return refuse("One of the query parameters 'query', 'accountId' or 'property' is required.");
            }
            _ if !self.eyes.browses_users() => Vec::new(),
            (Some(id), _) => self.access.user(id).into_iter().collect(),
            (None, Some(query)) => self.beginning_with(query),
        };
        Ok(self.array(stretch.cut(&found)))
    }

    /// Users who have certain permissions in a project, for those who administer it.
    pub(super) fn search_permission(&self) -> Answer {
        let permissions = self.request.params("permissions");
        if permissions.is_empty() || permissions.iter().any(|key| keys::named(false, key).is_none()) {
            return refuse("The permissions must be named, and each must be one that there is.");
        }
        let administers = |name: &str| self.access.project(name).is_some_and(|at| self.eyes.administers(at));
        if !self.request.param("projectKey").is_some_and(administers) {
            return Ok(Reply::forbidden());
        }
        let keys: Vec<&str> = permissions.iter().map(String::as_str).collect();
        self.search_permitted(&keys)
    }

    /// Users who have permissions in a project: of the first thousand again, so that a large site is never read in whole.
    pub(super) fn search_permitted(&self, permissions: &[&str]) -> Answer {
        let stretch = Stretch::of(self.request, 50, 1000)?;
        if !self.eyes.browses_users() {
            return Ok(self.array(&[]));
        }
        let name = self.request.param("projectKey").or(self.request.param("project"));
        let Some(name) = name else { return refuse("A project must be named.") };
        let (project, _) = self.project(name)?;
        let query = self.request.param("query").unwrap_or_default();
        let mut found = self.beginning_with(if query == "." { "" } else { query });
        found.retain(|at| permissions.iter().all(|key| self.access.has(*at, key, project).is_yes()));
        Ok(self.array(stretch.cut(&found)))
    }

    fn beginning_with(&self, query: &str) -> Vec<u32> {
        let query = query.to_lowercase();
        let begins = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default().to_lowercase();
            text.starts_with(&query) || text.split(' ').any(|word| word.starts_with(&query))
        };
        let listed = (0..).zip(self.access.users.iter()).filter(|(_, user)| user.active && user.listed);
        let first = listed.take(1000).filter(|(_, user)| begins(&user.name) || begins(&user.email));
        first.map(|(at, _)| at).collect()
    }

    /// Ten a page unless asked for more, at most 200.
    pub(super) fn users_in_bulk(&self) -> Answer {
        self.signed_in()?;
        let stretch = Stretch::of(self.request, 10, 200)?;
        let ids: Vec<&str> = self
            .request
            .query
            .iter()
            .filter(|(key, _)| key == "accountId")
            .map(|(_, id)| id.as_str())
            .collect();
        if ids.is_empty() || ids.len() > 200 {
            return refuse("Between 1 and 200 accountId parameters are required.");
        }
        let found: Vec<u32> = ids.iter().filter_map(|id| self.access.user(id)).collect();
        let mut page = stretch.page(&found, |at| self.user(*at));
        page["self"] = json!(format!("{}/user/bulk", self.api()));
        Ok(Reply::json(&page).giving(2 * found.len()))
    }

    /// The keys of a user's properties, or one of them.
    pub(super) fn properties(&self, parts: &[&str]) -> Answer {
        let caller = self.signed_in()?;
        let user = self.propertied()?;
        if user != caller && !self.eyes.is_admin() {
            return Ok(Reply::forbidden());
        }
        let (address, id) = match self.access.is_dc {
            true => ("userKey", encoded(&self.access.users[user as usize].id)),
            false => ("accountId", encoded(&self.access.users[user as usize].id)),
        };
        let known = &self.access.users[user as usize].properties;
        match parts {
            [] => {
                let of = |key: &String| {
                    let at = format!("{}/user/properties/{}?{address}={id}", self.api(), encoded(key));
                    json!({ "self": at, "key": key })
                };
                Ok(Reply::json(&json!({ "keys": known.keys().map(of).collect::<Vec<_>>() })))
            }
            [key] => match known.get(*key) {
                Some(value) => Ok(Reply::json(&json!({ "key": key, "value": value }))),
                None => Ok(Reply::error(404, format!("The property {key} does not exist."))),
            },
            _ => Ok(Reply::unknown_path()),
        }
    }

    /// Whose properties are meant.
    pub(super) fn propertied(&self) -> Result<u32, Box<Reply>> {
        if !self.access.is_dc {
            return self.named();
        }
        let by_key = self.request.param("userKey").and_then(|key| self.access.user(key));
        let by_login = || self.request.param("username").and_then(|login| self.access.login(login));
        by_key.or_else(by_login).ok_or_else(|| Box::new(Reply::error(404, "The user does not exist.")))
    }
}
