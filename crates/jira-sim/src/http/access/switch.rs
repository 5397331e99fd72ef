//! `/_sim/access`: what is taken away from whoever reads or changes access, so that what is then missing has to be told.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::alternatives;
use crate::http::later::Plan;
use crate::http::reply::{Answer, Reply, refuse};
use crate::http::request::{Request, integer, text, texts};
use crate::http::site::{Context, Site};
use crate::rng::Rng;
use crate::world::access::change::By;

/// The most changes that are drawn at once.
const MOST_DRAWN: i64 = 10_000;

#[derive(Debug, Default)]
struct State {
    /// Permissions and scopes that nobody has.
    without: Vec<String>,
    /// What tokens of the gateway have; None for all classic scopes.
    scopes: Option<Vec<String>>,
    /// What is 403, as parts of `METHOD path`.
    forbid: Vec<String>,
    /// How many more listings of users are too slow.
    slow: u64,
}

/// The switches of a site.
#[derive(Debug, Default)]
pub(crate) struct Switches(Mutex<State>);

impl Switches {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn without(&self) -> Vec<String> {
        self.state().without.clone()
    }

    pub(crate) fn take_away(&self, what: &[&str]) {
        self.state().without = what.iter().map(|name| (*name).to_owned()).collect();
    }

    pub(crate) fn set_scopes(&self, scopes: Option<Vec<String>>) {
        self.state().scopes = scopes;
    }

    pub(crate) fn forbid(&self, what: &[&str]) {
        self.state().forbid = what.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Whether this listing of users is too slow.
    pub(crate) fn is_slow(&self) -> bool {
        let mut state = self.state();
        let is_slow = state.slow > 0;
        state.slow = state.slow.saturating_sub(1);
        is_slow
    }

    /// Whether an operation is forbidden to everybody.
    pub(crate) fn forbids(&self, method: &str, path: &str) -> bool {
        let state = self.state();
        let asked = format!("{method} {path}");
        state.forbid.iter().any(|part| asked.contains(part.as_str()))
    }

    /// Whether a token of the gateway has the scopes of an operation; one of OAuth was looked at before, and here only for what
    /// was taken away.
    pub(crate) fn lets_through(&self, method: &str, path: &str, is_oauth: bool) -> bool {
        let Some(needed) = alternatives(method, path) else { return true };
        let state = self.state();
        let is_left = |scope: &str| !state.without.iter().any(|taken| taken == scope);
        match &state.scopes {
            Some(scopes) if !is_oauth => {
                needed.met(&|scope| is_left(scope) && scopes.iter().any(|given| given == scope))
            }
            _ => needed.classic.iter().all(|scope| is_left(scope)),
        }
    }

    fn json(&self) -> Value {
        let state = self.state();
        json!({ "without": state.without, "scopes": state.scopes, "forbid": state.forbid, "slow_users": state.slow })
    }
}

/// A change that may have to wait until somebody reads.
#[derive(Debug, Clone)]
pub(crate) enum Changing {
    /// A group gets another name.
    Rename { group: String, to: String },
    /// So many changes, drawn from a seed.
    Draw { seed: u64, count: usize },
}

impl Changing {
    /// Does it; whether it could be done.
    pub(crate) fn apply(&self, site: &Site) -> bool {
        let by = By { author: Some(0), at: site.clock.now() };
        let done = site.edit_access(|access| match self {
            Changing::Rename { group, to } => {
                let group = access.group_by_id(group).or_else(|| access.group_by_name(group));
                group.map(|group| access.rename_group(by, group, to)).is_some()
            }
            Changing::Draw { seed, count } => {
                let mut rng = Rng::new(*seed, 3010);
                let mut left = *count;
                // What cannot be done is drawn anew, within reason.
                for _ in 0..count.saturating_mul(40) {
                    left -= usize::from(left > 0 && access.draw(&mut rng, by).is_some());
                }
                left == 0
            }
        });
        done.unwrap_or(false)
    }
}

/// What is switched, and what the access of the site is.
pub(crate) fn show(context: &Context) -> Reply {
    let mut value = context.site.switches.json();
    if let Some(access) = context.world().access.as_deref() {
        value["org"] = json!({ "id": access.org, "directory": access.directory, "key": super::org::KEY });
        value["counts"] = json!({
            "users": access.users.iter().filter(|user| user.listed).count(),
            "groups": access.present_groups().count(),
            "projects": access.projects.len(),
            "roles": access.roles.len(),
            "permission_schemes": access.schemes.len(),
            "grants": access.schemes.iter().map(|scheme| scheme.grants.len()).sum::<usize>(),
            "members": access.present_groups().map(|(_, group)| group.members.len()).sum::<usize>(),
            "actors": access.projects.iter().flat_map(|it| &it.roles).map(|(_, it)| it.len()).sum::<usize>(),
            "records": access.records.len(),
        });
    }
    Reply::json(&value)
}

/// One name or a list of them; null for none.
fn names(value: &Value, member: &str) -> Result<Vec<String>, Box<Reply>> {
    let list = match value {
        Value::Null => Some(Vec::new()),
        Value::String(name) => Some(vec![name.clone()]),
        Value::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    list.map_or_else(|| refuse(format!("'{member}' is a text, a list of texts, or null.")), Ok)
}

/// `{"without": …, "scopes": […], "forbid": […], "slow_users": n}`, of which what is left out stays; and
/// `{"rename_group": …, "to": …}` and `{"draw": n, "seed": n}`, either with `"after_requests": n`.
pub(crate) fn switch(context: &Context, request: &Request) -> Answer {
    let members =
        ["without", "scopes", "forbid", "slow_users", "rename_group", "to", "draw", "seed", "after_requests"];
    let body = super::super::control::body(request, &members)?;
    if context.world().access.is_none() {
        return refuse("This site has no access; it is made with --access.");
    }
    let site = &context.site;
    let mut next = State::default();
    if let Some(value) = body.get("without") {
        next.without = names(value, "without")?;
    }
    if let Some(value) = body.get("forbid") {
        next.forbid = names(value, "forbid")?;
    }
    let slow = integer(&body, "slow_users")?;
    if slow.is_some_and(|slow| slow < 0) {
        return refuse("'slow_users' must not be negative.");
    }
    next.scopes = texts(&body, "scopes")?;
    {
        let mut state = site.switches.state();
        if body.contains_key("without") {
            state.without = next.without;
        }
        if body.contains_key("forbid") {
            state.forbid = next.forbid;
        }
        if body.contains_key("scopes") {
            state.scopes = next.scopes;
        }
        if let Some(slow) = slow {
            state.slow = slow.unsigned_abs();
        }
    }
    let mut changes = Vec::new();
    if let Some(group) = text(&body, "rename_group")? {
        let Some(to) = text(&body, "to")? else { return refuse("The member 'to' is required.") };
        changes.push(Changing::Rename { group, to });
    }
    match (integer(&body, "draw")?, integer(&body, "seed")?.unwrap_or(1)) {
        (None, _) => {}
        (Some(count @ 0..=MOST_DRAWN), seed @ 0..) => {
            changes.push(Changing::Draw { seed: seed.unsigned_abs(), count: count as usize });
        }
        _ => return refuse(format!("'draw' must be between 0 and {MOST_DRAWN}, and 'seed' not negative.")),
    }
    for change in changes {
        match integer(&body, "after_requests")? {
            Some(after @ 0..) => site.later.plan(after.unsigned_abs(), Plan::Access(change)),
            Some(_) => return refuse("'after_requests' must not be negative."),
            None if change.apply(site) => {}
            None => return refuse("It cannot be done."),
        }
    }
    Ok(show(&Context::new(site, context.caller)))
}
