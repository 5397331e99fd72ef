//! Inviting people: an account without a password, and a link that works once, with which its owner chooses one. Nobody else
//! ever knows a password, and there is none to begin with.

use crate::{
    auth::digest::{digest, token},
    http::name::Printable,
};
use weir_model::{Account, AccountId, Clock, Entropy, Identity, Message, Millis, Theme};
use weir_store::{Store, StoreError};

/// How long an invitation works.
pub(crate) const GOOD_FOR_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

/// Longest name to sign in with, and longest name that others see.
const LONGEST: usize = 200;

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// What they sign in as.
    pub login: String,
    /// The name that others see; the login where there is none.
    pub name: Option<String>,
    /// Whether they look after the whole server.
    pub is_admin: bool,
}

/// An invitation, with the one chance to see its link.
pub struct Invitation {
    /// Whose it is.
    pub account: Account,
    /// When the link ends.
    pub expires_at: Millis,
    token: String,
}

impl Invitation {
    /// The link, on a server at an address without a slash at its end.
    pub fn link(&self, server: &str) -> String {
        format!("{server}/invitation?token={}", self.token)
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Adds an account and makes its link.
///
/// # Errors
/// `account.login`, `request.bad` for a name, `account.taken`.
pub async fn invite(
    store: &Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    person: NewPerson,
) -> Result<Invitation, StoreError> {
    let login = checked_login(&person.login)?;
    let name = match person.name {
        Some(name) => checked_name(&name)?,
        None => login.clone(),
    };
    let now = clock.now();
    let account = Account {
        id: AccountId::generate(now, entropy),
        login,
        name,
        is_admin: person.is_admin,
        theme: Theme::Auto,
        timezone: None,
        created_at: now,
        disabled_at: None,
        can_sign_in: false,
    };
    let invitation = fresh(account, now, entropy);
    store.invite_account(&invitation.account, &digest(&invitation.token), invitation.expires_at).await?;
    Ok(invitation)
}

/// Makes a fresh link for somebody who lost theirs, or forgot the password; links from before work no more.
///
/// # Errors
/// `account.closed`.
pub async fn invite_again(
    store: &Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    account: Account,
) -> Result<Invitation, StoreError> {
    if account.disabled_at.is_some() {
        return Err(Message::AccountClosed { login: account.login }.into());
    }
    let invitation = fresh(account, clock.now(), entropy);
    store.invite_again(&invitation.account.id, &digest(&invitation.token), invitation.expires_at).await?;
    Ok(invitation)
}

fn fresh(account: Account, now: Millis, entropy: &dyn Entropy) -> Invitation {
    Invitation { account, expires_at: Millis(now.0 + GOOD_FOR_MS), token: token(entropy) }
}

/// What somebody signs in as, as it is kept.
///
/// # Errors
/// `account.login`.
pub(crate) fn checked_login(text: &str) -> Result<String, Message> {
    let login = text.trim().to_lowercase();
    let fits = (1..=LONGEST).contains(&login.chars().count())
        && !login.chars().any(|c| c.is_control() || c.is_whitespace());
    if fits { Ok(login) } else { Err(Message::LoginBad {}) }
}

/// The name that others see, as it is kept.
///
/// # Errors
/// `request.bad`.
pub fn checked_name(text: &str) -> Result<String, Message> {
    printable::<200>(text)
}

/// The name of a workspace, as it is kept.
///
/// # Errors
/// `request.bad`.
pub fn checked_workspace_name(text: &str) -> Result<String, Message> {
    printable::<100>(text)
}

fn printable<const MOST: usize>(text: &str) -> Result<String, Message> {
    let name = Printable::<MOST>::try_from(text.to_owned());
    name.map(|name| name.0).map_err(|detail| Message::RequestBad { detail })
}

/// Whether a text can be the address that a provider's tokens carry.
pub(crate) fn is_issuer(text: &str) -> bool {
    let is_address = text.parse::<url::Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    is_address && text.len() <= 500
}

/// Whether a text can be a provider's id of a person. OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
pub(crate) fn is_subject(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b))
}

/// Who somebody is at a provider, as it is kept: both parts as the provider's tokens have them, byte by byte.
///
/// # Errors
/// `request.bad`.
pub fn linked(issuer: &str, subject: &str) -> Result<Identity, Message> {
    let bad = |detail: &str| Message::RequestBad { detail: detail.to_owned() };
    if !is_issuer(issuer) {
        return Err(bad(
            "The issuer is the address that the provider's tokens carry, for example https://login.example",
        ));
    }
    if !is_subject(subject) {
        return Err(bad(
            "The subject is the provider's id of the person: 1 to 255 printable ASCII characters",
        ));
    }
    Ok(Identity { issuer: issuer.to_owned(), subject: subject.to_owned() })
}
