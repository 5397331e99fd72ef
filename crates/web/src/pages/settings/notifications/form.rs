//! The form of a channel: what was entered, and what it is in words.

use crate::{
    api::notifications::wish,
    app::App,
    http::Problem,
    pages::{
        format::inert,
        forms::{Faults, Fields, not_offered},
    },
};
use weir_ingest::notifications::ChannelWish;
use weir_model::{Channel, ChannelKind, ChannelSettings, NoticeEvent, QuietHours, Reach, Workspace};
use weir_vault::Secret;

/// The fields.
const FIELDS: [&str; 13] = [
    "seen",
    "name",
    "kind",
    "to",
    "url",
    "secret",
    "event",
    "failing_hours",
    "quiet_from",
    "quiet_until",
    "quiet_zone",
    "workspace",
    "off",
];

/// The ways, each with what it is called.
const KINDS: [(&str, &str); 3] =
    [("mail", "Mail"), ("slack", "Chat (a webhook as Slack takes it)"), ("webhook", "Signed webhook")];

/// A box that can be ticked: its word, what it is called, and whether it is.
type Ticked = (String, String, bool);

/// What was entered, or what there is.
pub(super) struct Entered {
    pub(super) name: String,
    /// Each way with what it is called and whether it is chosen.
    pub(super) kinds: Vec<(&'static str, &'static str, bool)>,
    /// One address a line.
    pub(super) to: String,
    pub(super) url: String,
    /// What the URL is now, as far as it is shown.
    pub(super) url_now: Option<String>,
    pub(super) events: Vec<Ticked>,
    pub(super) failing_hours: String,
    pub(super) quiet_from: String,
    pub(super) quiet_until: String,
    pub(super) quiet_zone: String,
    pub(super) workspaces: Vec<Ticked>,
    pub(super) is_off: bool,
    /// The revision that the form was made of; empty for a new channel.
    pub(super) seen: String,
    pub(super) secret: String,
}

/// Every workspace.
pub(super) async fn workspaces(app: &App) -> Result<Vec<Workspace>, Problem> {
    Ok(app.store.workspaces(&Reach::Everything).await?)
}

fn kinds(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    KINDS.into_iter().map(|(word, name)| (word, name, word == chosen)).collect()
}

fn ticked_events(is_ticked: impl Fn(NoticeEvent) -> bool) -> Vec<Ticked> {
    let all = NoticeEvent::ALL.into_iter();
    all.map(|event| (event.as_str().to_owned(), event.sentence().to_owned(), is_ticked(event))).collect()
}

/// Workspaces with those that are chosen; one that is gone stands there as such.
fn ticked_workspaces(all: &[Workspace], chosen: &[String]) -> Vec<Ticked> {
    let mut ticked: Vec<Ticked> = vec![];
    for one in all {
        let id = one.id.to_string();
        let is_chosen = chosen.contains(&id);
        ticked.push((id, inert(&one.name), is_chosen));
    }
    for gone in chosen {
        if !ticked.iter().any(|(id, ..)| id == gone) {
            ticked.push((gone.clone(), "A workspace that is gone".to_owned(), true));
        }
    }
    ticked
}

impl Entered {
    /// A form in which nothing was entered yet.
    pub(super) fn empty(all: &[Workspace]) -> Self {
        Self {
            name: String::new(),
            kinds: kinds("mail"),
            to: String::new(),
            url: String::new(),
            url_now: None,
            events: ticked_events(|_| true),
            failing_hours: ChannelSettings::FAILING_HOURS.to_string(),
            quiet_from: String::new(),
            quiet_until: String::new(),
            quiet_zone: String::new(),
            workspaces: ticked_workspaces(all, &[]),
            is_off: false,
            seen: String::new(),
            secret: String::new(),
        }
    }

    /// What a browser sent.
    pub(super) fn read(fields: &Fields, all: &[Workspace]) -> Result<Self, Problem> {
        fields.only(&FIELDS)?;
        let kind = fields.word("kind", &["mail", "slack", "webhook"])?;
        for word in fields.all("event") {
            if NoticeEvent::named(word).is_none() {
                return Err(not_offered("events", word));
            }
        }
        let chosen: Vec<String> = fields.all("workspace").map(str::to_owned).collect();
        let text = |name| inert(fields.text(name));
        Ok(Self {
            name: text("name"),
            kinds: kinds(if kind.is_empty() { "mail" } else { kind }),
            to: fields.raw("to").lines().map(inert).collect::<Vec<_>>().join("\n"),
            url: text("url"),
            url_now: None,
            events: ticked_events(|event| fields.all("event").any(|word| word == event.as_str())),
            failing_hours: text("failing_hours"),
            quiet_from: text("quiet_from"),
            quiet_until: text("quiet_until"),
            quiet_zone: text("quiet_zone"),
            workspaces: ticked_workspaces(all, &chosen),
            is_off: !fields.word("off", &["1"])?.is_empty(),
            seen: text("seen"),
            secret: fields.text("secret").to_owned(),
        })
    }

    /// What a channel is now.
    pub(super) fn of(channel: &Channel, all: &[Workspace]) -> Self {
        let settings = &channel.settings;
        let chosen: Vec<String> = settings.workspaces.iter().map(ToString::to_string).collect();
        let quiet = settings.quiet.as_ref();
        Self {
            name: inert(&channel.name),
            kinds: kinds(settings.kind.as_str()),
            to: settings.to.join("\n"),
            url: String::new(),
            url_now: settings.shown_url.clone(),
            events: ticked_events(|event| settings.events.contains(&event)),
            failing_hours: settings.failing_hours.to_string(),
            quiet_from: quiet.map(|quiet| QuietHours::written(quiet.from)).unwrap_or_default(),
            quiet_until: quiet.map(|quiet| QuietHours::written(quiet.until)).unwrap_or_default(),
            quiet_zone: quiet.map(|quiet| quiet.zone.clone()).unwrap_or_default(),
            workspaces: ticked_workspaces(all, &chosen),
            is_off: channel.is_off,
            seen: channel.revision.to_string(),
            secret: String::new(),
        }
    }

    /// The channel as it is asked for; what cannot be read is a fault, and left as if it were not said.
    pub(super) fn wish(&self, faults: &mut Faults) -> ChannelWish {
        let given = |text: &str| Some(Secret::from(text.to_owned())).filter(|_| !text.is_empty());
        let kind = self.kinds.iter().find(|(.., is_chosen)| *is_chosen).map_or("mail", |(word, ..)| *word);
        let ticked = |all: &[Ticked]| -> Vec<String> {
            all.iter().filter(|(.., is_ticked)| *is_ticked).map(|(word, ..)| word.clone()).collect()
        };
        // A number that is none is out of every range.
        let hours = self.failing_hours.parse().unwrap_or(u32::MAX);
        ChannelWish {
            name: self.name.clone(),
            kind: ChannelKind::named(kind).unwrap_or(ChannelKind::Mail),
            to: addresses(&self.to),
            url: given(&self.url),
            secret: given(&self.secret),
            events: ticked(&self.events).iter().filter_map(|word| NoticeEvent::named(word)).collect(),
            quiet: self.quiet(faults),
            workspaces: wish::workspaces(faults, &ticked(&self.workspaces)),
            failing_hours: wish::failing_hours(faults, hours).unwrap_or(ChannelSettings::FAILING_HOURS),
            is_off: self.is_off,
        }
    }

    /// Nothing where neither time is given.
    fn quiet(&self, faults: &mut Faults) -> Option<QuietHours> {
        if self.quiet_from.is_empty() && self.quiet_until.is_empty() {
            return None;
        }
        let zone = if self.quiet_zone.is_empty() { "UTC" } else { &self.quiet_zone };
        let written: [&str; 3] = [&self.quiet_from, &self.quiet_until, zone];
        wish::quiet_hours(faults, written, ["/quiet_from", "/quiet_until", "/quiet_zone"])
    }
}

/// Addresses, one a line or apart by commas.
fn addresses(text: &str) -> Vec<String> {
    let all = text.split(['\n', ',']).map(str::trim).filter(|one| !one.is_empty());
    all.map(str::to_owned).collect()
}

/// How it gets to whom.
pub(super) fn what(settings: &ChannelSettings) -> String {
    let url = || inert(&settings.shown_url.clone().unwrap_or_default());
    let how = match settings.kind {
        ChannelKind::Mail => format!("Mail to {}", inert(&settings.to.join(", "))),
        ChannelKind::Slack => format!("Chat at {}", url()),
        ChannelKind::Webhook => format!("Signed webhook to {}", url()),
    };
    match settings.workspaces.len() {
        0 => how,
        1 => format!("{how}, for one workspace"),
        some => format!("{how}, for {some} workspaces"),
    }
}

/// What it tells of, in a few words.
pub(super) fn events(settings: &ChannelSettings) -> String {
    let told = match settings.events.len() {
        all if all == NoticeEvent::ALL.len() => "everything".to_owned(),
        1 => "1 event".to_owned(),
        some => format!("{some} events"),
    };
    match &settings.quiet {
        None => told,
        Some(quiet) => format!(
            "{told}, quiet from {} to {} ({})",
            QuietHours::written(quiet.from),
            QuietHours::written(quiet.until),
            inert(&quiet.zone)
        ),
    }
}
