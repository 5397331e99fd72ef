//! Who asks.

use crate::http::Problem;
use axum::{extract::FromRequestParts, http::request::Parts};
use std::{net::IpAddr, ops::Deref, sync::Arc};
use weir_model::{Account, ApiKey, Requester, Role, Session, Workspace, WorkspaceId};

/// Somebody who is signed in with a browser.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) session: Session,
    pub(crate) roles: Vec<(WorkspaceId, Role)>,
    /// The workspaces that are theirs to look at, by name.
    pub(crate) workspaces: Vec<Workspace>,
    /// What forms of this session carry.
    pub(crate) form_token: String,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// Nobody that we know.
    Stranger,
    /// A person.
    Session(SignedIn),
    /// A program.
    ApiKey(ApiKey),
}

impl Principal {
    /// Who asks for a run.
    pub(crate) fn requester(&self) -> Requester {
        let (_, id, name) = self.named();
        Requester { id, name: name.to_owned() }
    }

    /// What others call whoever asks.
    pub(crate) fn called(&self) -> &str {
        match self {
            Self::Session(signed_in) => &signed_in.account.name,
            other => other.named().2,
        }
    }

    /// The kind, the id and the name, as the audit log has them.
    pub(crate) fn named(&self) -> (&'static str, Option<String>, &str) {
        match self {
            Self::Stranger => ("stranger", None, ""),
            Self::Session(signed_in) => {
                ("account", Some(signed_in.account.id.to_string()), &signed_in.account.login)
            }
            Self::ApiKey(key) => ("key", Some(key.id.to_string()), &key.name),
        }
    }
}

/// The request as the audit log and the answer name it.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    /// Its id.
    pub(crate) id: String,
    /// The address that it came from.
    pub(crate) address: Option<IpAddr>,
}

/// The caller of a handler, and the request. Only the guard puts it there.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Arc<Called>);

/// What a [`Caller`] shares.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) principal: Principal,
    pub(crate) request: RequestInfo,
}

impl Deref for Caller {
    type Target = Called;

    fn deref(&self) -> &Called {
        &self.0
    }
}

impl Caller {
    /// Whoever is signed in with a browser.
    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        match &self.principal {
            Principal::Session(signed_in) => Some(signed_in),
            _ => None,
        }
    }
}

impl Caller {
    /// The same on routes that are for people alone.
    pub(crate) fn person(&self) -> Result<&SignedIn, Problem> {
        self.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Without a guard before it, a handler does nothing.
        parts.extensions.get().cloned().ok_or_else(|| Problem::bug("a handler stands outside of the guard"))
    }
}
