//! Histories: newest or oldest first, with instants as stamps (per issue) or as numbers (in bulk).

use super::View;
use crate::json::{self, put};
use crate::world::change::Item;
use crate::world::issue::History;

/// How `created` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// The platform's stamp in the viewer's zone.
    Stamp,
    /// Epoch milliseconds, as the bulk endpoint really answers (its document says date-time).
    Millis,
}

impl View<'_> {
    /// Writes one history; `wanted` filters its items by field id (empty: all of them).
    pub(crate) fn history(&self, out: &mut Vec<u8>, history: &History, created: Created, wanted: &[String]) {
        put!(out, "{\"id\":\"");
        json::number(out, history.id);
        out.push(b'"');
        if let Some(author) = history.author {
            put!(out, ",\"author\":", self.fragments.people[author as usize]);
        }
        put!(out, ",\"created\":");
        match created {
            Created::Stamp => self.stamp(out, history.created),
            Created::Millis => json::number(out, history.created),
        }
        put!(out, ",\"items\":");
        let items = history
            .items
            .iter()
            .map(|change| change.item(self.world, history.id))
            .filter(|item| matches(item, wanted));
        json::list(out, items, |out, item| write_item(out, &item));
        out.push(b'}');
    }

    /// Whether a history has anything to say about the wanted fields.
    pub(crate) fn concerns(&self, history: &History, wanted: &[String]) -> bool {
        wanted.is_empty()
            || history.items.iter().any(|change| matches(&change.item(self.world, history.id), wanted))
    }
}

fn matches(item: &Item<'_>, wanted: &[String]) -> bool {
    wanted.is_empty() || item.field_id.is_some_and(|id| wanted.iter().any(|field| field == id))
}

fn write_item(out: &mut Vec<u8>, item: &Item<'_>) {
    put!(out, "{\"field\":\"", item.field, "\",\"fieldtype\":\"", item.field_type, "\"");
    if let Some(id) = item.field_id {
        put!(out, ",\"fieldId\":\"", id, "\"");
    }
    put!(out, ",\"from\":");
    json::optional(out, item.from.as_deref());
    put!(out, ",\"fromString\":");
    json::optional(out, item.from_text.as_deref());
    put!(out, ",\"to\":");
    json::optional(out, item.to.as_deref());
    put!(out, ",\"toString\":");
    json::optional(out, item.to_text.as_deref());
    out.push(b'}');
}
