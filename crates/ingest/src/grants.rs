//! Tokens that Atlassian has given with somebody's consent: where they are kept, and who has them renewed.
//!
//! Atlassian takes each refresh token once. So one alone asks, over all tasks, commands and servers that work on a store; what it
//! gets is sealed and kept before anybody uses it; everybody else waits and reads what was kept. A refusal is kept too, and
//! the same token is not sent again. Whoever has begun goes on to the end, also where nobody waits for it any more.

use crate::credential::{context, keep, open_sealed};
use async_trait::async_trait;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::Notify;
use weir_model::{AuthMethod, Clock, Entropy, Message, OAuthFault};
use weir_source::{
    Environment,
    jira::{Grant, Grants, Renews},
};
use weir_store::{LeaseHolder, Store, StoreError, TokenHome, crash_point};
use weir_vault::{Context, Secret, Vault};

/// How long one who renews may take before somebody else does.
const TURN_MS: i64 = 120_000;

/// How long somebody waits for one who renews, and how often they look.
const LOOKS: u32 = 240;
const PAUSE: Duration = Duration::from_millis(250);

/// Renewals that are under way in this process.
static UNDER_WAY: Renewals = Renewals { count: AtomicUsize::new(0), ended: Notify::const_new() };

struct Renewals {
    count: AtomicUsize,
    ended: Notify,
}

/// One of them; it ends when this goes.
struct Turn;

impl Turn {
    fn begun() -> Self {
        UNDER_WAY.count.fetch_add(1, Relaxed);
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        UNDER_WAY.count.fetch_sub(1, Relaxed);
        UNDER_WAY.ended.notify_waiters();
    }
}

/// Waits until no tokens are being renewed in this process: what Atlassian has given would be lost with it, and the consent too.
pub async fn renewals_ended(longest: Duration) {
    let ended = async {
        loop {
            let mut one = std::pin::pin!(UNDER_WAY.ended.notified());
            one.as_mut().enable();
            if UNDER_WAY.count.load(Relaxed) == 0 {
                break;
            }
            one.await;
        }
    };
    // One that takes longer is given up; it is said in the guide what then helps.
    _ = tokio::time::timeout(longest, ended).await;
}

/// The same environment, in which tokens are kept in this store.
pub fn with_grants(environment: &Environment, store: &Store, vault: &Vault) -> Environment {
    let kept = Kept {
        store: store.clone(),
        vault: vault.clone(),
        clock: Arc::clone(&environment.clock),
        entropy: Arc::clone(&environment.entropy),
    };
    Environment { grants: Arc::new(kept), ..environment.clone() }
}

#[derive(Clone)]
struct Kept {
    store: Store,
    vault: Vault,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

#[async_trait]
impl Grants for Kept {
    async fn in_place_of(&self, seen: &Grant, by: Arc<dyn Renews>) -> Result<Grant, Message> {
        let home = TokenHome::named(&seen.home).ok_or_else(gone)?;
        let (kept, seen) = (self.clone(), seen.clone());
        let runtime = tokio::runtime::Handle::current();
        let turn = Turn::begun();
        // On a thread of its own, which nobody who gives up waiting can stop.
        let ended = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            runtime.block_on(async { kept.renewed(home, &seen, by.as_ref()).await })
        });
        ended.await.map_err(|broken| Message::Bug { detail: broken.to_string() })?
    }
}

impl Kept {
    async fn renewed(&self, home: TokenHome, seen: &Grant, by: &dyn Renews) -> Result<Grant, Message> {
        let holder = LeaseHolder::this_process(self.entropy.as_ref());
        for _ in 0..LOOKS {
            let (sealed, grant) = self.read(home).await?;
            if !grant.is(seen) && grant.is_fresh(self.clock.now().0) {
                return Ok(grant);
            }
            let refused = self.store.refused_renewal(home).await.map_err(said)?;
            if refused.is_some_and(|refused| refused == sealed) {
                return Err(OAuthFault::ConsentGone { said: "the same as before".to_owned() }.into());
            }
            if !self.store.take_renewal(home, &holder, TURN_MS).await.map_err(said)? {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            // Somebody may have been quicker before it was our turn.
            let is_as_seen = self.read(home).await.map(|(now, _)| now == sealed);
            if !matches!(is_as_seen, Ok(true)) {
                self.end(home, &holder, None).await?;
                is_as_seen?;
                continue;
            }
            return self.turn(home, &holder, &sealed, &grant, by).await;
        }
        Err(OAuthFault::Busy {}.into())
    }

    /// Asks, keeps what came, and gives the turn back.
    async fn turn(
        &self,
        home: TokenHome,
        holder: &LeaseHolder,
        sealed: &str,
        grant: &Grant,
        by: &dyn Renews,
    ) -> Result<Grant, Message> {
        let renewed = match by.renew(grant).await {
            Ok(renewed) => renewed,
            Err(message) => {
                let is_gone = matches!(&message, Message::OAuthFault(OAuthFault::ConsentGone { .. }));
                self.end(home, holder, is_gone.then_some(sealed)).await?;
                return Err(message);
            }
        };
        crash_point("tokens.before");
        let is_kept = self.keep(home, sealed, grant, &renewed).await;
        crash_point("tokens.kept");
        self.end(home, holder, None).await?;
        match is_kept? {
            true => Ok(renewed),
            // Somebody has given another credential meanwhile: that holds.
            false => self.read(home).await.map(|(_, grant)| grant),
        }
    }

    /// Puts renewed tokens in the place of those that they were made of, also where only the master key was changed meanwhile.
    async fn keep(
        &self,
        home: TokenHome,
        sealed: &str,
        grant: &Grant,
        renewed: &Grant,
    ) -> Result<bool, Message> {
        let secret = renewed.to_seal()?;
        let mut before = sealed.to_owned();
        loop {
            let row = row(home);
            let place = place(home, &row);
            let is_kept = std::sync::Mutex::new(false);
            keep(&self.store, &self.vault, &place, &secret, async |after| {
                let kept = self.store.replace_tokens(home, &before, after).await?;
                *is_kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = kept;
                Ok(())
            })
            .await?;
            if is_kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
                return Ok(true);
            }
            let (now, found) = self.read(home).await?;
            if !found.is(grant) {
                return Ok(false);
            }
            before = now;
        }
    }

    async fn end(&self, home: TokenHome, holder: &LeaseHolder, refused: Option<&str>) -> Result<(), Message> {
        self.store.end_renewal(home, holder, refused).await.map_err(said)
    }

    async fn read(&self, home: TokenHome) -> Result<(String, Grant), Message> {
        read(&self.store, &self.vault, home).await
    }
}

/// The tokens that are kept there, as they are sealed and opened.
pub(crate) async fn read(store: &Store, vault: &Vault, home: TokenHome) -> Result<(String, Grant), Message> {
    let sealed = store.sealed_tokens(home).await.map_err(said)?.ok_or_else(gone)?;
    let row = row(home);
    let broken = Message::SealBroken { name: row.clone() };
    let opened = open_sealed(vault, &place(home, &row), sealed.clone(), broken)?;
    // A credential of another kind has taken their place.
    let grant = Grant::read(&opened).map_err(|_| gone())?;
    Ok((sealed, grant.at_home(home.to_string())))
}

/// What is to be kept of a credential that has proved itself: of a consent the tokens of now, which may have been renewed
/// meanwhile.
pub(crate) async fn to_keep(
    store: &Store,
    vault: &Vault,
    auth: &AuthMethod,
    secret: &Secret,
) -> Result<Secret, Message> {
    if !matches!(auth, AuthMethod::OAuth { .. }) {
        return Ok(secret.clone());
    }
    let grant = Grant::read(secret)?;
    match TokenHome::named(&grant.home) {
        Some(home) => read(store, vault, home).await?.1.to_seal(),
        None => grant.to_seal(),
    }
}

/// It is kept with an integration now: where it waited before, nothing of it is left.
pub(crate) async fn kept(store: &Store, auth: &AuthMethod, secret: &Secret) -> Result<(), Message> {
    if !matches!(auth, AuthMethod::OAuth { .. }) {
        return Ok(());
    }
    match TokenHome::named(&Grant::read(secret)?.home) {
        Some(TokenHome::Consent(id)) => store.forget_consent(&id).await.map_err(said),
        _ => Ok(()),
    }
}

fn row(home: TokenHome) -> String {
    match home {
        TokenHome::Integration(id) => id.to_string(),
        TokenHome::Consent(id) => id.to_string(),
    }
}

fn place(home: TokenHome, row: &str) -> Context<'_> {
    match home {
        TokenHome::Integration(_) => context(row),
        TokenHome::Consent(_) => waiting(row),
    }
}

/// Where what is secret of a consent is sealed that waits.
pub(crate) fn waiting(row: &str) -> Context<'_> {
    Context { purpose: "sign in", table: "consent", row, column: "sealed" }
}

fn gone() -> Message {
    OAuthFault::AskedFirst {}.into()
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}
