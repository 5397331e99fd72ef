//! The simulator's own pages under `/_sim`: what was asked, what there is, what is true.

use serde_json::{Map, Value, json};

use super::reply::{Answer, Reply, refuse};
use super::request::Request;
use super::site::{Context, Moment};
use crate::edit::EditKind;
use crate::truth::access::{Sight, operations as access_operations, rows as access_rows};
use crate::truth::{Truth, TruthView};
use crate::world::access::can::Answer as Has;
use crate::world::access::eyes::Eyes;
use crate::world::access::keys;

pub(crate) fn requests(context: &Context) -> Reply {
    Reply::json(&context.site.stats.recorded().iter().map(super::Recorded::json).collect())
}

pub(crate) fn stats(context: &Context) -> Reply {
    let snapshot = context.site.counts();
    Reply::json(&json!({
        "requests": snapshot.requests,
        "bytes_out": snapshot.bytes_out,
        "by_endpoint": snapshot.by_endpoint,
        "over_limit": snapshot.over_limit,
        "early": snapshot.early,
        "in_flight_max": snapshot.in_flight_max,
        "edits_waiting": context.site.later.len(),
        "edits_refused": context.site.later.refused(),
    }))
}

/// What can be done to a site, and what each kind of edit leaves behind.
pub(crate) fn kinds() -> Reply {
    let kinds = EditKind::ALL.into_iter().map(|kind| {
        json!({
            "name": kind.name(),
            "is_drawn": kind.is_drawn(),
            "moves_updated": kind.moves_updated(),
            "writes_history": kind.writes_history(),
        })
    });
    Reply::json(&kinds.collect())
}

pub(crate) fn world(context: &Context) -> Reply {
    let world = context.world();
    let counts: Map<String, Value> =
        world.counts().into_iter().map(|(name, count)| (name.to_owned(), json!(count))).collect();
    Reply::json(&json!({
        "seed": world.spec.seed,
        "cloud_id": world.cloud_id,
        "canary": world.spec.canary,
        "monsters": crate::world::monsters::keys(world),
        "counts": counts,
    }))
}

/// The marker words that texts begin with when canaries are on.
pub(crate) fn canary(context: &Context) -> Reply {
    let text_fields =
        context.world().fields.iter().filter(|field| field.is_custom() && field.schema == Some("string"));
    let mut kinds: Vec<String> =
        ["summary", "description", "environment", "comment", "worklog", "displayName", "email"]
            .map(str::to_owned)
            .into();
    kinds.extend(text_fields.map(|field| field.id.clone()));
    let markers: Vec<String> = kinds.iter().map(|kind| format!("CANARY-{kind}-")).collect();
    Reply::json(&json!({ "on": context.world().spec.canary, "markers": markers }))
}

/// The rows of one view as an account must come to see them, one JSON object a line.
pub(crate) fn truth(context: &Context, request: &Request, view: &str) -> Answer {
    let Some(view) = TruthView::named(view) else {
        let known: Vec<&str> = TruthView::ALL.iter().map(|view| view.name()).collect();
        return Ok(Reply::error(404, format!("There is no view '{view}'; there are {}.", known.join(", "))));
    };
    let email = request.param("account").unwrap_or("reader@sim.example");
    let Moment { world, fragments } = context.moment.clone();
    let Some(truth) = Truth::in_site(world, fragments, email) else {
        return refuse(format!("There is no account '{email}'."));
    };
    let mut at = 0;
    let mut reply = Reply::rendered(Box::new(move |out| truth.write(view, &mut at, out)));
    reply.content_type = "application/x-ndjson";
    Ok(reply)
}

/// `/_sim/truth/access?account=E`, or `?whole=true`: who can do what, one JSON object a line; with `token=scoped` only what a token of
/// the gateway has the scopes for.
pub(crate) fn access_truth(context: &Context, request: &Request) -> Answer {
    let world = context.world();
    let Some(access) = world.access.as_deref() else {
        return Ok(Reply::error(404, "This site has no access; it is made with --access."));
    };
    let email = request.param("account").unwrap_or("admin@sim.example");
    let Some(account) = world.account(email) else {
        return refuse(format!("There is no account '{email}'."));
    };
    let without = context.site.switches.without();
    let eyes = Eyes { world, access, account, without: &without };
    let rows = access_rows(Sight { eyes, whole: request.param("whole") == Some("true") });
    let scoped = request.param("token") == Some("scoped");
    let is_open = |operation: &&str| {
        let path = format!("/rest/api/3/{operation}");
        context.site.switches.lets_through("GET", &path, false)
    };
    let open = |row: &Value| access_operations(row["fact"].as_str().unwrap_or_default()).iter().any(is_open);
    let mut out = Vec::new();
    for row in rows.into_iter().filter(|row| !scoped || open(row)) {
        out.extend_from_slice(row.to_string().as_bytes());
        out.push(b'\n');
    }
    let mut reply = Reply::bytes(out);
    reply.content_type = "application/x-ndjson";
    Ok(reply)
}

/// `/_sim/can?user=ID&permission=KEY&project=ID or key`, without a project for a permission that counts everywhere: whether the user
/// may, worked out by looking at every way; `answer` is what `permissions/check` says. Without a user it is asked for all of them,
/// without a project for all projects, and those with any answer but a plain no are listed.
pub(crate) fn can(context: &Context, request: &Request) -> Answer {
    let Some(access) = context.world().access.as_deref() else {
        return Ok(Reply::error(404, "This site has no access; it is made with --access."));
    };
    let Some(known) = request.param("permission").and_then(|key| keys::named(access.is_dc, key)) else {
        return refuse("There is no such permission.");
    };
    let user = match request.param("user") {
        None => None,
        Some(id) => match access.user(id).or_else(|| access.login(id)) {
            Some(user) => Some(user),
            None => return refuse("There is no such user."),
        },
    };
    let project = match request.param("project") {
        None => None,
        Some(name) => match access.project(name) {
            Some(project) => Some(project),
            None => return refuse("There is no such project."),
        },
    };
    let of = |user: u32, project: Option<u32>| match project {
        Some(project) => access.has(user, known.key, project),
        None => Has { definite: access.has_global(user, known.key), ..Has::default() },
    };
    let told = |has: Has| {
        json!({
            "answer": has.is_yes(),
            "definite": has.definite,
            "conditional": has.conditional,
            "unresolved": has.unresolved,
        })
    };
    let listed = |id: &str, has: Has| {
        let mut row = told(has);
        row["id"] = json!(id);
        (has != Has::default()).then_some(row)
    };
    let all = |users: usize| 0..users as u32;
    match (user, project, known.global) {
        (_, Some(_), true) => refuse("The permission counts everywhere, in no project."),
        (None, None, false) => refuse("A user or a project must be named."),
        (Some(user), None, true) => Ok(Reply::json(&told(of(user, None)))),
        (Some(user), Some(project), false) => Ok(Reply::json(&told(of(user, Some(project))))),
        (None, project, _) => {
            let users = all(access.users.len());
            let rows = users.filter_map(|at| listed(&access.users[at as usize].id, of(at, project)));
            Ok(Reply::json(&json!({ "users": rows.collect::<Vec<_>>() })))
        }
        (Some(user), None, false) => {
            let projects = all(access.projects.len());
            let id = |at: u32| access.projects[at as usize].id.to_string();
            let rows = projects.filter_map(|at| listed(&id(at), of(user, Some(at))));
            Ok(Reply::json(&json!({ "projects": rows.collect::<Vec<_>>() })))
        }
    }
}
