//! Sending what was prepared. Before a message leaves, its row is in the store; what became of it is noted after.

use super::{
    kept::Ways,
    prepared::{Prepared, Standing, Work, Worked},
    said,
};
use serde::Serialize;
use weir_model::{
    Integration, Message, MessageState, Millis, Nudge, NudgeChannel, NudgeFault, NudgeTurn, clean,
};
use weir_notify::{
    ExposeSecret as _, Letter, Mail, MailAddress, Mailer, Outcome, Post, SmtpSettings, Url, WebhookSecret,
    Webhooks, document,
};
use weir_source::CancellationToken;
use weir_store::MessageClaim;

/// Messages that are kept in an answer; the rest is counted.
const TOLD: usize = 200;

/// What became of a recipient's message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Delivered {
    /// The id of a person, or the name of a team.
    pub recipient: String,
    /// What people call it.
    pub name: String,
    /// `sent`, `failed`, `refused`, `unknown`, or why none was sent: a word of [`Standing`].
    pub state: &'static str,
    /// How many issues it tells of.
    pub issues: u64,
    /// Why it was not taken.
    pub said: String,
}

/// What came of sending at once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SentNow {
    /// The counts.
    #[serde(flatten)]
    pub turn: NudgeTurn,
    /// Each recipient for whom something was new, up to 200.
    pub messages: Vec<Delivered>,
}

/// What came of a turn.
pub(super) struct Turned {
    pub(super) turn: NudgeTurn,
    pub(super) messages: Vec<Delivered>,
    /// Whether some message is worth another try.
    pub(super) is_unfinished: bool,
}

/// The way that messages leave.
enum Line {
    Mail(Box<Mailer>, MailAddress),
    Webhook(Webhooks, Url, WebhookSecret),
}

/// Sends a nudge now, in the place of the message that the end of the period would bring to those who are told.
///
/// # Errors
/// `mail.none`, `nudge.people`, `hygiene.question`, and what the store says.
pub async fn send_now(ways: Ways<'_>, integration: &Integration, nudge: &Nudge) -> Result<SentNow, Message> {
    let now = ways.environment.clock.now();
    let work = Work::until(ways, integration, nudge, now).await?;
    if let Some(trouble) = work.trouble() {
        return Err(trouble);
    }
    let worked = work.worked_out().await?;
    let Turned { turn, messages, .. } = work.send(worked, &CancellationToken::new()).await?;
    Ok(SentNow { turn, messages })
}

impl Work<'_> {
    /// Sends everything that is ready. Whoever wants it to stop has it stop between two messages.
    pub(super) async fn send(&self, worked: Worked, stop: &CancellationToken) -> Result<Turned, Message> {
        let now = self.ways.environment.clock.now();
        let mut turned = Turned {
            turn: NudgeTurn {
                at: now,
                since: self.nudge.covered_until,
                until: self.until,
                of_nobody: worked.of_nobody,
                ..NudgeTurn::default()
            },
            messages: vec![],
            is_unfinished: false,
        };
        let mut line = None;
        for one in &worked.messages {
            let (state, why) = match one.standing {
                Standing::Ready if stop.is_cancelled() => {
                    turned.is_unfinished = true;
                    break;
                }
                Standing::Ready => {
                    let line = match &mut line {
                        Some(line) => line,
                        None => line.insert(self.line()?),
                    };
                    self.one(one, line, &mut turned).await?
                }
                Standing::NoAddress | Standing::Inactive => {
                    turned.turn.without_address += 1;
                    (one.standing.as_str(), String::new())
                }
                Standing::OptedOut => {
                    turned.turn.opted_out += 1;
                    (one.standing.as_str(), String::new())
                }
                Standing::Told => (one.standing.as_str(), String::new()),
            };
            if turned.messages.len() < TOLD {
                turned.messages.push(Delivered {
                    recipient: one.recipient.clone(),
                    name: one.name.clone(),
                    state,
                    issues: one.digest.issues,
                    said: why,
                });
            }
        }
        if let Some(Line::Mail(mailer, _)) = line {
            mailer.close().await;
        }
        Ok(turned)
    }

    /// Takes a message, sends it, and notes what became of it.
    async fn one(
        &self,
        one: &Prepared,
        line: &mut Line,
        turned: &mut Turned,
    ) -> Result<(&'static str, String), Message> {
        let store = self.ways.store;
        let claim = MessageClaim {
            integration: &self.integration.id,
            nudge: &self.nudge.id,
            recipient: &one.recipient,
            period: self.period,
            until: self.until,
            issues: one.digest.issues,
            may_repeat: matches!(line, Line::Webhook(..)),
        };
        if !store.claim_message(&claim).await.map_err(said)? {
            return Ok((Standing::Told.as_str(), String::new()));
        }
        let outcome = self.handed_over(one, line).await;
        let (state, why) = match outcome {
            Outcome::Sent => (MessageState::Sent, String::new()),
            Outcome::Later(why) => (MessageState::Failed, why),
            Outcome::Refused(why) => (MessageState::Refused, why),
            Outcome::Unknown(why) => (MessageState::Unknown, why),
        };
        let why = clean(&why, 300);
        turned.is_unfinished |= store.message_done(&claim, state, &why).await.map_err(said)?;
        match state {
            MessageState::Sent => turned.turn.sent += 1,
            _ => turned.turn.failed += 1,
        }
        Ok((state.as_str(), why))
    }

    async fn handed_over(&self, one: &Prepared, line: &mut Line) -> Outcome {
        let id = self.secrets.opt_out.message_id(&self.nudge.id.to_string(), &one.recipient, self.period.0);
        let at = self.ways.environment.clock.now();
        match line {
            Line::Mail(mailer, from) => {
                let to: Vec<MailAddress> = one.to.iter().filter_map(|text| text.parse().ok()).collect();
                let letter = Letter { digest: &one.digest, to: &to, id: &id, at };
                match Mail::write(&letter, from) {
                    Ok(mail) => mailer.send(&mail).await,
                    Err(error) => Outcome::Refused(error.to_string()),
                }
            }
            Line::Webhook(webhooks, url, secret) => {
                let body = document(&one.digest, at);
                webhooks.send(&Post { url, secret: Some(secret), id: &id, at, body: &body }).await
            }
        }
    }

    fn line(&self) -> Result<Line, Message> {
        let environment = self.ways.environment;
        let bug = |detail: &str| Message::Bug { detail: detail.to_owned() };
        match self.nudge.settings.channel {
            NudgeChannel::Mail => {
                let settings: &SmtpSettings =
                    self.ways.outlet.mail.as_ref().ok_or(NudgeFault::MailNone {})?;
                Ok(Line::Mail(Box::new(Mailer::new(settings)), settings.from().clone()))
            }
            NudgeChannel::Webhook => {
                let url = self.secrets.url.as_ref().and_then(|url| url.expose_secret().parse().ok());
                let url = url.ok_or_else(|| bug("A webhook has no address"))?;
                let secret = self.secrets.webhook.clone().ok_or_else(|| bug("A webhook has no secret"))?;
                let (clock, entropy) = (environment.clock.clone(), environment.entropy.clone());
                let webhooks = Webhooks::new(&environment.opened, clock, entropy);
                Ok(Line::Webhook(webhooks.map_err(|error| bug(&error.to_string()))?, url, secret))
            }
        }
    }

    /// Notes in the list of messages that nothing was new for anybody.
    pub(super) async fn note_nothing_new(&self) -> Result<(), Message> {
        let window: (Millis, Millis) = (self.period, self.until);
        self.ways.store.nothing_new(&self.integration.id, &self.nudge.id, window).await.map_err(said)
    }
}
