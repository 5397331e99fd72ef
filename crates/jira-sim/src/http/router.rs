//! Every route in one place.

use super::dc::Node;
use super::fault::{self, Asked, Effect};
use super::identity::{Caller, Door, identify};
use super::reply::{Answer, Reply};
use super::request::{Request, decode};
use super::site::{Context, Site};
use super::{
    access, agile, bulk, complete, control, dc, history, issues, own, projects, rate, reference, search,
    users,
};
use crate::world::{DcVersion, Flavor};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// What came of a request.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    /// None for the simulator's own pages.
    pub(crate) caller: Option<SignedIn>,
    /// The node of Data Center that answers, where there are several.
    pub(crate) node: Option<Node>,
    /// The route for statistics; None for the simulator's own pages.
    pub(crate) route: Option<String>,
    /// What the limit of requests tells; empty where there is none.
    pub(crate) rate: Vec<(&'static str, String)>,
    /// What a fault still has to do to the answer.
    pub(crate) effect: Option<Effect>,
    /// NUL becomes half of a surrogate pair.
    pub(crate) half_pairs: bool,
}

impl Outcome {
    /// A reply that is about nobody.
    pub(crate) fn bare(reply: Reply, route: Option<String>) -> Outcome {
        Outcome { reply, caller: None, node: None, route, rate: Vec::new(), effect: None, half_pairs: false }
    }
}

pub(crate) fn route(site: &Arc<Site>, request: &mut Request) -> Outcome {
    if let Some(path) = inside(site, &request.path) {
        request.path = path;
    } else {
        return Outcome::bare(Reply::unknown_path(), Some("/?".to_owned()));
    }
    let door = match gateway_path(site, &request.path) {
        Gateway::Not => Door::Site,
        Gateway::Path(path) => {
            request.path = path;
            Door::Gateway
        }
        Gateway::OtherSite => {
            let reply = Reply::gateway(404, "No message available");
            return Outcome::bare(reply, Some("/ex/jira/?".to_owned()));
        }
    };
    let parts: Vec<String> =
        request.path.split('/').filter(|part| !part.is_empty()).map(|part| decode(part, false)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if parts.first() == Some(&"_sim") {
        let context = Context::new(site, Caller::Anonymous { failed: false });
        let reply = answer(own_page(&context, request, &parts[1..]));
        return Outcome::bare(reply, None);
    }
    let route = Some(pattern(&parts));
    if parts == ["_edge", "tenant_info"] {
        let reply = Reply::json(&serde_json::json!({ "cloudId": site.cloud_id }));
        return Outcome::bare(reply, route);
    }
    site.later.request(site);
    let adfs = site.adfs.as_ref().filter(|_| parts.first() == Some(&"adfs"));
    let passage = match adfs {
        Some(_) => rate::Passage::default(),
        None => pass(site, request, &parts, route.as_deref().unwrap_or_default()),
    };
    if let Some(wait) = passage.wait {
        let reason = (!site.is_dc).then_some("jira-burst-based");
        let reply = rate::refusal(site.is_dc, reason, Some(wait));
        return Outcome { rate: passage.headers, ..Outcome::bare(reply, route) };
    }
    let node = if site.is_dc && adfs.is_none() { site.nodes.choose(request) } else { None };
    let asked = Asked::new(request, route.as_deref().unwrap_or_default(), &parts, node.map(Node::number));
    let fault = site.faults.meet(&asked);
    let mut effect = fault.as_ref().and_then(|fault| fault::effect(fault, site.is_dc, site.clock.now()));
    if let Some(Effect::Instead(reply)) = effect {
        if let Some(seconds) = fault.as_ref().and_then(|fault| fault.retry_after) {
            let key = bucket(site, request, route.as_deref().unwrap_or_default());
            site.gate.ask_to_wait(&key, Duration::from_secs(seconds));
        }
        return Outcome { node, rate: passage.headers, ..Outcome::bare(*reply, route) };
    }
    let mut context = Context::new(site, Caller::Anonymous { failed: false });
    context.behind = node.map_or(0, |node| node.behind);
    context.asked = Arc::new(asked);
    let beside = site.oauth.as_ref().filter(|_| door == Door::Site).and_then(|oauth| {
        let named = (site.address.as_str(), site.cloud_id.as_str());
        oauth.answer(context.world(), named, request, &parts, context.now)
    });
    if let Some(reply) = beside {
        return Outcome { effect, ..Outcome::bare(reply, route) };
    }
    if let (["admin", rest @ ..], Flavor::Cloud) = (&parts[..], context.world().spec.flavor) {
        return Outcome {
            effect,
            rate: passage.headers,
            ..Outcome::bare(access::organisation(&context, request, rest), route)
        };
    }
    if let Some(adfs) = adfs {
        let reply = adfs.answer(context.world(), request, &parts, context.now);
        return Outcome { effect, ..Outcome::bare(reply, route) };
    }
    // Whether it is paid for with points.
    let mut pays = false;
    let identified = match (context.world().spec.flavor, &effect) {
        (Flavor::Cloud, Some(Effect::Anonymous)) if door == Door::Gateway => {
            Err(Box::new(Reply::gateway(401, "Unauthorized")))
        }
        (Flavor::Cloud, Some(Effect::Anonymous)) => Ok(Caller::Anonymous { failed: true }),
        (Flavor::Cloud, _) => {
            let oauth = site.oauth.as_ref().filter(|_| door == Door::Gateway);
            let consented = oauth.and_then(|oauth| oauth.identify(request, context.now));
            pays = matches!(consented, Some(Ok(_)));
            consented.unwrap_or_else(|| identify(context.world(), request, door))
        }
        (Flavor::DataCenter(_), _) => {
            let by_token = site.adfs.as_ref().and_then(|adfs| adfs.identify(request, context.now));
            by_token.unwrap_or_else(|| dc::identify(context.world(), request, context.now, &site.sign_in))
        }
    };
    if let Some(reply) = site.points.refused(context.now).filter(|_| pays) {
        return Outcome::bare(reply, route);
    }
    let scoped = door == Door::Gateway && context.world().access.is_some();
    let identified = match identified {
        Ok(_) if scoped && !site.switches.lets_through(&request.method, &request.path, pays) => {
            Err(Box::new(Reply::gateway(401, "Unauthorized; scope does not match")))
        }
        Ok(_) if site.switches.forbids(&request.method, &request.path) => Err(Box::new(Reply::forbidden())),
        identified => identified,
    };
    let (mut reply, caller) = match identified {
        Err(reply) => (*reply, None),
        Ok(caller) => {
            context.caller = caller;
            let reply = match context.world().spec.flavor {
                Flavor::Cloud => dispatch(&context, request, &parts),
                Flavor::DataCenter(version) => dispatch_dc(&context, request, &parts, version),
            };
            (answer(reply), Some(signed_in(&context)))
        }
    };
    if let Some(Effect::Headers(more)) = effect.take_if(|effect| matches!(effect, Effect::Headers(_))) {
        reply.headers.extend(more.into_iter().map(|(name, value)| (name, value.into())));
    }
    let points = if pays { site.points.pay(1 + reply.objects, context.now) } else { Vec::new() };
    let rate = if points.is_empty() { passage.headers } else { points };
    Outcome { reply, caller, node, route, rate, effect, half_pairs: false }
}

/// Which bucket a request takes from: that of the endpoint and method on Cloud, the caller's on Data Center.
pub(crate) fn bucket<'a>(site: &Site, request: &'a Request, route: &str) -> Cow<'a, str> {
    match site.is_dc {
        true => request.authorization.as_deref().unwrap_or_default().into(),
        false => format!("{} {route}", request.method).into(),
    }
}

/// Data Center exempts what tells about the server.
fn pass(site: &Site, request: &Request, parts: &[&str], route: &str) -> rate::Passage {
    if site.is_dc && parts.last() == Some(&"serverInfo") {
        return rate::Passage::default();
    }
    site.gate.pass(&bucket(site, request, route), site.is_dc, site.clock.now())
}

/// What the headers of a reply tell about the caller.
pub(crate) enum SignedIn {
    /// The account id.
    As(String),
    /// The login, on Data Center.
    Login(String),
    Refused,
    Nobody,
}

fn signed_in(context: &Context) -> SignedIn {
    match context.caller {
        Caller::Account(_) => {
            let person = &context.world().people[context.account().person as usize];
            if context.world().spec.flavor.is_dc() {
                SignedIn::Login(person.login.clone())
            } else {
                SignedIn::As(person.account_id.clone())
            }
        }
        Caller::Anonymous { failed: true } => SignedIn::Refused,
        Caller::Anonymous { failed: false } => SignedIn::Nobody,
    }
}

fn answer(answer: Answer) -> Reply {
    answer.unwrap_or_else(|refusal| *refusal)
}

/// The path beneath the context path; the simulator's own pages and AD FS are also without it.
fn inside(site: &Site, path: &str) -> Option<String> {
    match path.strip_prefix(&site.options.context_path) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Some(rest.to_owned()),
        _ => {
            let is_beside = path.starts_with("/_sim") || (site.adfs.is_some() && path.starts_with("/adfs/"));
            is_beside.then(|| path.to_owned())
        }
    }
}

enum Gateway {
    Not,
    Path(String),
    OtherSite,
}

fn gateway_path(site: &Site, path: &str) -> Gateway {
    let Some(rest) = path.strip_prefix("/ex/jira/") else { return Gateway::Not };
    let (cloud_id, rest) = rest.split_once('/').unwrap_or((rest, ""));
    if cloud_id == site.cloud_id { Gateway::Path(format!("/{rest}")) } else { Gateway::OtherSite }
}

/// What ids and keys come after.
const NAMED: [&str; 15] = [
    "issue",
    "project",
    "board",
    "sprint",
    "role",
    "permissionscheme",
    "permission",
    "issuesecurityschemes",
    "securitylevel",
    "applicationrole",
    "properties",
    "product",
    "orgs",
    "directories",
    "users",
];

/// The path with ids and keys left out.
fn pattern(parts: &[&str]) -> String {
    let mut pattern = String::new();
    for (at, part) in parts.iter().enumerate() {
        let named = at > 0 && NAMED.contains(&parts[at - 1]);
        let word = part.bytes().all(|byte| byte.is_ascii_lowercase());
        pattern.push('/');
        pattern.push_str(if named && !word { "{id}" } else { part });
    }
    pattern
}

fn own_page(context: &Context, request: &Request, parts: &[&str]) -> Answer {
    match parts {
        ["requests"] => Ok(own::requests(context)),
        ["stats"] => Ok(own::stats(context)),
        ["kinds"] => Ok(own::kinds()),
        ["world"] => Ok(own::world(context)),
        ["canary"] => Ok(own::canary(context)),
        ["access"] if request.method == "GET" => Ok(access::show(context)),
        ["access"] if request.method == "POST" => access::switch(context, request),
        ["can"] => own::can(context, request),
        ["truth", "access"] => own::access_truth(context, request),
        ["truth", view] => own::truth(context, request, view),
        ["faults"] if request.method == "GET" => Ok(control::faults(context)),
        ["fault" | "faults"] if request.method == "DELETE" => Ok(control::clear_faults(context)),
        ["edits"] if request.method == "DELETE" => Ok(control::drop_edits(context)),
        [
            "access" | "edit" | "edits" | "clock" | "lag" | "zone" | "signin" | "adfs" | "oauth" | "points"
            | "nodes" | "rate" | "fault",
        ] if request.method != "POST" => Ok(Reply::error(405, "Method Not Allowed")),
        ["edit"] => control::edit(context, request),
        ["edits"] => control::edits(context, request),
        ["clock"] => control::clock(context, request),
        ["lag"] => control::lag(context, request),
        ["zone"] => control::zone(context, request),
        ["signin"] => control::sign_in(context, request),
        ["adfs"] => control::adfs(context, request),
        ["oauth"] => control::oauth(context, request),
        ["points"] => control::points(context, request),
        ["nodes"] => control::nodes(context, request),
        ["fault"] => control::fault(context, request),
        ["rate"] => control::rate(context, request),
        _ => Ok(Reply::unknown_path()),
    }
}

fn dispatch(context: &Context, request: &Request, parts: &[&str]) -> Answer {
    if let Some(answer) = access::cloud(context, request, parts) {
        return answer;
    }
    match parts {
        ["rest", "api", "2" | "3", rest @ ..] if request.method == "GET" => platform(context, request, rest),
        ["rest", "api", "3", rest @ ..] if request.method == "POST" => posted(context, request, rest),
        ["rest", "agile", "1.0", rest @ ..] if request.method == "GET" => agile(context, request, rest),
        ["rest", "api" | "agile", _, ..] if !["GET", "POST"].contains(&request.method.as_str()) => {
            Ok(Reply::error(405, "Method Not Allowed"))
        }
        _ => Ok(Reply::unknown_path()),
    }
}

/// Data Center: what it has otherwise, what it has alike, and nothing of what only Cloud has.
fn dispatch_dc(context: &Context, request: &Request, parts: &[&str], version: DcVersion) -> Answer {
    if let Some(answer) = access::data_center(context, request, parts, version) {
        return answer;
    }
    let ["rest", area, rest @ ..] = parts else { return Ok(Reply::unknown_path()) };
    match (*area, request.method.as_str(), rest) {
        ("api", "GET", ["2" | "latest", rest @ ..]) => match rest {
            ["serverInfo"] => Ok(dc::server_info(context, version)),
            ["search"] => dc::search_get(context, request),
            ["project"] => dc::projects(context, request),
            ["user"] => dc::user(context, request),
            ["user", "search"] => dc::search_users(context, request),
            ["user", "picker"] => dc::pick_users(context, request),
            ["user", "list"] if matches!(version, DcVersion::V10_3 | DcVersion::V11) => {
                dc::list_users(context, request)
            }
            ["group", "member"] => dc::members(context, request),
            [
                "project" | "statuses" | "priority" | "field" | "filter" | "resolution" | "search",
                "search" | "jql",
            ]
            | ["issue", _, "changelog"]
            | ["issuetype", "project"]
            | ["project", _, "component"]
            | ["group", "bulk"]
            | ["user" | "users", ..] => Ok(Reply::unknown_path()),
            ["project", name] => dc::project(context, name),
            rest => platform(context, request, rest),
        },
        ("api", "POST", ["2" | "latest", rest @ ..]) => match rest {
            ["search"] => dc::search_post(context, request),
            ["worklog", "list"] => issues::worklog_list(context, request),
            _ => Ok(Reply::unknown_path()),
        },
        ("agile", "GET", ["1.0", rest @ ..]) => agile(context, request, rest),
        _ => Ok(Reply::unknown_path()),
    }
}

fn platform(context: &Context, request: &Request, parts: &[&str]) -> Answer {
    match parts {
        ["serverInfo"] => Ok(reference::server_info(context)),
        ["myself"] => reference::myself(context),
        ["mypermissions"] => reference::my_permissions(context, request),
        ["jql", "autocompletedata"] => Ok(complete::reference(context)),
        ["jql", "autocompletedata", "suggestions"] => complete::suggestions(context, request),
        ["search"] => Ok(search::gone()),
        ["search", "jql"] => search::get(context, request),
        ["field"] => Ok(reference::fields(context)),
        ["field", "search"] => reference::search_fields(context, request),
        ["filter", "search"] => reference::filters(context, request),
        ["group", "bulk"] => users::groups(context, request),
        ["group", "member"] => users::members(context, request),
        ["issue", name] => issues::get(context, request, name),
        ["issue", name, "changelog"] => history::of_issue(context, request, name),
        ["issue", name, "comment"] => issues::comments(context, request, name),
        ["issue", name, "worklog"] => issues::worklogs(context, request, name),
        ["issueLinkType"] => Ok(reference::link_types(context)),
        ["issuetype"] => Ok(reference::issue_types(context)),
        ["issuetype", "project"] => reference::issue_types_of_project(context, request),
        ["priority"] => Ok(reference::priorities(context)),
        ["priority", "search"] => reference::search_priorities(context, request),
        ["project", "search"] => projects::search(context, request),
        ["project", name] => projects::get(context, name),
        ["project", name, "component"] => projects::component_page(context, request, name),
        ["project", name, "components"] => projects::components(context, name),
        ["project", name, "role"] => projects::roles(context, name),
        ["project", name, "role", id] => projects::role(context, name, id),
        ["project", name, "statuses"] => projects::statuses(context, name),
        ["project", name, "version"] => projects::version_page(context, request, name),
        ["project", name, "versions"] => projects::versions(context, name),
        ["resolution"] => Ok(reference::resolutions(context)),
        ["resolution", "search"] => reference::search_resolutions(context, request),
        ["role"] => reference::roles(context),
        ["status"] => Ok(reference::statuses(context)),
        ["statuscategory"] => Ok(reference::status_categories(context)),
        ["statuses", "search"] => reference::search_statuses(context, request),
        ["user"] => users::get(context, request),
        ["user", "bulk"] => users::bulk(context, request),
        ["user", "picker"] => users::picker(context, request),
        ["user", "search"] => users::search(context, request),
        ["users"] | ["users", "search"] => users::all(context, request),
        ["worklog", "deleted"] => issues::worklogs_deleted(context, request),
        ["worklog", "updated"] => issues::worklogs_updated(context, request),
        _ => Ok(Reply::unknown_path()),
    }
}

fn posted(context: &Context, request: &Request, parts: &[&str]) -> Answer {
    match parts {
        ["changelog", "bulkfetch"] => history::bulk(context, request),
        ["comment", "list"] => issues::comment_list(context, request),
        ["issue", "bulkfetch"] => bulk::issues(context, request),
        ["jql", "parse"] => search::parse(context, request),
        ["permissions", "check"] => reference::check_permissions(context, request),
        ["search"] => Ok(search::gone()),
        ["search", "approximate-count"] => search::count(context, request),
        ["search", "jql"] => search::post(context, request),
        ["worklog", "list"] => issues::worklog_list(context, request),
        _ => Ok(Reply::unknown_path()),
    }
}

fn agile(context: &Context, request: &Request, parts: &[&str]) -> Answer {
    if context.is_anonymous() {
        return Ok(Reply::error(401, "Client must be authenticated to access this resource."));
    }
    match parts {
        ["board"] => agile::list(context, request),
        ["board", id] => agile::get(context, id),
        ["board", id, "configuration"] => agile::configuration(context, id),
        ["board", id, "epic"] => agile::epics(context, request, id),
        ["board", id, "project"] => agile::projects(context, request, id),
        ["board", id, "sprint"] => agile::sprints(context, request, id),
        ["board", id, "version"] => agile::versions(context, request, id),
        ["sprint", id] => agile::sprint(context, id),
        _ => Ok(Reply::unknown_path()),
    }
}
