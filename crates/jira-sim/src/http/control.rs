//! `POST /_sim/edit`, `edits`, `clock`, `lag`, `zone`, `signin`, `adfs`, `oauth`, `points`, `nodes`, `rate`: the hand that edits a running site, over HTTP.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::dc::AdfsTrouble;
use super::fault::{self, Fault};
use super::later::Plan;
use super::oauth::OauthSites;
use super::rate::Rate;
use super::reply::{Answer, Reply, refuse};
use super::request::{Request, integer, text, texts};
use super::site::{Context, names};
use crate::edit::{Applied, Edit, EditError, EditKind};

const MOST_EDITS: i64 = 100_000;
/// A year, in seconds.
const LONGEST_LIFE: i64 = 366 * 24 * 60 * 60;
/// A hundred years: more than any clock has to move.
const LONGEST: i64 = 100 * 366 * crate::time::DAY;

impl From<EditError> for Box<Reply> {
    fn from(error: EditError) -> Box<Reply> {
        Box::new(Reply::bad_request(error.to_string()))
    }
}

pub(super) fn body(request: &Request, members: &[&str]) -> Result<Map<String, Value>, Box<Reply>> {
    let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else {
        return refuse("The body must be a JSON object.");
    };
    match body.keys().find(|key| !members.contains(&key.as_str())) {
        Some(key) => refuse(format!("There is no member '{key}' here; there are {}.", members.join(", "))),
        None => Ok(body),
    }
}

fn kind(name: &str) -> Result<EditKind, Box<Reply>> {
    EditKind::named(name).map_or_else(
        || {
            let known: Vec<&str> = EditKind::ALL.into_iter().map(EditKind::name).collect();
            refuse(format!("There is no kind '{name}'; there are {}.", known.join(", ")))
        },
        Ok,
    )
}

fn seed(body: &Map<String, Value>) -> Result<u64, Box<Reply>> {
    match integer(body, "seed")? {
        None => Ok(1),
        Some(seed @ 0..) => Ok(seed.unsigned_abs()),
        Some(_) => refuse("The seed must not be negative."),
    }
}

fn applied(context: &Context, applied: &[Applied]) -> Answer {
    let applied: Vec<Value> = applied
        .iter()
        .map(|applied| json!({ "kind": applied.kind.name(), "subject": applied.subject }))
        .collect();
    Ok(Reply::json(&json!({ "applied": applied, "now": context.site.clock.now() })))
}

/// `{"kind": …, "subject": …, "value": …, "seed": …}`; what is left out is drawn.
pub(crate) fn edit(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["kind", "subject", "value", "seed", "after_requests"])?;
    let Some(name) = text(&body, "kind")? else { return refuse("The member 'kind' is required.") };
    let edit = Edit {
        kind: kind(&name)?,
        subject: text(&body, "subject")?,
        value: body.get("value").cloned(),
        seed: seed(&body)?,
    };
    if let Some(after) = after_requests(&body)? {
        return Ok(planned(context, after, Plan::One(edit)));
    }
    applied(context, &[context.site.edit_one(&edit)?])
}

/// `{"seed": …, "count": …, "kinds": […], "spread_ms": …}`
pub(crate) fn edits(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["seed", "count", "kinds", "spread_ms", "after_requests"])?;
    let count = integer(&body, "count")?.unwrap_or(1);
    let spread = integer(&body, "spread_ms")?.unwrap_or(0);
    if !(0..=MOST_EDITS).contains(&count) {
        return refuse(format!("The count must be between 0 and {MOST_EDITS}."));
    }
    if !(0..=LONGEST).contains(&spread) {
        return refuse(format!("spread_ms must be between 0 and {LONGEST}."));
    }
    let names = texts(&body, "kinds")?.unwrap_or_default();
    let kinds = names.iter().map(|name| kind(name)).collect::<Result<Vec<_>, _>>()?;
    let (seed, count) = (seed(&body)?, count as usize);
    if let Some(after) = after_requests(&body)? {
        return Ok(planned(context, after, Plan::Many { seed, count, kinds, spread_ms: spread }));
    }
    applied(context, &context.site.edit_many(seed, count, &kinds, spread))
}

/// How many requests more an edit waits for.
fn after_requests(body: &Map<String, Value>) -> Result<Option<u64>, Box<Reply>> {
    match integer(body, "after_requests")? {
        Some(..0) => refuse("'after_requests' must not be negative."),
        after => Ok(after.map(i64::unsigned_abs)),
    }
}

fn planned(context: &Context, after: u64, plan: Plan) -> Reply {
    context.site.later.plan(after, plan);
    Reply::json(&json!({ "applied": [], "after_requests": after, "now": context.site.clock.now() }))
}

/// Drops the edits that wait.
pub(crate) fn drop_edits(context: &Context) -> Reply {
    let dropped = context.site.later.len();
    context.site.later.clear();
    Reply::json(&json!({ "dropped": dropped }))
}

/// `{"kind": …, …}` switches a fault on, `{"kind": "none"}` all of them off; the answer tells which there are.
pub(crate) fn fault(context: &Context, request: &Request) -> Answer {
    let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else {
        return refuse("The body must be a JSON object.");
    };
    if body.get("kind") == Some(&json!("none")) {
        return Ok(clear_faults(context));
    }
    let site = &context.site;
    let fault = Fault::from_body(&body).or_else(refuse)?;
    if !fault.kind.is_of(site.is_dc) {
        return refuse(format!("The fault '{}' is not one of this product.", fault.kind.name()));
    }
    let names = names(context.world(), &fault);
    if let (Some(issue), true) = (&fault.issue, names.is_empty()) {
        return refuse(format!("There is no issue '{issue}'."));
    }
    let id = site.faults.add(fault, names);
    Ok(Reply::json(&json!({ "id": id, "kinds": fault::known(site.is_dc) })))
}

pub(crate) fn clear_faults(context: &Context) -> Reply {
    context.site.faults.clear();
    faults(context)
}

/// What is known, what is on, and what was given how often.
pub(crate) fn faults(context: &Context) -> Reply {
    Reply::json(&context.site.faults.json(context.site.is_dc))
}

/// `{"now": epoch milliseconds or RFC 3339}`, with `"runs": true` if it is to go on from there, or `{"advance_ms": …}`
pub(crate) fn clock(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["now", "advance_ms", "runs"])?;
    let clock = &context.site.clock;
    let runs = body.get("runs") == Some(&Value::Bool(true));
    match (body.get("now"), integer(&body, "advance_ms")?) {
        (Some(now), None) if runs => clock.run_from(instant(now)?),
        (Some(now), None) => clock.set(instant(now)?),
        (None, Some(by)) if (-LONGEST..=LONGEST).contains(&by) => clock.advance(by),
        (None, Some(_)) => return refuse(format!("advance_ms must not be beyond {LONGEST}.")),
        _ => return refuse("One of the members 'now' and 'advance_ms' is required."),
    }
    Ok(Reply::json(&json!({ "now": clock.now() })))
}

fn instant(value: &Value) -> Result<i64, Box<Reply>> {
    let millis = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        _ => None,
    };
    match millis {
        Some(millis @ 0..=LONGEST) => Ok(millis),
        _ => refuse(
            "An instant is epoch milliseconds or a time such as 2026-11-22T04:00:00Z, from 1970 to 2069.",
        ),
    }
}

/// `{"ms": …}`
pub(crate) fn lag(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["ms"])?;
    match integer(&body, "ms")? {
        Some(ms @ 0..=LONGEST) => {
            context.site.set_lag(ms);
            Ok(Reply::json(&json!({ "ms": ms })))
        }
        _ => refuse(format!("'ms' must be between 0 and {LONGEST}.")),
    }
}

/// `{"basic": …, "token_expires": epoch milliseconds, RFC 3339 or null}`; what is left out stays.
pub(crate) fn sign_in(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["basic", "token_expires"])?;
    let sign_in = &context.site.sign_in;
    let expires = match body.get("token_expires") {
        None => sign_in.token_expires(),
        Some(Value::Null) => None,
        Some(at) => Some(instant(at)?),
    };
    let basic = match body.get("basic") {
        None => sign_in.basic(),
        Some(Value::Bool(basic)) => *basic,
        Some(_) => return refuse("'basic' must be true or false."),
    };
    sign_in.let_tokens_expire(expires);
    sign_in.allow_basic(basic);
    Ok(Reply::json(&json!({ "basic": basic, "token_expires": expires })))
}

/// `{"life_s": …, "trouble": …, "revoke": true}`; what is left out stays.
pub(crate) fn adfs(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["life_s", "trouble", "revoke"])?;
    let Some(adfs) = &context.site.adfs else { return refuse("There is no AD FS beside this site.") };
    match integer(&body, "life_s")? {
        None => {}
        Some(seconds @ 1..=LONGEST_LIFE) => adfs.set_life(Duration::from_secs(seconds.unsigned_abs())),
        Some(_) => return refuse(format!("'life_s' must be between 1 and {LONGEST_LIFE}.")),
    }
    if let Some(word) = text(&body, "trouble")? {
        adfs.set_trouble(AdfsTrouble::named(&word).or_else(refuse)?);
    }
    if body.get("revoke") == Some(&Value::Bool(true)) {
        adfs.revoke();
    }
    Ok(Reply::json(&json!({ "issued": adfs.issued() })))
}

/// `{"life_s": …, "callbacks": […], "sites": …, "revoke": true}`; what is left out stays.
pub(crate) fn oauth(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["life_s", "callbacks", "sites", "revoke"])?;
    let Some(oauth) = &context.site.oauth else {
        return refuse("There is no authorization server beside this site.");
    };
    match integer(&body, "life_s")? {
        None => {}
        Some(seconds @ 1..=LONGEST_LIFE) => oauth.set_life(Duration::from_secs(seconds.unsigned_abs())),
        Some(_) => return refuse(format!("'life_s' must be between 1 and {LONGEST_LIFE}.")),
    }
    if let Some(callbacks) = texts(&body, "callbacks")? {
        oauth.set_callbacks(callbacks);
    }
    if let Some(word) = text(&body, "sites")? {
        oauth.set_sites(OauthSites::named(&word).or_else(refuse)?);
    }
    if body.get("revoke") == Some(&Value::Bool(true)) {
        oauth.revoke();
    }
    Ok(Reply::json(&json!({ "refreshed": oauth.refreshed() })))
}

/// `{"limit": …}`, points an hour, or null for none.
pub(crate) fn points(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["limit"])?;
    let limit = match integer(&body, "limit")? {
        None => None,
        Some(limit @ 1..) => Some(limit.unsigned_abs()),
        Some(_) => return refuse("'limit' must be at least 1."),
    };
    context.site.points.set(limit);
    Ok(Reply::json(&json!({ "limit": limit })))
}

/// `{"count": …, "lag_ms": …}`
pub(crate) fn nodes(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["count", "lag_ms"])?;
    match (integer(&body, "count")?, integer(&body, "lag_ms")?.unwrap_or(0)) {
        (Some(count @ 0..), lag @ 0..=LONGEST) => {
            context.site.set_nodes(usize::try_from(count).unwrap_or(usize::MAX), lag)?;
            Ok(Reply::json(&json!({ "count": count, "lag_ms": lag })))
        }
        _ => refuse(format!("'count' is required, and 'lag_ms' must be between 0 and {LONGEST}.")),
    }
}

/// `{"limit": "10/s"}`, or null for none.
pub(crate) fn rate(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["limit"])?;
    let limit = text(&body, "limit")?;
    let rate = match &limit {
        None => None,
        Some(text) => match Rate::parse(text) {
            Some(rate) => Some(rate),
            None => return refuse(format!("'{text}' is not a limit such as 10/s or 10/s+50.")),
        },
    };
    context.site.gate.set(rate);
    Ok(Reply::json(&json!({ "limit": limit })))
}

/// `{"account": …, "zone": …}`
pub(crate) fn zone(context: &Context, request: &Request) -> Answer {
    let body = body(request, &["account", "zone"])?;
    let (Some(account), Some(zone)) = (text(&body, "account")?, text(&body, "zone")?) else {
        return refuse("The members 'account' and 'zone' are required.");
    };
    context.site.set_zone(&account, &zone)?;
    Ok(Reply::json(&json!({ "account": account, "zone": zone })))
}
