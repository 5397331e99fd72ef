//! What fields that are newly left out take with them: it is shown before anything is erased, has to be sent once more, and is said
//! afterwards.

use crate::{
    app::App,
    http::{Problem, body::query},
    pages::{connect::LEAVES, format::count},
};
use serde::Deserialize;
use weir_ingest::Edited;
use weir_model::{Exclusions, Integration, Kind, clean};
use weir_store::Compaction;

/// What was just done, as the address says it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Done {
    /// `saved`, `erased`, or `traces` where the store's file may still hold some of it.
    #[serde(default)]
    done: String,
    /// What was erased.
    #[serde(default)]
    of: String,
}

/// What an edit would erase, in the words of a form that has shown it; empty where nothing would be.
pub(super) fn words(before: &Integration, after: &Integration) -> String {
    after.settings.exclusions.beyond(&before.settings.exclusions).words().join(",")
}

/// How much is stored of an integration that such an edit goes through.
pub(super) async fn stored(
    app: &App,
    integration: &Integration,
    excluded: &Exclusions,
) -> Result<String, Problem> {
    let counts = app.store.counts(&integration.id).await?;
    let of = |kind, one, many| count(counts.get(&kind).copied().unwrap_or_default(), one, many);
    let mut parts = vec![of(Kind::Issues, "issue", "issues")];
    if excluded.excludes("comment") {
        parts.push(of(Kind::IssueComments, "comment", "comments"));
    }
    if excluded.user_details {
        parts.push(of(Kind::People, "person", "people"));
    }
    Ok(format!("Stored here now, and gone through for it: {}.", parts.join(", ")))
}

/// The part of an address that tells what an edit did.
pub(super) fn told(edited: &Edited) -> String {
    let erased = edited.excluded();
    if erased.is_empty() {
        return "done=saved".to_owned();
    }
    let done = match edited.compaction {
        Compaction::Failed(_) => "traces",
        Compaction::NotNeeded | Compaction::Done => "erased",
    };
    query(&[("done", done), ("of", &erased.words().join(","))])
}

impl Done {
    /// The line about it. What an address names and is not left out says nothing.
    pub(super) fn line(&self, integration: &Integration) -> Option<String> {
        let excluded = &integration.settings.exclusions;
        let words = excluded.words();
        let of: Vec<&str> = self.of.split(',').filter(|word| words.contains(word)).collect();
        let names: Vec<String> = of.iter().map(|word| named(word)).collect();
        let erased = format!("Saved. What was stored of these was erased: {}.", names.join(", "));
        let people = match of.contains(&"userDetails") {
            true => " Texts of live issues that name people are replaced as the next sync reads them.",
            false => "",
        };
        match self.done.as_str() {
            "saved" => Some("Saved.".to_owned()),
            "erased" if !of.is_empty() => Some(format!("{erased}{people}")),
            "traces" if !of.is_empty() => Some(format!(
                "{erased}{people} The store's file could not be written anew, so unused parts of it may hold traces of that. Make \
                 room for a second copy, then run VACUUM on it with any SQLite shell."
            )),
            _ => None,
        }
    }
}

/// What the form calls a field.
fn named(word: &str) -> String {
    let known = LEAVES.iter().find(|(id, ..)| *id == word);
    known.map_or_else(|| clean(word, 100), |(_, name, _)| (*name).to_owned())
}
