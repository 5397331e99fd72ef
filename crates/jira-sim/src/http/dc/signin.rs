//! Who asks: a personal access token as Bearer, or login and password as Basic.
//!
//! An administrator may disallow Basic on API calls (Data Center documentation, "Disabling basic authentication", since
//! Jira 8.16): every such call is then 403, whatever the password. A token that has expired is refused like a wrong one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::http::identity::Caller;
use crate::http::reply::Reply;
use crate::http::request::Request;
use crate::world::World;

/// Failed logins after which a name needs a CAPTCHA.
const LOGIN_ATTEMPTS: u32 = 3;

/// What an administrator allows, and who has failed.
#[derive(Debug)]
pub(crate) struct SignIn {
    basic: AtomicBool,
    /// `i64::MAX` for never.
    token_expires: AtomicI64,
    /// Failed logins by name, until somebody signs in with a browser.
    failed: Mutex<HashMap<String, u32>>,
}

impl SignIn {
    pub(crate) fn new(basic: bool, token_expires: Option<i64>) -> SignIn {
        SignIn {
            basic: AtomicBool::new(basic),
            token_expires: AtomicI64::new(token_expires.unwrap_or(i64::MAX)),
            failed: Mutex::default(),
        }
    }

    pub(crate) fn allow_basic(&self, allowed: bool) {
        self.basic.store(allowed, Ordering::Relaxed);
    }

    pub(crate) fn basic(&self) -> bool {
        self.basic.load(Ordering::Relaxed)
    }

    /// Tokens are good until then; None for ever.
    pub(crate) fn let_tokens_expire(&self, at: Option<i64>) {
        self.token_expires.store(at.unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn token_expires(&self) -> Option<i64> {
        Some(self.token_expires.load(Ordering::Relaxed)).filter(|at| *at != i64::MAX)
    }

    /// Whether the password of a name is right; after three failures nobody is asked any more.
    fn try_password(&self, name: &str, is_right: bool) -> Result<(), Box<Reply>> {
        let mut attempts = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = attempts.entry(name.to_lowercase()).or_default();
        if *failed >= LOGIN_ATTEMPTS {
            let reply = Reply::error(403, "Login denied: a CAPTCHA challenge must be answered first.")
                .with_header("x-seraph-loginreason", "AUTHENTICATION_DENIED")
                .with_header("x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=/login.jsp");
            return Err(Box::new(reply));
        }
        if !is_right {
            *failed += 1;
            return Err(refused());
        }
        *failed = 0;
        Ok(())
    }
}

fn refused() -> Box<Reply> {
    let reply =
        Reply::error(401, "You are not authenticated. Authentication required to perform this operation.");
    Box::new(reply.with_header("x-seraph-loginreason", "AUTHENTICATED_FAILED"))
}

/// A wrong credential is 401; after three wrong passwords for one name even the right one is 403 and asks for a CAPTCHA.
pub(crate) fn identify(
    world: &World,
    request: &Request,
    now: i64,
    sign_in: &SignIn,
) -> Result<Caller, Box<Reply>> {
    let Some(header) = &request.authorization else { return Ok(Caller::Anonymous { failed: false }) };
    match header.split_once(' ') {
        Some(("Bearer", token)) => {
            let expired = sign_in.token_expires().is_some_and(|at| now >= at);
            let known = world.accounts.iter().position(|account| account.unscoped_token() == token);
            known.filter(|_| !expired).map(Caller::Account).ok_or_else(refused)
        }
        Some(("Basic", _)) if !sign_in.basic() => {
            let body = json!({ "message": "Basic Authentication has been disabled on this instance." });
            Err(Box::new(Reply::json(&body).with_status(403)))
        }
        Some(("Basic", encoded)) => {
            let pair = STANDARD.decode(encoded.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
            let (name, password) =
                pair.as_deref().and_then(|pair| pair.split_once(':')).ok_or_else(refused)?;
            let login = |at: usize| world.people[world.accounts[at].person as usize].login.as_str();
            let known = (0..world.accounts.len()).find(|at| login(*at).eq_ignore_ascii_case(name));
            let right = known.filter(|at| world.accounts[*at].password() == password);
            sign_in.try_password(name, right.is_some())?;
            right.map(Caller::Account).ok_or_else(refused)
        }
        _ => Ok(Caller::Anonymous { failed: false }),
    }
}
