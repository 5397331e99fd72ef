//! What a satellite reports, and what it is answered.

use super::said;
use crate::{Changes, edit};
use weir_model::{
    AuditEvent, Exclusions, FeedFault, Integration, IntegrationId, KeyId, LogLine, Message, Millis,
    Satellite, SatelliteState, WorkspaceId,
};
use weir_source::errand::{Beat, BeatReply, Feed, FeedReply, PROTOCOL, Said};
use weir_store::{LeaseHolder, Store};

/// How long a turn lasts after a report.
const TURN_MS: i64 = Satellite::OFFLINE_MS;

/// Who reports, and to whom.
#[derive(Clone, Copy, Debug)]
pub struct Reporter<'a> {
    /// The key that it came with.
    pub key: KeyId,
    /// The workspace of the key: it reads what that sees.
    pub workspace: Option<WorkspaceId>,
    /// The server's own tenant, where it has one.
    pub tenant: Option<&'a str>,
    /// The server's version.
    pub version: &'a str,
    /// Who changes integrations for it.
    pub holder: &'a LeaseHolder,
}

/// Keeps what a satellite reports, and says what it may read.
///
/// What a satellite reports whose protocol is not known is kept too, so that people see why it does not read.
///
/// # Errors
/// `satellite.protocol`, `satellite.tenant`, `satellite.revoked`.
pub async fn report(store: &Store, reporter: Reporter<'_>, beat: Beat) -> Result<BeatReply, Message> {
    if reporter.tenant.is_some_and(|tenant| tenant != beat.tenant) {
        return Err(FeedFault::Tenant { tenant: weir_model::clean(&beat.tenant, 60) }.into());
    }
    let before = store.satellite(&beat.id).await.map_err(said)?;
    if before.as_ref().is_some_and(|one| one.revoked.is_some()) {
        return Err(FeedFault::Revoked { name: weir_model::clean(&beat.name, 60) }.into());
    }
    let now = store.instant();
    let known = before.as_ref().and_then(|one| one.status.log.clone()).unwrap_or_default();
    let theirs = beat.status.protocol;
    if theirs > PROTOCOL || theirs.saturating_add(1) < PROTOCOL {
        let mut named = vec![];
        for feed in &beat.feeds {
            named.extend(judged(store, reporter.workspace, feed).await?.ok().map(|one| one.id));
        }
        keep(store, reporter.key, (&beat, known), (&named, 0), now).await?;
        return Err(FeedFault::Protocol { theirs: theirs.into(), ours: PROTOCOL.into() }.into());
    }
    let was_away = before.is_none_or(|one| one.state(now) == SatelliteState::Offline);
    let mut feeds = vec![];
    let mut may_read = vec![];
    for feed in &beat.feeds {
        let (integration, refused) = match judged(store, reporter.workspace, feed).await? {
            Ok(integration) => {
                let refused = agreed(store, &integration, feed, (&reporter, &beat.name)).await.err();
                may_read.push(integration.id);
                (Some(integration), refused)
            }
            Err((integration, fault)) => (integration, Some(fault)),
        };
        feeds.push(FeedReply {
            named: feed.named.clone(),
            integration: integration.as_ref().map(|one| one.id),
            name: integration.map(|one| one.name),
            has_turn: false,
            refused: refused.as_ref().map(Said::of),
        });
    }
    let mine = keep(store, reporter.key, (&beat, known), (&may_read, TURN_MS), now).await?;
    for feed in &mut feeds {
        feed.has_turn = feed.integration.is_some_and(|id| mine.contains(&id));
    }
    if was_away && !beat.leaves {
        // What was put off for want of a satellite need not wait any longer.
        for id in &mine {
            store.due_at_once(id).await.map_err(said)?;
        }
    }
    Ok(BeatReply { version: reporter.version.to_owned(), protocol: PROTOCOL, feeds })
}

async fn keep(
    store: &Store,
    key: KeyId,
    (beat, known): (&Beat, Vec<LogLine>),
    (may_read, turn_ms): (&[IntegrationId], i64),
    now: Millis,
) -> Result<Vec<IntegrationId>, Message> {
    let mut status = beat.status.clone();
    status.left = beat.leaves;
    status.log = Some(LogLine::after(known, status.log.take().unwrap_or_default()));
    status.ahead_ms = beat.at.0.saturating_sub(now.0);
    let satellite = Satellite {
        id: beat.id.clone(),
        name: weir_model::clean(&beat.name, 100),
        key,
        status,
        first_at: now,
        beat_at: now,
        revoked: None,
        feeds: vec![],
    };
    let mine = store.satellite_beat(&satellite, may_read, turn_ms).await.map_err(said)?;
    if beat.leaves {
        store.satellite_leaves(&beat.id).await.map_err(said)?;
    }
    store.release_errands(&beat.id, &beat.errands).await.map_err(said)?;
    Ok(mine)
}

/// Whether a satellite may read what its file names; where not, what was found, and why.
async fn judged(
    store: &Store,
    workspace: Option<WorkspaceId>,
    feed: &Feed,
) -> Result<Result<Integration, (Option<Integration>, Message)>, Message> {
    let named = weir_model::clean(&feed.named, 60);
    let found = store.integration_named(&feed.named).await.map_err(said)?;
    let is_seen = match (&found, workspace) {
        (Some(found), Some(workspace)) => {
            store.workspaces_of(&found.id).await.map_err(said)?.contains(&workspace)
        }
        _ => true,
    };
    let Some(integration) = found.filter(|_| is_seen) else {
        return Ok(Err((None, FeedFault::NotHere { name: named }.into())));
    };
    let name = integration.name.clone();
    if !integration.is_fed() {
        return Ok(Err((Some(integration), FeedFault::NotFed { name }.into())));
    }
    let (theirs, ours) = (site(&feed.url), site(&integration.settings.site_url));
    if theirs != ours {
        let theirs = weir_model::clean(&feed.url, 200);
        let ours = integration.settings.site_url.clone();
        return Ok(Err((Some(integration), FeedFault::OtherSite { name, theirs, ours }.into())));
    }
    Ok(Ok(integration))
}

/// An address as it is compared.
fn site(url: &str) -> String {
    url.trim().trim_end_matches('/').to_lowercase()
}

/// What the file leaves out is left out here as well, and what is here of it goes. While a run is under way that waits: nothing of it
/// comes, for the satellite asks for none of it.
async fn agreed(
    store: &Store,
    integration: &Integration,
    feed: &Feed,
    (reporter, satellite): (&Reporter<'_>, &str),
) -> Result<(), Message> {
    let ours = &integration.settings.exclusions;
    let zone = feed.timezone.clone().filter(|_| integration.settings.timezone.is_none());
    if feed.exclusions.beyond(ours).is_empty() && zone.is_none() {
        return Ok(());
    }
    let exclusions = Exclusions {
        fields: ours.fields.union(&feed.exclusions.fields).cloned().collect(),
        user_details: ours.user_details || feed.exclusions.user_details,
    };
    let beyond = feed.exclusions.beyond(ours);
    let changes = Changes { exclusions: Some(exclusions), timezone: zone, ..Changes::default() };
    let unproved = async |_: &Integration| Ok::<(), Message>(());
    match edit(store, integration, &changes, reporter.holder, unproved).await {
        Ok(_) => noted(store, integration, (reporter, satellite), &beyond.words()).await,
        Err(Message::RunBusy { .. }) => Ok(()),
        Err(message) => Err(message),
    }
}

/// Notes in the audit log that the file of a satellite has fields left out, and what was here of them removed.
async fn noted(
    store: &Store,
    integration: &Integration,
    (reporter, satellite): (&Reporter<'_>, &str),
    left_out: &[&str],
) -> Result<(), Message> {
    if left_out.is_empty() {
        return Ok(());
    }
    let fields = left_out.join(", ");
    tracing::info!(integration = integration.name, fields, "a satellite's file leaves out more than before");
    let key = store.api_key(&reporter.key).await.map_err(said)?;
    let mut within: Vec<_> =
        store.workspaces_of(&integration.id).await.map_err(said)?.into_iter().map(Some).collect();
    if within.is_empty() {
        within.push(None);
    }
    for workspace in within {
        let event = AuditEvent {
            at: store.instant(),
            actor_kind: "key".into(),
            actor_id: Some(reporter.key.to_string()),
            actor: key.as_ref().map(|key| key.name.clone()).unwrap_or_default(),
            action: "integration.leave_out".into(),
            subject: integration.name.clone(),
            workspace,
            integration: Some(integration.id),
            outcome: "done".into(),
            address: String::new(),
            request_id: String::new(),
            detail: vec![
                ("satellite".into(), weir_model::clean(satellite, 100)),
                ("left out".into(), fields.clone()),
            ],
        };
        store.add_audit_event(&event).await.map_err(said)?;
    }
    Ok(())
}
