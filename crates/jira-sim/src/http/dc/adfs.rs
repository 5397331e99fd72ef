//! A simulated AD FS beside Data Center: its token endpoint, and a proxy in front of the site that takes its tokens.
//!
//! From Microsoft's documents: "AD FS OpenID Connect/OAuth flows and application scenarios" (the password grant, what a good
//! answer holds) and [MS-OAPX] 2.2.4 and 3.2.5.2 (`invalid_resource`, `server_error`), which builds on RFC 6749, sections 4.3,
//! 5.1 and 5.2. The numbered sentences are those that AD FS is known to say. What it says of a password that has expired is in
//! no document: here it is the sentence of Windows for error 1330.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::http::identity::Caller;
use crate::http::reply::Reply;
use crate::http::request::{Request, decode_query};
use crate::http::site::milliseconds;
use crate::world::World;

/// Wrong passwords after which an account is locked: from then on the right one is refused too, in the same words ("AD FS
/// Extranet Lockout").
const LOCKED_AFTER: u32 = 3;

/// What a token is for where none is asked for a resource.
const USERINFO: &str = "urn:microsoft:userinfo";

/// AD FS beside the site, and how it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adfs {
    /// How long a token is good; whole seconds, at least one.
    pub life: Duration,
    /// Whether the proxy in front of the site lets nobody in without a token.
    pub closed: bool,
}

impl Adfs {
    /// The client that may ask for tokens for the site.
    pub const CLIENT: &str = "6f1c2a52-7a1b-4a6e-9a55-0c1d7a3e8b10";
    /// A client that is known, and may not.
    pub const CLIENT_NOT_GRANTED: &str = "6f1c2a52-7a1b-4a6e-9a55-0c1d7a3e8b11";
    /// A client that has to prove itself with a secret.
    pub const CLIENT_WITH_SECRET: &str = "6f1c2a52-7a1b-4a6e-9a55-0c1d7a3e8b12";
    /// What tokens for the site are for.
    pub const RESOURCE: &str = "https://jira.sim.example/";
}

/// What is wrong with AD FS, or with what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AdfsTrouble {
    /// Nothing.
    #[default]
    None,
    /// Everybody has another password than before.
    PasswordChanged,
    /// Every password has expired.
    PasswordExpired,
    /// It is of Windows Server 2012 R2, which knows no password grant.
    OldVersion,
    /// The proxy in front of the site takes no token.
    NotTaken,
}

impl AdfsTrouble {
    const ALL: [(&str, Self); 5] = [
        ("none", Self::None),
        ("password_changed", Self::PasswordChanged),
        ("password_expired", Self::PasswordExpired),
        ("old_version", Self::OldVersion),
        ("not_taken", Self::NotTaken),
    ];

    pub(crate) fn named(word: &str) -> Result<Self, String> {
        let known = Self::ALL.map(|(word, _)| word).join(", ");
        let found = Self::ALL.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, trouble)| trouble).ok_or_else(|| format!("There is no '{word}'; there are {known}."))
    }
}

/// Whose a token is, and until when it is good.
#[derive(Debug, Clone, Copy)]
struct Token {
    account: usize,
    expires_at: i64,
}

#[derive(Debug)]
struct State {
    life: i64,
    trouble: AdfsTrouble,
    issued: u64,
    tokens: HashMap<String, Token>,
    /// Wrong passwords by account.
    failed: HashMap<usize, u32>,
}

/// The running AD FS.
#[derive(Debug)]
pub(crate) struct AdfsServer {
    closed: bool,
    state: Mutex<State>,
}

/// Word and sentence of a refusal.
type Refused = (&'static str, &'static str);

impl AdfsServer {
    pub(crate) fn new(adfs: Adfs) -> Self {
        let server = AdfsServer {
            closed: adfs.closed,
            state: Mutex::new(State {
                life: 0,
                trouble: AdfsTrouble::None,
                issued: 0,
                tokens: HashMap::new(),
                failed: HashMap::new(),
            }),
        };
        server.set_life(adfs.life);
        server
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_life(&self, life: Duration) {
        self.state().life = milliseconds(life).max(1000);
    }

    pub(crate) fn set_trouble(&self, trouble: AdfsTrouble) {
        self.state().trouble = trouble;
    }

    /// No token that was issued is good any more.
    pub(crate) fn revoke(&self) {
        self.state().tokens.clear();
    }

    /// How many tokens were issued so far.
    pub(crate) fn issued(&self) -> u64 {
        self.state().issued
    }

    /// What AD FS answers.
    pub(crate) fn answer(&self, world: &World, request: &Request, parts: &[&str], now: i64) -> Reply {
        if parts != ["adfs", "oauth2", "token"] || request.method != "POST" {
            let nothing = Reply::bytes(Vec::new()).with_status(404);
            return Reply { content_type: "text/html", ..nothing };
        }
        let form = decode_query(&String::from_utf8_lossy(&request.body));
        let reply = match request.content_type.starts_with("application/x-www-form-urlencoded") {
            true => self.grant(world, &form, now),
            false => Err(("invalid_request", "The body is not a form.")),
        };
        let reply = match reply {
            Ok(granted) => Reply::json(&granted),
            Err((error, description)) => {
                Reply::json(&json!({ "error": error, "error_description": description })).with_status(400)
            }
        };
        reply.with_header("cache-control", "no-store").with_header("pragma", "no-cache")
    }

    fn grant(&self, world: &World, form: &[(String, String)], now: i64) -> Result<Value, Refused> {
        let given = |name: &str| {
            let found = form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            found.filter(|value| !value.is_empty())
        };
        let needed = |name, refusal| given(name).ok_or(("invalid_request", refusal));
        let mut state = self.state();
        let grant = needed("grant_type", "A grant_type is required.")?;
        if grant != "password" || state.trouble == AdfsTrouble::OldVersion {
            let said = "MSIS9611: The authorization server does not support the requested grant_type. The authorization \
                server only supports 'authorization_code' or 'refresh_token' as the grant type.";
            return Err(("unsupported_grant_type", said));
        }
        let client = needed("client_id", "A client_id is required.")?;
        match client {
            Adfs::CLIENT | Adfs::CLIENT_NOT_GRANTED => {}
            Adfs::CLIENT_WITH_SECRET => {
                let said = "MSIS9622: Client authentication failed. Please verify the credential provided for client \
                    authentication is valid.";
                return Err(("invalid_client", said));
            }
            _ => {
                let said = "MSIS9607: The 'client_id' parameter in the request is invalid. No registered client is found \
                    with this identifier.";
                return Err(("invalid_client", said));
            }
        }
        let resource = given("resource");
        if resource.is_some_and(|resource| resource != Adfs::RESOURCE) {
            let said = "MSIS9602: The received 'resource' parameter is invalid. The authorization server can not find a \
                registered resource with the specified identifier.";
            return Err(("invalid_resource", said));
        }
        if client == Adfs::CLIENT_NOT_GRANTED {
            let said = "MSIS9605: The client is not allowed to access the requested resource.";
            return Err(("access_denied", said));
        }
        let user = needed("username", "A username is required.")?;
        let password = needed("password", "A password is required.")?;
        let account = state.sign_in(world, user, password)?;
        Ok(state.issue(account, resource, now))
    }

    /// Whom a request is of, as the proxy in front of the site sees it; `None` where it leaves that to Jira.
    pub(crate) fn identify(&self, request: &Request, now: i64) -> Option<Result<Caller, Box<Reply>>> {
        let bearer = request.authorization.as_deref().and_then(|header| header.strip_prefix("Bearer "));
        let state = self.state();
        let token = bearer.and_then(|text| state.tokens.get(text));
        let good = token.filter(|token| now < token.expires_at && state.trouble != AdfsTrouble::NotTaken);
        match (good, token) {
            (Some(token), _) => Some(Ok(Caller::Account(token.account))),
            (None, Some(_)) => Some(Err(turned_away())),
            (None, None) => self.closed.then(|| Err(turned_away())),
        }
    }
}

impl State {
    /// The account of a name, as `user@sim.example` or `SIM\user`, whose password is right.
    fn sign_in(&mut self, world: &World, user: &str, password: &str) -> Result<usize, Refused> {
        let wrong = ("invalid_grant", "MSIS9659: Invalid 'username' or 'password'.");
        let named = |email: &str| {
            let local = email.split('@').next().unwrap_or(email);
            user.eq_ignore_ascii_case(email) || user.eq_ignore_ascii_case(&format!("SIM\\{local}"))
        };
        let account = world.accounts.iter().position(|account| named(account.email)).ok_or(wrong)?;
        let failed = self.failed.entry(account).or_default();
        let is_right = world.accounts[account].adfs_password() == password
            && self.trouble != AdfsTrouble::PasswordChanged;
        if *failed >= LOCKED_AFTER {
            return Err(wrong);
        }
        if !is_right {
            *failed += 1;
            return Err(wrong);
        }
        *failed = 0;
        match self.trouble {
            AdfsTrouble::PasswordExpired => {
                Err(("invalid_grant", "MSIS9659: The password for this account has expired."))
            }
            _ => Ok(account),
        }
    }

    fn issue(&mut self, account: usize, resource: Option<&str>, now: i64) -> Value {
        self.issued += 1;
        let expires_at = now + self.life;
        let audience = resource.unwrap_or(USERINFO);
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "typ": "JWT", "alg": "RS256", "x5t": "simulated" }));
        let body = part(
            json!({ "aud": audience, "iat": now / 1000, "exp": expires_at / 1000, "jti": self.issued, "account": account }),
        );
        let text = format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode(format!("signature {}", self.issued)));
        if audience == Adfs::RESOURCE {
            self.tokens.insert(text.clone(), Token { account, expires_at });
        }
        json!({ "access_token": text, "token_type": "Bearer", "expires_in": self.life / 1000, "scope": "openid" })
    }
}

/// What the proxy answers to somebody without a good token (RFC 6750, section 3).
fn turned_away() -> Box<Reply> {
    let page = "<!DOCTYPE html>\n<html><head><title>401</title></head><body><h1>Authorization Required</h1></body></html>\n";
    let reply = Reply::bytes(page.as_bytes().to_vec()).with_status(401);
    let reply = Reply { content_type: "text/html;charset=UTF-8", ..reply };
    Box::new(reply.with_header("www-authenticate", "Bearer error=\"invalid_token\""))
}
