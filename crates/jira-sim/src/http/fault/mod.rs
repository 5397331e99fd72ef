//! Faults: what goes wrong on purpose, for which requests, and how often. The answers themselves are in `reply`.
//!
//! Every fault counts the requests that it could meet, and whether it meets the n-th of them is decided by `after`,
//! `every`, `count` and, with a `chance`, by its seed; so equal requests in equal order meet equal faults.

mod kind;
mod reply;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

pub use kind::FaultKind;
pub(crate) use reply::{Effect, effect};

use super::request::Request;
use crate::rng::mix;

/// A fault that is switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// So many requests are spared first.
    pub after: u64,
    /// Given so often, then it is over; None for until it is cleared.
    pub count: Option<u64>,
    /// Only every so-manieth request meets it, at least 1.
    pub every: u64,
    /// Per cent of the requests that meet it, drawn from the seed.
    pub chance: u64,
    /// What draws.
    pub seed: u64,
    /// Only requests whose method and route contain this, such as `POST /rest/api/3/search/jql`.
    pub endpoint: Option<String>,
    /// Only requests that name this issue by id or key; for `malformed` and `poison` the issue.
    pub issue: Option<String>,
    /// Only requests that this node of Data Center answers, counted from 1.
    pub node: Option<u64>,
    /// Seconds of `Retry-After`; None for no such header.
    pub retry_after: Option<u64>,
    /// Seconds until the instant of `X-RateLimit-Reset`, which then names its seconds; it may be another than that of
    /// `Retry-After`.
    pub reset_after: Option<u64>,
    /// How long an answer takes (`slow`) or a body (`drip`).
    pub takes: Duration,
}

impl Fault {
    /// As it is usually given.
    pub fn new(kind: FaultKind) -> Fault {
        use FaultKind::{Drip, RateBurst, RateCost, RateDc, RateGlobal, RateTenant, RateThreads};
        let waits = matches!(kind, RateBurst | RateTenant | RateGlobal | RateCost | RateThreads | RateDc);
        Fault {
            kind,
            after: 0,
            count: kind.usual_count(),
            every: 1,
            chance: 100,
            seed: 1,
            endpoint: None,
            issue: None,
            node: None,
            retry_after: waits.then_some(1),
            reset_after: None,
            takes: Duration::from_millis(if kind == Drip { 2_000 } else { 30_000 }),
        }
    }

    /// Reads `kind,name=value,…`, with the names of the body of `POST /_sim/fault` and `null` for nothing.
    ///
    /// # Errors
    /// With a sentence, when it is none.
    pub fn parse(text: &str) -> Result<Fault, String> {
        let mut parts = text.split(',');
        let kind = parts.next().unwrap_or_default();
        let mut body = Map::from_iter([("kind".to_owned(), json!(kind))]);
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("'{part}' is not NAME=VALUE"))?;
            let is_text = ["endpoint", "issue"].contains(&name);
            let value =
                if is_text { json!(value) } else { serde_json::from_str(value).unwrap_or(json!(value)) };
            body.insert(name.to_owned(), value);
        }
        Fault::from_body(&body)
    }

    pub(crate) fn from_body(body: &Map<String, Value>) -> Result<Fault, String> {
        let name = body.get("kind").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = FaultKind::named(name) else {
            let known: Vec<&str> = FaultKind::ALL.into_iter().map(FaultKind::name).collect();
            return Err(format!("There is no fault '{name}'; there are {}.", known.join(", ")));
        };
        let mut fault = Fault::new(kind);
        for (name, value) in body {
            let number = || value.as_u64().ok_or_else(|| format!("'{name}' must be a whole number."));
            let maybe = || if value.is_null() { Ok(None) } else { number().map(Some) };
            let text =
                || value.as_str().map(str::to_owned).ok_or_else(|| format!("'{name}' must be a text."));
            match name.as_str() {
                "kind" => {}
                "after" => fault.after = number()?,
                "count" => fault.count = maybe()?,
                "every" => fault.every = number()?.max(1),
                "chance" => fault.chance = number()?,
                "seed" => fault.seed = number()?,
                "endpoint" => fault.endpoint = Some(text()?),
                "issue" => fault.issue = Some(text()?),
                "node" => fault.node = maybe()?,
                "retry_after" => fault.retry_after = maybe()?,
                "reset_after" => fault.reset_after = maybe()?,
                "ms" => fault.takes = Duration::from_millis(number()?.min(3_600_000)),
                other => return Err(format!("There is no member '{other}' of a fault.")),
            }
        }
        if kind.names_an_issue() && fault.issue.is_none() {
            return Err(format!("The issue of '{name}' must be named: 'issue'."));
        }
        Ok(fault)
    }

    fn json(&self) -> Value {
        json!({
            "kind": self.kind.name(),
            "after": self.after,
            "count": self.count,
            "every": self.every,
            "chance": self.chance,
            "seed": self.seed,
            "endpoint": self.endpoint,
            "issue": self.issue,
            "node": self.node,
            "retry_after": self.retry_after,
            "reset_after": self.reset_after,
            "ms": self.takes.as_millis() as u64,
        })
    }
}

/// What faults look at in a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Method and route.
    route: String,
    /// Issues that the request names, as it names them.
    issues: Vec<String>,
    has_token: bool,
    /// It is about one board.
    is_of_board: bool,
    node: Option<u64>,
}

impl Asked {
    pub(crate) fn new(request: &Request, route: &str, parts: &[&str], node: Option<u64>) -> Asked {
        let body: Option<Value> = serde_json::from_slice(&request.body).ok();
        let named = body.as_ref().and_then(|body| body["issueIdsOrKeys"].as_array());
        let mut issues: Vec<String> =
            named.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        if let ["rest", "api", _, "issue", name, ..] = parts {
            issues.push((*name).to_owned());
        }
        let token = body.as_ref().is_some_and(|body| body["nextPageToken"].is_string());
        Asked {
            route: format!("{} {route}", request.method),
            issues,
            has_token: token || request.param("nextPageToken").is_some(),
            is_of_board: matches!(parts, ["rest", "agile", _, "board", _, ..]),
            node,
        }
    }
}

#[derive(Debug)]
struct Active {
    id: u64,
    fault: Fault,
    /// Id and key of the issue, where the fault names one.
    names: Vec<String>,
    seen: u64,
    served: u64,
}

impl Active {
    fn could_meet(&self, asked: &Asked) -> bool {
        let fault = &self.fault;
        let named = |issue: &String| self.names.iter().any(|name| name.eq_ignore_ascii_case(issue));
        fault.endpoint.as_ref().is_none_or(|part| asked.route.contains(part.as_str()))
            && (fault.issue.is_none() || fault.kind == FaultKind::Malformed || asked.issues.iter().any(named))
            && fault.node.is_none_or(|node| asked.node == Some(node))
            && (fault.kind != FaultKind::TokenExpired || asked.has_token)
            && (!matches!(fault.kind, FaultKind::Board403 | FaultKind::Board404) || asked.is_of_board)
    }

    /// Counts a request that it could meet; whether it does.
    fn meets(&mut self) -> bool {
        let fault = &self.fault;
        let number = self.seen;
        self.seen += 1;
        let meets = number >= fault.after
            && (number - fault.after).is_multiple_of(fault.every)
            && mix(fault.seed ^ number << 8) % 100 < fault.chance
            && !self.is_over();
        self.served += u64::from(meets);
        meets
    }

    fn is_over(&self) -> bool {
        self.fault.count.is_some_and(|count| self.served >= count)
    }
}

#[derive(Debug, Default)]
struct State {
    active: Vec<Active>,
    served: BTreeMap<&'static str, u64>,
    last: u64,
}

/// The faults of a site.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<State>);

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches a fault on; `names` are id and key of its issue.
    pub(crate) fn add(&self, fault: Fault, names: Vec<String>) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let id = state.last;
        state.active.push(Active { id, fault, names, seen: 0, served: 0 });
        id
    }

    pub(crate) fn clear(&self) {
        self.state().active.clear();
    }

    fn first(&self, asked: &Asked, fits: impl Fn(&Active) -> bool) -> Option<Fault> {
        let mut state = self.state();
        let met = state.active.iter_mut().find_map(|active| {
            let meets = fits(active) && active.could_meet(asked) && active.meets();
            meets.then(|| active.fault.clone())
        })?;
        *state.served.entry(met.kind.name()).or_default() += 1;
        state.active.retain(|active| !active.is_over());
        Some(met)
    }

    /// The fault that a request meets as it comes.
    pub(crate) fn meet(&self, asked: &Asked) -> Option<Fault> {
        self.first(asked, |active| !active.fault.kind.is_of_pages())
    }

    /// Whether a page that could show this fault shows it.
    pub(crate) fn on_page(&self, kind: FaultKind, asked: &Asked) -> bool {
        self.first(asked, |active| active.fault.kind == kind).is_some()
    }

    /// Whether the issue of that id is to be malformed where it is shown.
    pub(crate) fn malforms(&self, issue: u32, asked: &Asked) -> bool {
        if self.state().active.is_empty() {
            return false;
        }
        let id = issue.to_string();
        let is = |active: &Active| active.fault.kind == FaultKind::Malformed && active.names.contains(&id);
        self.first(asked, is).is_some()
    }

    /// Whether a page fails that found these issues, because one of them is poison. Data Center reads issues by searching.
    pub(crate) fn poisons(&self, mut found: impl Iterator<Item = u32>, asked: &Asked) -> bool {
        let poison: Vec<String> = {
            let state = self.state();
            let is = |active: &&Active| active.fault.kind == FaultKind::Poison;
            state.active.iter().filter(is).flat_map(|active| active.names.clone()).collect()
        };
        if poison.is_empty() {
            return false;
        }
        let Some(met) = found.find(|issue| poison.contains(&issue.to_string())) else { return false };
        let asked = Asked { issues: vec![met.to_string()], ..asked.clone() };
        self.first(&asked, |active| active.fault.kind == FaultKind::Poison).is_some()
    }

    /// What is known, what is on, and what was given how often.
    pub(crate) fn json(&self, is_dc: bool) -> Value {
        let state = self.state();
        let active = state.active.iter().map(|active| {
            let mut value = active.fault.json();
            value["id"] = json!(active.id);
            value["seen"] = json!(active.seen);
            value["served"] = json!(active.served);
            value
        });
        json!({ "kinds": known(is_dc), "active": active.collect::<Vec<_>>(), "served": state.served })
    }
}

/// The words of the faults that a product has.
pub(crate) fn known(is_dc: bool) -> Vec<&'static str> {
    FaultKind::ALL.into_iter().filter(|kind| kind.is_of(is_dc)).map(FaultKind::name).collect()
}
