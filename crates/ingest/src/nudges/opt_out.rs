//! Leaving a nudge: by the link of a message, without signing in, or by an administrator.

use super::{said, secrets::Secrets};
use weir_model::{Integration, Message, Nudge, NudgeFault};
use weir_notify::Ticket;
use weir_store::Store;
use weir_vault::Vault;

/// Longest name of a recipient.
const LONGEST: usize = 300;

/// Who leaves what.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// The integration.
    pub integration: Integration,
    /// Its nudge.
    pub nudge: Nudge,
    /// The id of a person, or the name of a team.
    pub recipient: String,
    /// Whether they have left it already.
    pub is_out: bool,
}

/// What the token of a link stands for.
///
/// # Errors
/// `nudge.opt_out` for one that was not signed for this nudge and recipient.
pub async fn ticket(store: &Store, vault: &Vault, token: &str) -> Result<Leaving, Message> {
    let unknown = || Message::from(NudgeFault::LinkUnknown {});
    let ticket = Ticket::read(token).ok_or_else(unknown)?;
    let id = ticket.nudge.parse().map_err(|_| unknown())?;
    let (integration, nudge) = store.nudge(&id).await.map_err(said)?.ok_or_else(unknown)?;
    let secrets = Secrets::of(store, vault, &id).await?;
    if !ticket.is_of(&secrets.opt_out) {
        return Err(unknown());
    }
    let all = store.nudge_opt_outs(&id).await.map_err(said)?;
    let is_out = all.iter().any(|one| one.recipient == ticket.recipient);
    Ok(Leaving { integration, nudge, recipient: ticket.recipient, is_out })
}

/// The token of a recipient's link.
///
/// # Errors
/// What the store says; `key.wrong`.
pub async fn link_of(
    store: &Store,
    vault: &Vault,
    nudge: &Nudge,
    recipient: &str,
) -> Result<String, Message> {
    let secrets = Secrets::of(store, vault, &nudge.id).await?;
    Ok(secrets.opt_out.token(&nudge.id.to_string(), recipient))
}

/// Notes that whoever held the link wants no more. Who has said so before has.
///
/// # Errors
/// What the store says.
pub async fn leave(store: &Store, leaving: &Leaving) -> Result<(), Message> {
    let (integration, nudge) = (&leaving.integration.id, &leaving.nudge.id);
    store.opt_out(integration, nudge, &leaving.recipient, "link").await.map_err(said)
}

/// Notes that a recipient gets no more of a nudge, as `by` says.
///
/// # Errors
/// `nudge.bad` for what is no recipient.
pub async fn opt_out(
    store: &Store,
    integration: &Integration,
    nudge: &Nudge,
    recipient: &str,
    by: &str,
) -> Result<(), Message> {
    let fits = !recipient.is_empty() && weir_model::clean(recipient, LONGEST) == recipient;
    if !fits {
        let detail = "A recipient is the id of a person, or the name of a team".into();
        return Err(NudgeFault::Bad { member: "recipient".into(), detail }.into());
    }
    store.opt_out(&integration.id, &nudge.id, recipient, by).await.map_err(said)
}

/// Takes that back; `false` when they had not left it.
///
/// # Errors
/// What the store says.
pub async fn opt_in(store: &Store, nudge: &Nudge, recipient: &str) -> Result<bool, Message> {
    store.opt_in(&nudge.id, recipient).await.map_err(said)
}
