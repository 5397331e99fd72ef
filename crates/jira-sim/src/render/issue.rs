//! Whole issues with the fields that were asked for.

use super::View;
use super::field::present;
use super::history::Created;
use crate::json::{self, put};
use crate::world::World;
use crate::world::fields::Slot;
use crate::world::issue::Issue;

/// The newest histories that an embedded changelog shows.
const EMBEDDED_HISTORIES: usize = 40;

/// Which fields to show.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// By position among the world's fields.
    picked: Vec<bool>,
    everything: bool,
    /// Nothing but ids and keys.
    pub(crate) bare: bool,
    pub(crate) key: bool,
    /// Names given without a wildcard and without exclusions.
    pub(crate) explicit: Option<usize>,
    /// A field with several values is among the picked ones.
    pub(crate) multiple: bool,
}

/// What stands for fields when none are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Default {
    /// Search: the id alone.
    Id,
    /// Bulk fetch.
    Navigable,
    /// One issue.
    All,
}

impl Selection {
    /// Reads a list of names: `*all`, `*navigable`, field ids, `-field`; unknown names are ignored.
    pub(crate) fn parse(world: &World, names: &[String], default: Default) -> Selection {
        let named: Vec<&str> =
            names.iter().flat_map(|name| name.split(',')).map(str::trim).filter(|n| !n.is_empty()).collect();
        let includes: Vec<&str> = named.iter().copied().filter(|name| !name.starts_with('-')).collect();
        let start = match (includes.is_empty(), named.is_empty(), default) {
            (false, _, _) => None,
            (true, true, default) => Some(default),
            (true, false, Default::Id) => Some(Default::Navigable),
            (true, false, default) => Some(default),
        };
        let mut picked: Vec<bool> = world
            .fields
            .iter()
            .map(|field| match start {
                Some(Default::All) => true,
                Some(Default::Navigable) => field.navigable,
                Some(Default::Id) | None => false,
            })
            .collect();
        let mut key = !matches!(start, Some(Default::Id));
        let mut only_identity = !includes.is_empty();
        for name in &named {
            let (name, on) = name.strip_prefix('-').map_or((*name, true), |name| (name, false));
            match name {
                "*all" => picked.fill(on),
                "*navigable" => {
                    world
                        .fields
                        .iter()
                        .zip(&mut picked)
                        .filter(|(field, _)| field.navigable)
                        .for_each(|(_, p)| *p = on);
                }
                "id" => continue,
                "key" | "issuekey" => {
                    key = true;
                    continue;
                }
                name => {
                    if let Some(at) =
                        world.fields.iter().position(|field| field.id.eq_ignore_ascii_case(name))
                    {
                        picked[at] = on;
                    }
                }
            }
            only_identity = false;
        }
        if only_identity && !named.iter().any(|name| matches!(*name, "key" | "issuekey")) {
            key = false;
        }
        let wildcard = named.iter().any(|name| name.starts_with('*'));
        let multiple = world.fields.iter().zip(&picked).any(|(field, picked)| {
            *picked && matches!(field.slot, Slot::Comment | Slot::Worklog | Slot::Attachment)
        });
        Selection {
            everything: picked.iter().all(|picked| *picked),
            bare: !picked.contains(&true),
            key,
            explicit: (!wildcard && !includes.is_empty()).then_some(includes.len()),
            multiple,
            picked,
        }
    }

    pub(crate) fn has(&self, at: usize) -> bool {
        self.everything || self.picked[at]
    }
}

impl View<'_> {
    /// Writes an issue; with `changelog` its newest histories too.
    pub(crate) fn issue(&self, out: &mut Vec<u8>, issue: &Issue, selection: &Selection, changelog: bool) {
        let expand = match self.world.spec.flavor.is_dc() {
            true => "operations,versionedRepresentations,editmeta,changelog,renderedFields",
            false => "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        };
        put!(out, "{\"expand\":\"", expand, "\",\"id\":\"");
        json::number(out, issue.id);
        put!(out, "\",\"self\":\"", self.fragments.api, "/issue/");
        json::number(out, issue.id);
        put!(out, "\",\"key\":\"");
        self.key_of(out, issue);
        out.push(b'"');
        if changelog {
            self.embedded_changelog(out, issue);
        }
        if !selection.bare {
            put!(out, ",\"fields\":{");
            self.fields(out, issue, selection);
            out.push(b'}');
        }
        out.push(b'}');
    }

    /// The form of an issue when nothing but ids, or ids and keys, was asked for.
    pub(crate) fn bare(&self, out: &mut Vec<u8>, issue: &Issue, with_key: bool) {
        put!(out, "{\"id\":\"");
        json::number(out, issue.id);
        if with_key {
            put!(out, "\",\"key\":\"");
            self.key_of(out, issue);
        }
        put!(out, "\"}");
    }

    fn fields(&self, out: &mut Vec<u8>, issue: &Issue, selection: &Selection) {
        let fragments = self.fragments;
        let start = out.len();
        for at in &fragments.plain_fields {
            let at = usize::from(*at);
            let slot = self.world.fields[at].slot;
            if !selection.has(at) || !present(issue, slot) {
                continue;
            }
            if out.len() > start {
                out.push(b',');
            }
            out.extend_from_slice(&fragments.names[at]);
            self.field(out, issue, slot);
        }
        if selection.everything {
            self.all_extras(out, issue);
            return;
        }
        for at in (fragments.first_extra..self.world.fields.len()).filter(|at| selection.has(*at)) {
            if out.len() > start {
                out.push(b',');
            }
            out.extend_from_slice(&fragments.names[at]);
            self.field(out, issue, self.world.fields[at].slot);
        }
    }

    /// The extras in one stroke: the ready nulls, cut where the issue has a value.
    fn all_extras(&self, out: &mut Vec<u8>, issue: &Issue) {
        let fragments = self.fragments;
        let mut from = 0;
        for (which, value) in &issue.custom.extras {
            let which_at = usize::from(*which);
            put!(out, fragments.null_extras[from..fragments.extra_starts[which_at]], ",");
            out.extend_from_slice(&fragments.names[fragments.first_extra + which_at]);
            self.extra(out, issue, *which, *value);
            from = fragments.extra_starts[which_at + 1];
        }
        out.extend_from_slice(&fragments.null_extras[from..]);
    }

    fn embedded_changelog(&self, out: &mut Vec<u8>, issue: &Issue) {
        let total = issue.histories.len();
        let most = if self.world.spec.flavor.is_dc() { total } else { EMBEDDED_HISTORIES };
        put!(out, ",\"changelog\":{\"startAt\":0,\"maxResults\":");
        json::number(out, total.min(most));
        put!(out, ",\"total\":");
        json::number(out, total);
        put!(out, ",\"histories\":");
        let write = |out: &mut Vec<u8>, history| self.history(out, history, Created::Stamp, &[]);
        if self.world.spec.flavor.is_dc() {
            json::list(out, &issue.histories, write);
        } else {
            json::list(out, issue.histories.iter().rev().take(most), write);
        }
        out.push(b'}');
    }
}
