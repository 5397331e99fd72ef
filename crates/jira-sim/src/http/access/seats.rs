//! Who may use which application, and how many seats there are.

use serde_json::{Value, json};

use super::Look;
use crate::http::reply::{Answer, Reply};
use crate::world::access::AppRole;

impl Look<'_> {
    fn taken(&self, key: Option<&str>) -> u32 {
        let takes = |at: &u32| match key {
            Some(key) => self.access.takes_a_seat(*at, key),
            None => self.access.app_roles.iter().any(|role| self.access.takes_a_seat(*at, role.key)),
        };
        (0..self.access.users.len() as u32).filter(takes).count() as u32
    }

    pub(super) fn app_role(&self, role: &AppRole) -> Value {
        let present = |groups: &[u32]| -> Vec<u32> {
            groups.iter().copied().filter(|at| !self.access.groups[*at as usize].gone).collect()
        };
        let names = |groups: &[u32]| -> Vec<Value> {
            groups.iter().map(|at| json!(self.access.groups[*at as usize].name)).collect()
        };
        let (groups, defaults) = (present(&role.groups), present(&role.defaults));
        let taken = self.taken(Some(role.key));
        let (seats, left) = match role.seats {
            None => (-1, -1),
            Some(seats) => (i64::from(seats), i64::from(seats) - i64::from(taken)),
        };
        let mut value = json!({
            "key": role.key,
            "name": role.name,
            "groups": names(&groups),
            "defaultGroups": names(&defaults),
            "selectedByDefault": role.key == "jira-software",
            "defined": true,
            "numberOfSeats": seats,
            "remainingSeats": left.max(-1),
            "hasUnlimitedSeats": role.seats.is_none(),
            "userCount": taken,
            "userCountDescription": if role.key == "jira-servicedesk" { "agents" } else { "users" },
            "platform": role.key == "jira-core",
        });
        if !self.access.is_dc {
            let details =
                |groups: &[u32]| -> Vec<Value> { groups.iter().map(|at| self.group_name(*at)).collect() };
            value["groupDetails"] = json!(details(&groups));
            value["defaultGroupsDetails"] = json!(details(&defaults));
        }
        value
    }

    pub(super) fn all_app_roles(&self) -> Answer {
        self.admin("You must be an administrator to view application roles.")?;
        Ok(Reply::json(&self.access.app_roles.iter().map(|role| self.app_role(role)).collect()))
    }

    pub(super) fn one_app_role(&self, key: &str) -> Answer {
        self.admin("You must be an administrator to view application roles.")?;
        match self.access.app_roles.iter().find(|role| role.key == key) {
            Some(role) => Ok(Reply::json(&self.app_role(role))),
            None => Ok(Reply::error(404, format!("The application role '{key}' was not found."))),
        }
    }

    pub(super) fn seats(&self, key: Option<&str>) -> Answer {
        self.admin("Only Jira administrators can access license details.")?;
        if key.is_some_and(|key| !self.access.app_roles.iter().any(|role| role.key == key)) {
            return Ok(Reply::bad_request("The application key is not valid."));
        }
        let name = match key {
            None => "license.totalApproximateUserCount".to_owned(),
            Some(key) => format!("license.{key}.approximateUserCount"),
        };
        Ok(Reply::json(&json!({ "key": name, "value": self.taken(key).to_string() })))
    }

    pub(super) fn license(&self) -> Answer {
        self.signed_in()?;
        let plan = |role: &AppRole| json!({ "id": role.key, "plan": if role.groups.is_empty() { "FREE" } else { "PAID" } });
        Ok(Reply::json(
            &json!({ "applications": self.access.app_roles.iter().map(plan).collect::<Vec<_>>() }),
        ))
    }
}
