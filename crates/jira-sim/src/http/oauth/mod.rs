//! A simulated authorization server of Atlassian, beside Cloud: the consent page, its token endpoint, and the list of sites
//! that a token is for; and the gateway, which takes its tokens for what they have scopes for.
//!
//! From Atlassian's documents: "OAuth 2.0 (3LO) apps" (the parameters of `/authorize`, what is exchanged for what, where the
//! sites are listed, `audience`, `prompt`, the exact callback), "Implementing the Refresh Token Flow" (rotating refresh tokens,
//! of which each is good once; 403 `invalid_grant` "Unknown or invalid refresh token.", 90 days without use, a changed
//! password) and the scopes of each operation in the published OpenAPI documents. In which words a wrong secret or a wrong
//! code is refused stands in no document: here it is what clients report.

mod page;
mod scopes;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::identity::Caller;
use super::reply::Reply;
use super::request::{Request, decode_query};
use super::site::milliseconds;
use crate::world::World;

/// How long a code is good.
const CODE_LIFE: i64 = 5 * 60 * 1000;

/// How long a refresh token is good that nobody uses.
const UNUSED_LIFE: i64 = 90 * 24 * 60 * 60 * 1000;

/// The authorization server beside the site, and how it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oauth {
    /// How long an access token is good; whole seconds, at least one.
    pub life: Duration,
    /// The addresses that the app has registered to come back to; with none, any is taken for one of them.
    pub callbacks: Vec<String>,
}

impl Oauth {
    /// The app that may ask for consent.
    pub const CLIENT: &str = "sim3LOclient7Hq2vXbT0cWmZr8u";
    /// Its secret.
    pub const SECRET: &str = "ATOAsim-secret-of-the-app-Zk41vQ9n";
}

/// Which sites a token is for, beside what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OauthSites {
    /// The simulated one.
    #[default]
    Own,
    /// The simulated one, after another.
    Both,
    /// Another one alone.
    Other,
    /// None.
    None,
}

impl OauthSites {
    const ALL: [(&str, Self); 4] =
        [("own", Self::Own), ("both", Self::Both), ("other", Self::Other), ("none", Self::None)];

    pub(crate) fn named(word: &str) -> Result<Self, String> {
        let known = Self::ALL.map(|(word, _)| word).join(", ");
        let found = Self::ALL.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, sites)| sites).ok_or_else(|| format!("There is no '{word}'; there are {known}."))
    }
}

/// What somebody has agreed to.
#[derive(Debug, Clone)]
struct Grant {
    account: usize,
    scopes: Vec<String>,
}

#[derive(Debug)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    ends_at: i64,
}

#[derive(Debug)]
struct Issued {
    grant: Grant,
    ends_at: i64,
}

#[derive(Debug)]
struct State {
    life: i64,
    callbacks: Vec<String>,
    sites: OauthSites,
    counted: u64,
    codes: HashMap<String, Code>,
    access: HashMap<String, Issued>,
    refresh: HashMap<String, Issued>,
    /// Access tokens that were given for a refresh token.
    refreshed: u64,
}

/// The running authorization server.
#[derive(Debug)]
pub(crate) struct OauthServer {
    state: Mutex<State>,
}

/// Status, word and sentence of a refusal.
type Refused = (u16, &'static str, &'static str);

impl OauthServer {
    pub(crate) fn new(oauth: Oauth) -> Self {
        let server = OauthServer {
            state: Mutex::new(State {
                life: 0,
                callbacks: oauth.callbacks,
                sites: OauthSites::Own,
                counted: 0,
                codes: HashMap::new(),
                access: HashMap::new(),
                refresh: HashMap::new(),
                refreshed: 0,
            }),
        };
        server.set_life(oauth.life);
        server
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_life(&self, life: Duration) {
        self.state().life = milliseconds(life).max(1000);
    }

    pub(crate) fn set_callbacks(&self, callbacks: Vec<String>) {
        self.state().callbacks = callbacks;
    }

    pub(crate) fn set_sites(&self, sites: OauthSites) {
        self.state().sites = sites;
    }

    /// Nothing that was agreed to holds any more: the app was removed from everybody's connected apps.
    pub(crate) fn revoke(&self) {
        let mut state = self.state();
        state.codes.clear();
        state.access.clear();
        state.refresh.clear();
    }

    /// How many access tokens were given for a refresh token so far.
    pub(crate) fn refreshed(&self) -> u64 {
        self.state().refreshed
    }

    /// What it answers at a path that is its own; `None` at any other.
    pub(crate) fn answer(
        &self,
        world: &World,
        (address, cloud_id): (&str, &str),
        request: &Request,
        parts: &[&str],
        now: i64,
    ) -> Option<Reply> {
        let form = || decode_query(&String::from_utf8_lossy(&request.body));
        let reply = match (request.method.as_str(), parts) {
            ("GET", ["authorize"]) => match self.asked(&request.query) {
                Ok(_) => page::consent(world, &request.query),
                Err(fault) => page::fault(fault),
            },
            ("POST", ["authorize"]) => {
                let form = form();
                match self.asked(&form) {
                    Ok(scopes) => self.agreed(world, &form, scopes, now),
                    Err(fault) => page::fault(fault),
                }
            }
            ("POST", ["oauth", "token"]) => self.token(request, now),
            ("GET", ["oauth", "token", "accessible-resources"]) => {
                self.resources(request, address, cloud_id, now)
            }
            _ => return None,
        };
        Some(reply.with_header("cache-control", "no-store"))
    }

    /// The scopes that are asked for, where everything else fits the app.
    fn asked(&self, query: &[(String, String)]) -> Result<Vec<String>, &'static str> {
        let given = |name: &str| given(query, name).ok_or("Something is missing in the request.");
        if given("client_id")? != Oauth::CLIENT {
            return Err("There is no app with this client id.");
        }
        if given("audience")? != "api.atlassian.com" || given("response_type")? != "code" {
            return Err("The audience or the type of the response is none that there is.");
        }
        let back = given("redirect_uri")?;
        let state = self.state();
        if !state.callbacks.is_empty() && !state.callbacks.iter().any(|known| known == back) {
            return Err("The redirect_uri is not the callback that the app has registered.");
        }
        if given("state")?.is_empty() || given("prompt")? != "consent" {
            return Err("Something is missing in the request.");
        }
        let scopes: Vec<String> = given("scope")?.split(' ').map(str::to_owned).collect();
        match scopes.iter().all(|scope| scopes::is_known(scope)) {
            true => Ok(scopes),
            false => Err("The app asks for a scope that it may not have."),
        }
    }

    /// Somebody has answered the consent page: back to the app, with a code or without.
    fn agreed(&self, world: &World, form: &[(String, String)], scopes: Vec<String>, now: i64) -> Reply {
        let back = given(form, "redirect_uri").unwrap_or_default().to_owned();
        let returned = given(form, "state").unwrap_or_default();
        let account = given(form, "account").unwrap_or("reader@sim.example");
        let found = world.accounts.iter().position(|one| one.email == account && !one.service);
        let Some(account) = found else { return page::fault("There is no such account.") };
        if given(form, "do") != Some("accept") {
            let said = "User did not authorize the request";
            return page::sent(
                &back,
                &[("error", "access_denied"), ("error_description", said), ("state", returned)],
            );
        }
        let mut state = self.state();
        let code = state.word("code");
        let grant = Grant { account, scopes };
        let kept = Code { grant, redirect_uri: back.clone(), ends_at: now + CODE_LIFE };
        state.codes.insert(code.clone(), kept);
        page::sent(&back, &[("code", &code), ("state", returned)])
    }

    fn token(&self, request: &Request, now: i64) -> Reply {
        let body = match serde_json::from_slice(&request.body) {
            Ok(Value::Object(body)) if request.content_type.starts_with("application/json") => body,
            _ => return refusal((400, "invalid_request", "The body is no JSON object.")),
        };
        match self.granted(&body, now) {
            Ok(granted) => Reply::json(&granted),
            Err(refused) => refusal(refused),
        }
    }

    fn granted(&self, body: &Map<String, Value>, now: i64) -> Result<Value, Refused> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let needed = |name: &str| text(name).ok_or((400, "invalid_request", "A parameter is missing."));
        let grant_type = needed("grant_type")?;
        if needed("client_id")? != Oauth::CLIENT || needed("client_secret")? != Oauth::SECRET {
            return Err((401, "access_denied", "Unauthorized"));
        }
        let mut state = self.state();
        match grant_type {
            "authorization_code" => {
                let (code, back) = (needed("code")?, needed("redirect_uri")?);
                let known = state.codes.remove(code).filter(|known| now < known.ends_at);
                let known = known.filter(|known| known.redirect_uri == back);
                let known = known.ok_or((403, "invalid_grant", "Invalid authorization code"))?;
                Ok(state.issue(known.grant, now))
            }
            "refresh_token" => {
                let used = needed("refresh_token")?;
                let known = state.refresh.remove(used).filter(|known| now < known.ends_at);
                let known = known.ok_or((403, "invalid_grant", "Unknown or invalid refresh token."))?;
                state.refreshed += 1;
                Ok(state.issue(known.grant, now))
            }
            _ => Err((403, "unauthorized_client", "The grant type is none that there is.")),
        }
    }

    fn resources(&self, request: &Request, address: &str, cloud_id: &str, now: i64) -> Reply {
        let state = self.state();
        let issued = bearer(request).and_then(|token| state.access.get(token));
        let Some(issued) = issued.filter(|issued| now < issued.ends_at) else {
            return Reply::gateway(401, "Unauthorized");
        };
        let site = |id: &str, url: &str, name: &str| {
            json!({
                "id": id,
                "name": name,
                "url": url,
                "scopes": issued.grant.scopes.iter().filter(|scope| *scope != "offline_access").collect::<Vec<_>>(),
                "avatarUrl": "https://site-admin-avatars-cdn.prod.public.atl-paas.net/avatars/240/rocket.png",
            })
        };
        let own = || site(cloud_id, address, "sim");
        let other =
            || site("00000000-0000-4000-8000-00000000abcd", "https://other-sim.atlassian.net", "other-sim");
        Reply::json(&match state.sites {
            OauthSites::Own => json!([own()]),
            OauthSites::Both => json!([other(), own()]),
            OauthSites::Other => json!([other()]),
            OauthSites::None => json!([]),
        })
    }

    /// Whom a request at the gateway is of, where it carries a token of this server; `None` for any other.
    pub(crate) fn identify(&self, request: &Request, now: i64) -> Option<Result<Caller, Box<Reply>>> {
        let token = bearer(request).filter(|token| token.starts_with("sim-access-"))?;
        let state = self.state();
        let Some(issued) = state.access.get(token).filter(|issued| now < issued.ends_at) else {
            return Some(Err(Box::new(Reply::gateway(401, "Unauthorized"))));
        };
        let has = |scope: &str| issued.grant.scopes.iter().any(|given| given == scope);
        Some(match scopes::lets_through(&request.method, &request.path, &has) {
            true => Ok(Caller::Account(issued.grant.account)),
            false => Err(Box::new(Reply::gateway(401, "Unauthorized; scope does not match"))),
        })
    }
}

impl State {
    fn issue(&mut self, grant: Grant, now: i64) -> Value {
        let access = self.word("access");
        self.access.insert(access.clone(), Issued { grant: grant.clone(), ends_at: now + self.life });
        let mut answer = json!({
            "access_token": access,
            "expires_in": self.life / 1000,
            "scope": grant.scopes.join(" "),
            "token_type": "Bearer",
        });
        if grant.scopes.iter().any(|scope| scope == "offline_access") {
            let refresh = self.word("refresh");
            answer["refresh_token"] = json!(refresh);
            self.refresh.insert(refresh, Issued { grant, ends_at: now + UNUSED_LIFE });
        }
        answer
    }

    /// Another word that nothing else has.
    fn word(&mut self, kind: &str) -> String {
        self.counted += 1;
        let mixed = crate::rng::mix(self.counted ^ 0x3105_11f0);
        format!("sim-{kind}-{}-{mixed:016x}{:016x}", self.counted, crate::rng::mix(mixed))
    }
}

fn bearer(request: &Request) -> Option<&str> {
    request.authorization.as_deref()?.strip_prefix("Bearer ")
}

fn given<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn refusal((status, error, description): Refused) -> Reply {
    Reply::json(&json!({ "error": error, "error_description": description })).with_status(status)
}
