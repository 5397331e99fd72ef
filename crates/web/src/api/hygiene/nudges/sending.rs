//! What a nudge would send, sending it now, and what was sent.

use super::{noted, of, ways};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
        tag::Answer,
    },
    life::sendings::Counts,
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::nudges::{self, Prepared, Preview, SentNow};
use weir_model::{Integration, Millis, Nudge, NudgeMessage};

/// Messages that a preview shows; the rest is counted.
pub(crate) const SHOWN: usize = 50;

/// What a nudge would send if it were sent now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NudgePreview {
    /// Since when issues are looked at, for most recipients.
    since: String,
    until: String,
    /// When the last run began that brought in what had changed: what happened after it is not known.
    read_since: Option<String>,
    /// Recipients for whom something is new.
    recipients: usize,
    /// Their messages, 50 at most.
    messages: Vec<PreparedMessage>,
    /// Issues that are nobody's: without an assignee, or of no team that is named.
    of_nobody: u64,
    /// Why nothing of it would be sent.
    trouble: Option<String>,
}

/// A message as it would be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreparedMessage {
    /// The id of a person, or the name of a team.
    recipient: String,
    name: String,
    /// Addresses; none where it is a webhook.
    to: Vec<String>,
    /// `ready`, `no_address`, `inactive`, `opted_out` or `told`.
    standing: &'static str,
    sentence: &'static str,
    subject: String,
    /// The plain text of a mail.
    text: String,
    issues: u64,
    /// Some of them, 20 at most.
    items: Vec<PreparedIssue>,
}

/// An issue of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreparedIssue {
    key: String,
    url: String,
    summary: Option<String>,
    /// Rules that it newly misses, each with why.
    misses: Vec<NewMiss>,
}

/// A rule that an issue newly misses.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewMiss {
    rule: String,
    name: String,
    why: String,
}

impl From<Prepared> for PreparedMessage {
    fn from(one: Prepared) -> Self {
        let (subject, text) = (one.digest.subject(), one.digest.text());
        let issue = |item: weir_ingest::nudges::Item| PreparedIssue {
            key: item.key,
            url: item.url,
            summary: item.summary,
            misses: item
                .misses
                .into_iter()
                .map(|miss| NewMiss { rule: miss.rule, name: miss.name, why: miss.why })
                .collect(),
        };
        Self {
            recipient: one.recipient,
            name: one.name,
            to: one.to,
            standing: one.standing.as_str(),
            sentence: one.standing.sentence(),
            subject,
            text,
            issues: one.digest.issues,
            items: one.digest.items.into_iter().map(issue).collect(),
        }
    }
}

/// What a nudge would send now, and to whom
///
/// Nothing is sent and nothing is noted.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/preview", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id")),
    responses((status = 200, description = "What would be sent", body = NudgePreview)))]
pub(in crate::api) async fn preview_nudge(
    State(app): State<App>,
    Segments((name, nudge)): Segments<(String, String)>,
) -> Result<Answer<NudgePreview>, Problem> {
    let (integration, nudge) = of(&app, &name, &nudge).await?;
    let preview = nudges::preview(ways(&app), &integration, &nudge).await?;
    Ok(Answer(StatusCode::OK, preview.into()))
}

impl From<Preview> for NudgePreview {
    fn from(preview: Preview) -> Self {
        Self {
            since: preview.since.rfc3339(),
            until: preview.until.rfc3339(),
            read_since: preview.read_since.map(Millis::rfc3339),
            recipients: preview.messages.len(),
            messages: preview.messages.into_iter().take(SHOWN).map(PreparedMessage::from).collect(),
            of_nobody: preview.of_nobody,
            trouble: preview.trouble.map(|trouble| trouble.sentence),
        }
    }
}

/// What came of sending a nudge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NudgeSent {
    since: String,
    until: String,
    sent: u64,
    failed: u64,
    without_address: u64,
    opted_out: u64,
    of_nobody: u64,
    /// Each recipient for whom something was new, 200 at most.
    messages: Vec<DeliveredMessage>,
}

impl NudgeSent {
    pub(crate) fn counts(&self) -> Counts {
        let Self { sent, failed, without_address, opted_out, .. } = *self;
        Counts { sent, failed, without_address, opted_out }
    }
}

/// What became of a recipient's message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveredMessage {
    recipient: String,
    name: String,
    /// `sent`, `failed`, `refused`, `unknown`, `told`, `no_address`, `inactive` or `opted_out`.
    state: &'static str,
    issues: u64,
    /// Why it was not taken.
    said: String,
}

/// Send a nudge now
///
/// Whoever has had a message in this period gets no other one, and what is sent now stands in the place of what the end of the period
/// would bring.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/send", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id")),
    responses((status = 200, description = "What came of it", body = NudgeSent)))]
pub(in crate::api) async fn send_nudge(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
) -> Result<Answer<NudgeSent>, Problem> {
    let (integration, nudge) = of(&app, &name, &nudge).await?;
    Ok(Answer(StatusCode::OK, send(&app, &caller, &integration, &nudge).await?))
}

/// Sends a nudge, and notes it.
pub(crate) async fn send(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    nudge: &Nudge,
) -> Result<NudgeSent, Problem> {
    let SentNow { turn, messages } = nudges::send_now(ways(app), integration, nudge).await?;
    noted(app, caller, "nudge.send", integration, nudge).await?;
    let message = |one: nudges::Delivered| DeliveredMessage {
        recipient: one.recipient,
        name: one.name,
        state: one.state,
        issues: one.issues,
        said: one.said,
    };
    Ok(NudgeSent {
        since: turn.since.rfc3339(),
        until: turn.until.rfc3339(),
        sent: turn.sent,
        failed: turn.failed,
        without_address: turn.without_address,
        opted_out: turn.opted_out,
        of_nobody: turn.of_nobody,
        messages: messages.into_iter().map(message).collect(),
    })
}

/// A message of a nudge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NudgeMessageShown {
    /// The id of a person, or the name of a team; empty where nothing was new for anybody.
    recipient: String,
    /// When its period began.
    period: String,
    /// Until when it tells.
    until: String,
    /// `sending`, `sent`, `failed`, `refused`, `unknown` or `nothing_new`.
    state: &'static str,
    attempts: u64,
    at: String,
    issues: u64,
    /// Why it was not taken.
    said: String,
}

impl From<NudgeMessage> for NudgeMessageShown {
    fn from(one: NudgeMessage) -> Self {
        Self {
            recipient: one.recipient,
            period: one.period.rfc3339(),
            until: one.until.rfc3339(),
            state: one.state.as_str(),
            attempts: one.attempts,
            at: one.at.rfc3339(),
            issues: one.issues,
            said: one.said,
        }
    }
}

/// Messages of a nudge, the newest period first
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/messages", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<NudgeMessageShown>)))]
pub(in crate::api) async fn list_nudge_messages(
    State(app): State<App>,
    Segments((name, nudge)): Segments<(String, String)>,
    Params(query): Params<PageQuery>,
) -> Result<Page<NudgeMessageShown>, Problem> {
    let window = query.window()?;
    let (_, nudge) = of(&app, &name, &nudge).await?;
    let after = window.after().map(place).transpose()?;
    let after = after.as_ref().map(|(period, recipient)| (*period, recipient.as_str()));
    let found = app.store.nudge_messages(&nudge.id, after, window.wanted()).await?;
    Ok(window.page(found, |one| format!("{} {}", one.period.0, one.recipient), NudgeMessageShown::from))
}

/// The place in the list that a cursor names.
fn place(cursor: &str) -> Result<(Millis, String), Problem> {
    let unknown = || Problem::from(weir_model::Message::CursorUnknown {});
    let (period, recipient) = cursor.split_once(' ').ok_or_else(unknown)?;
    Ok((Millis(period.parse().map_err(|_| unknown())?), recipient.to_owned()))
}
