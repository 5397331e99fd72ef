//! What Data Center has otherwise: users with login and key, whose listings are capped by version, and groups that are their names.

use serde_json::{Value, json};

use super::Look;
use super::users::encoded;
use crate::http::page::Stretch;
use crate::http::reply::{Answer, Reply, refuse};
use crate::rng::mix;
use crate::time::{Zone, stamp};
use crate::world::DcVersion;
use crate::world::access::User;

/// How many users a page of the listing holds at most.
const LIST_PAGE: i64 = 2000;

/// How many users a search finds at all since version 10 (JRASERVER-78660).
const FOUND: usize = 100;

impl Look<'_> {
    pub(super) fn read_dc(&self, parts: &[&str], version: DcVersion) -> Option<Answer> {
        Some(match parts {
            ["myself"] => self.signed_in().map(|user| Reply::json(&self.expanded_dc(user, version))),
            ["user"] => self.one_user_dc(version),
            ["user", "search"] => self.search_users_dc(version),
            ["user", "list"] if matches!(version, DcVersion::V10_3 | DcVersion::V11) => self.list_users_dc(),
            ["user", "properties", rest @ ..] => self.properties(rest),
            ["group", "member"] => self.members(),
            ["groups", "picker"] => self.pick_groups(),
            ["project"] => self.projects_dc(),
            ["project", _, "roledetails"] => Ok(Reply::unknown_path()),
            ["project", name, rest @ ..] => return self.project_parts(name, rest),
            ["projectCategory"] => self.categories(),
            ["role"] => self.all_roles(),
            ["role", id] => self.one_role(id),
            ["role", id, "actors"] => self.default_actors(id),
            ["permissionscheme"] => self.all_schemes(),
            ["permissionscheme", id] => self.one_scheme(id),
            ["permissionscheme", id, "permission"] => self.grants_of_scheme(id),
            ["permissionscheme", id, "permission", grant] => self.one_grant(id, grant),
            ["issuesecurityschemes", rest @ ..] => self.securities(rest),
            ["securitylevel", id] => self.one_level(id),
            ["applicationrole"] => self.all_app_roles(),
            ["applicationrole", key] => self.one_app_role(key),
            ["permissions"] => self.all_permissions(),
            ["mypermissions"] => self.signed_in().and_then(|_| self.my_permissions()),
            ["field"] => self.fields(),
            _ => return None,
        })
    }

    pub(super) fn user_dc(&self, user: &User) -> Value {
        let site = &self.context.site.address;
        let picture = |size: u32| format!("{site}/secure/useravatar?size={size}&avatarId=10122");
        let mut value = json!({
            "self": format!("{}/user?username={}", self.api(), encoded(&user.login)),
            "name": user.login,
            "key": user.id,
            "avatarUrls": { "48x48": picture(48), "24x24": picture(24), "16x16": picture(16), "32x32": picture(32) },
            "displayName": user.name,
            "active": user.active,
            "timeZone": user.zone,
        });
        if let Some(email) = &user.email {
            value["emailAddress"] = json!(email);
        }
        if user.deleted {
            value["deleted"] = json!(true);
        }
        value
    }

    fn expanded_dc(&self, at: u32, version: DcVersion) -> Value {
        let user = &self.access.users[at as usize];
        let mut value = self.user_dc(user);
        let expand = self.request.params("expand");
        let asked = |name: &str| expand.iter().any(|part| part == name);
        let groups = self.access.groups_of(at);
        let roles =
            self.access.app_roles.iter().filter(|role| role.groups.iter().any(|it| groups.contains(it)));
        let roles: Vec<Value> = roles.map(|role| self.app_role(role)).collect();
        let list = |items: Vec<Value>, whole: bool| json!({ "size": items.len(), "items": if whole { items } else { Vec::new() } });
        value["groups"] = list(groups.iter().map(|at| self.group_name(*at)).collect(), asked("groups"));
        value["applicationRoles"] = list(roles, asked("applicationRoles"));
        value["expand"] = json!("groups,applicationRoles");
        value["locale"] = json!("en_US");
        if let (Some(at), DcVersion::V10_3 | DcVersion::V11) = (user.last_active, version) {
            value["lastLoginTime"] = json!(stamp(at, &Zone::load("Europe/Berlin")));
        }
        value
    }

    /// The user that a request names, by key or by login.
    pub(super) fn named_dc(&self) -> Result<u32, Box<Reply>> {
        let (key, login) = (self.request.param("key"), self.request.param("username"));
        let found = match (key, login) {
            (None, None) => {
                return refuse("Either the 'username' or the 'key' query parameters need to be provided.");
            }
            (Some(key), _) => self.access.user(key),
            (None, Some(login)) => self.access.login(login),
        };
        found.ok_or_else(|| Box::new(Reply::error(404, "The user does not exist.")))
    }

    fn one_user_dc(&self, version: DcVersion) -> Answer {
        self.browser("You are not permitted to browse users.")?;
        let at = self.named_dc()?;
        let deleted = self.request.param("includeDeleted") == Some("true") && self.eyes.is_admin();
        if self.access.users[at as usize].deleted && !deleted {
            return Ok(Reply::error(404, "The user does not exist."));
        }
        Ok(Reply::json(&self.expanded_dc(at, version)))
    }

    /// Those who are not deleted.
    fn present(&self) -> impl Iterator<Item = (u32, &User)> {
        (0..).zip(self.access.users.iter()).filter(|(_, user)| !user.deleted)
    }

    /// Users whose login, name or address begins with the text; `.` finds everybody. Before version 10 pages of a thousand go on
    /// to the end, from then on there are a hundred and no more.
    fn search_users_dc(&self, version: DcVersion) -> Answer {
        self.browser("You are not permitted to browse users.")?;
        let Some(name) = self.request.param("username") else {
            return refuse("The username query parameter was not provided.");
        };
        let name = name.to_lowercase();
        let active = self.request.param("includeActive") != Some("false");
        let inactive = self.request.param("includeInactive") == Some("true");
        let begins = |user: &User| {
            let shown = user.name.as_deref().unwrap_or_default().to_lowercase();
            let email = user.email.as_deref().unwrap_or_default().to_lowercase();
            user.login.to_lowercase().starts_with(&name)
                || email.starts_with(&name)
                || shown.split(' ').any(|word| word.starts_with(&name))
        };
        let fits =
            |user: &User| (if user.active { active } else { inactive }) && (name == "." || begins(user));
        let mut found: Vec<u32> = self.present().filter(|(_, user)| fits(user)).map(|(at, _)| at).collect();
        found.sort_by_key(|at| &self.access.users[*at as usize].login);
        if matches!(version, DcVersion::V10_3 | DcVersion::V11) {
            found.truncate(FOUND);
        }
        let stretch = Stretch::of(self.request, 50, 1000)?;
        Ok(Reply::json(&stretch.cut(&found).iter().map(|at| self.user(*at)).collect()))
    }

    /// Everybody, active or not, in no order that means anything; a cursor says where to go on, and any number is one.
    fn list_users_dc(&self) -> Answer {
        self.browser("You are not permitted to browse users.")?;
        let most = match self.request.number("maxResults")?.unwrap_or(LIST_PAGE) {
            asked @ 1.. => asked.min(LIST_PAGE) as usize,
            _ => return refuse("The value of maxResults must be positive."),
        };
        let after = self.request.number("cursor")?.unwrap_or(-1);
        let seed = mix(self.context.world().spec.seed);
        let place = |at: u32| (mix(seed ^ u64::from(at)) >> 12) as i64;
        let mut found: Vec<(i64, u32)> = self.present().map(|(at, _)| (place(at), at)).collect();
        found.retain(|(place, _)| *place > after);
        found.sort_unstable();
        let shown = &found[..found.len().min(most)];
        let is_last = shown.len() == found.len();
        let address = format!("{}/user/list", self.api());
        let mut page = json!({
            "self": format!("{address}?maxResults={most}"),
            "maxResults": most,
            "isLast": is_last,
            "values": shown.iter().map(|(_, at)| self.user(*at)).collect::<Vec<_>>(),
        });
        if let (Some((cursor, _)), false) = (shown.last(), is_last) {
            page["nextCursor"] = json!(cursor.to_string());
            page["nextPage"] = json!(format!("{address}?maxResults={most}&cursor={cursor}"));
        }
        Ok(Reply::json(&page))
    }
}
