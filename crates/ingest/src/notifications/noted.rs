//! What the audit log keeps of a channel that was made, changed or taken away: each setting, and what it was before. Neither where a
//! webhook goes nor what signs it is among them.

use super::said;
use weir_model::{Channel, Message, NoticeEvent, QuietHours, Reach, Workspace, WorkspaceId, clean};
use weir_store::Store;

/// What is said of something that is not shown, where it was given anew.
const ANEW: &str = "given anew";

/// What of a channel is kept sealed and was given anew.
#[derive(Clone, Copy, Debug, Default)]
pub struct GivenAnew {
    /// Where its webhooks go.
    pub url: bool,
    /// What signs them.
    pub secret: bool,
}

/// The values of a line of the audit log: of a channel that is new or gone all of them, of one that was changed those that differ.
///
/// # Errors
/// What keeps the store from naming workspaces.
pub async fn noted(
    store: &Store,
    before: Option<&Channel>,
    after: Option<&Channel>,
    anew: GivenAnew,
) -> Result<Vec<(String, String)>, Message> {
    let workspaces = store.workspaces(&Reach::Everything).await.map_err(said)?;
    let (old, new) = (before.map(|one| values(one, &workspaces)), after.map(|one| values(one, &workspaces)));
    let mut detail = vec![];
    for (at, name) in NAMES.iter().enumerate() {
        let of = |all: &Option<Values>| all.as_ref().map(|all| all[at].clone());
        match (of(&old), of(&new)) {
            // How it gets to people is always said.
            (Some(old), Some(new)) if old == new && *name != "kind" => {}
            (Some(old), Some(new)) if old == new => detail.push(((*name).to_owned(), new)),
            (old, new) => {
                detail.extend(new.map(|new| ((*name).to_owned(), new)));
                detail.extend(old.map(|old| (format!("{name}_before"), old)));
            }
        }
    }
    for (name, is_anew) in [("url", anew.url), ("secret", anew.secret)] {
        detail.extend(is_anew.then(|| (name.to_owned(), ANEW.to_owned())));
    }
    Ok(detail)
}

/// The settings of a channel, in the order of their names.
type Values = [String; 8];

const NAMES: [&str; 8] = ["name", "kind", "to", "events", "quiet", "workspaces", "failing_hours", "off"];

fn values(channel: &Channel, workspaces: &[Workspace]) -> Values {
    let settings = &channel.settings;
    [
        clean(&channel.name, 100),
        settings.kind.as_str().to_owned(),
        listed(settings.to.iter().cloned(), "nobody"),
        listed(settings.events.iter().copied().map(NoticeEvent::as_str).map(str::to_owned), "nothing"),
        settings.quiet.as_ref().map_or_else(|| "none".to_owned(), quiet),
        listed(settings.workspaces.iter().map(|id| workspace(id, workspaces)), "all"),
        settings.failing_hours.to_string(),
        channel.is_off.to_string(),
    ]
}

fn quiet(hours: &QuietHours) -> String {
    let (from, until) = (QuietHours::written(hours.from), QuietHours::written(hours.until));
    format!("{from} to {until} ({})", clean(&hours.zone, 100))
}

/// A workspace by its name; one that is gone by its id.
fn workspace(id: &WorkspaceId, all: &[Workspace]) -> String {
    all.iter().find(|one| one.id == *id).map_or_else(|| id.to_string(), |one| clean(&one.name, 100))
}

fn listed(all: impl Iterator<Item = String>, none: &str) -> String {
    let all: Vec<String> = all.collect();
    if all.is_empty() { none.to_owned() } else { all.join(", ") }
}
