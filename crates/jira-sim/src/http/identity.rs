//! Who asks. On the site's own address a bad Basic credential turns into an anonymous caller; at the gateway only
//! scoped tokens count, and a missing scope is a 401.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::reply::Reply;
use super::request::Request;
use crate::world::World;
use crate::world::account::TokenKind;

/// Which address was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Site,
    Gateway,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// `failed`: a credential was given and was wrong.
    Anonymous { failed: bool },
    /// Position among the world's accounts.
    Account(usize),
}

pub(crate) fn identify(world: &World, request: &Request, door: Door) -> Result<Caller, Box<Reply>> {
    let unauthorized = || Box::new(Reply::gateway(401, "Unauthorized"));
    let header = match (&request.authorization, door) {
        (Some(header), _) => header.as_str(),
        (None, Door::Site) => return Ok(Caller::Anonymous { failed: false }),
        (None, Door::Gateway) => return Err(unauthorized()),
    };
    let (account, kind) = match (header.split_once(' '), door) {
        (Some(("Bearer", _)), Door::Site) => {
            let body = serde_json::json!({ "error": "Failed to parse Connect Session Auth Token" });
            return Err(Box::new(Reply::json(&body).with_status(403)));
        }
        (Some(("Bearer", token)), Door::Gateway) => {
            let service = world.accounts.iter().position(|account| account.service);
            match service {
                Some(at) if token == world.accounts[at].scoped_token() => (at, TokenKind::Service),
                _ => return Err(unauthorized()),
            }
        }
        (Some(("Basic", encoded)), _) => match (basic(world, encoded), door) {
            (Some(found), _) => found,
            (None, Door::Site) => return Ok(Caller::Anonymous { failed: true }),
            (None, Door::Gateway) => return Err(unauthorized()),
        },
        (_, Door::Site) => return Ok(Caller::Anonymous { failed: false }),
        (_, Door::Gateway) => return Err(unauthorized()),
    };
    match (door, kind) {
        (Door::Site, TokenKind::Unscoped) => Ok(Caller::Account(account)),
        (Door::Site, _) => Ok(Caller::Anonymous { failed: true }),
        (Door::Gateway, TokenKind::Unscoped) => Err(unauthorized()),
        (Door::Gateway, TokenKind::Narrow)
            if request.path.starts_with("/rest/agile") || request.path.starts_with("/rest/software") =>
        {
            Err(Box::new(Reply::gateway(401, "Unauthorized; scope does not match")))
        }
        (Door::Gateway, _) => Ok(Caller::Account(account)),
    }
}

fn basic(world: &World, encoded: &str) -> Option<(usize, TokenKind)> {
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (email, token) = pair.split_once(':')?;
    let at = world.accounts.iter().position(|account| account.email.eq_ignore_ascii_case(email))?;
    Some((at, world.accounts[at].token_kind(token)?))
}
