//! What an edit did, or would do, in sentences for people.

use super::{Edited, ReadAnew};
use crate::scope_text;
use weir_model::{Integration, Scope, clean, thousands};
use weir_store::Compaction;

/// Projects named one by one before the rest is summed up.
const NAMED: usize = 10;

impl Edited {
    /// What changed, and what the next run will therefore do.
    pub fn sentences(&self) -> Vec<String> {
        if self.before == self.after {
            return vec!["Nothing changed: it is so already.".to_owned()];
        }
        self.told("Changed", |are| format!("{are} now out of scope"), str::to_owned)
    }

    /// The same of an edit that has not been made yet, where a form has names of its own for what can be excluded.
    pub fn sentences_of_preview(&self, named: impl Fn(&str) -> String) -> Vec<String> {
        if self.before == self.after {
            return vec!["This changes nothing: it is so already.".to_owned()];
        }
        self.told("This changes", |_| "would be out of scope".to_owned(), named)
    }

    fn told(
        &self,
        lead: &str,
        are_out: impl Fn(&str) -> String,
        named: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let changed = differences(&self.before, &self.after, &named).join("; ");
        let mut sentences = vec![format!("{lead}: {changed}.")];
        sentences.extend(left(&self.left, are_out));
        sentences.extend(deleted(self, &named));
        sentences.push(next_run(self));
        sentences
    }
}

fn differences(before: &Integration, after: &Integration, named: impl Fn(&str) -> String) -> Vec<String> {
    let (old, new) = (&before.settings, &after.settings);
    let mut said = Vec::new();
    let mut note = |what: &str, old: String, new: String| {
        if old != new {
            said.push(format!("{what} from {} to {}", clean(&old, 300), clean(&new, 300)));
        }
    };
    let quoted = |text: &str| format!("\"{text}\"");
    note("the name", quoted(&before.name), quoted(&after.name));
    note("the scope", scope_text(&old.scope), scope_text(&new.scope));
    let listed = |words: Vec<&str>| if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    let excluded = |words: Vec<&str>| match words.is_empty() {
        true => "nothing".to_owned(),
        false => words.into_iter().map(&named).collect::<Vec<_>>().join(", "),
    };
    note("what is excluded", excluded(old.exclusions.words()), excluded(new.exclusions.words()));
    let minutes = |minutes: u32| format!("{minutes} min");
    note("the interval", minutes(old.interval_minutes), minutes(new.interval_minutes));
    let pattern = |cron: &Option<String>| cron.clone().unwrap_or_else(|| "none".to_owned());
    note("the cron pattern", pattern(&old.cron), pattern(&new.cron));
    let census =
        |minutes: Option<u32>| minutes.map_or_else(|| "off".to_owned(), |minutes| format!("{minutes} min"));
    note("the interval of the census", census(old.census_minutes), census(new.census_minutes));
    note("how far a sync looks back", minutes(old.reread_minutes), minutes(new.reread_minutes));
    let zone = |zone: &Option<String>| zone.clone().unwrap_or_else(|| "none".to_owned());
    note("the time zone", zone(&old.timezone), zone(&new.timezone));
    let months =
        |months: Option<u32>| months.map_or_else(|| "all".to_owned(), |months| format!("{months} months"));
    note("how far back issues are read", months(old.history_months), months(new.history_months));
    note("the speed", old.speed.as_str().to_owned(), new.speed.as_str().to_owned());
    note("the description", quoted(&old.description), quoted(&new.description));
    let tags = |tags: &[String]| listed(tags.iter().map(String::as_str).collect());
    note("the tags", tags(&old.tags), tags(&new.tags));
    let owner = |owner: &Option<String>| owner.clone().unwrap_or_else(|| "nobody".to_owned());
    note("the owner", owner(&old.owner), owner(&new.owner));
    note("the secondary owner", owner(&old.secondary_owner), owner(&new.secondary_owner));
    said
}

fn left(projects: &[(String, u64)], are_out: impl Fn(&str) -> String) -> Vec<String> {
    let issues = |n: u64| if n == 1 { "1 issue".to_owned() } else { format!("{} issues", thousands(n)) };
    let are = |n: u64| if n == 1 { "is" } else { "are" };
    let named = projects.iter().take(NAMED).map(|(key, left)| {
        format!("{} of project {} {}.", issues(*left), clean(key, 80), are_out(are(*left)))
    });
    let mut sentences: Vec<String> = named.collect();
    let others = projects.get(NAMED..).unwrap_or_default();
    if !others.is_empty() {
        let left: u64 = others.iter().map(|(_, left)| left).sum();
        sentences.push(format!("{} of {} more projects {}.", issues(left), others.len(), are_out(are(left))));
    }
    sentences
}

fn deleted(edited: &Edited, named: impl Fn(&str) -> String) -> Vec<String> {
    let excluded = edited.excluded();
    let mut sentences = Vec::new();
    let fields: Vec<String> = excluded.fields.iter().map(|field| named(field)).collect();
    if !fields.is_empty() {
        sentences.push(format!("What was stored of {} is deleted.", clean(&fields.join(", "), 300)));
    }
    if excluded.user_details {
        sentences.push(
            "Names and addresses of people are deleted, and the texts of issues that are not live. Texts of live issues \
             that name people are replaced as the next sync reads them."
                .to_owned(),
        );
    }
    if let Compaction::Failed(message) = &edited.compaction {
        sentences.push(format!(
            "warning: the store's file could not be written anew, so unused parts of it may hold traces of what was \
             deleted. {} Make room for a second copy, then run VACUUM on it with any SQLite shell.",
            clean(&message.to_string(), 300)
        ));
    }
    sentences
}

fn next_run(edited: &Edited) -> String {
    let (old, new) = (&edited.before.settings, &edited.after.settings);
    let is_as_deep = old.history_months == new.history_months;
    if old.scope == new.scope && old.exclusions == new.exclusions && is_as_deep {
        let same_rhythm = old.interval_minutes == new.interval_minutes && old.cron == new.cron;
        return match same_rhythm {
            true => "The next sync goes on as before.".to_owned(),
            false => {
                "A running weir serve, worker or sync --follow takes the schedule over at once.".to_owned()
            }
        };
    }
    if !edited.was_read {
        return "Nothing was read yet; the next sync reads everything in scope.".to_owned();
    }
    let compared = match &new.scope {
        Scope::Jql(_) if old.scope != new.scope => {
            ". Issues that the filter does not take any more are out of scope then"
        }
        _ if !is_as_deep && !new.takes_all_of(old) => {
            ". Issues whose last edit is older than that are out of scope then; nothing of them is deleted"
        }
        _ => "",
    };
    let why = match edited.read_anew {
        Some(ReadAnew::Filter) => {
            let what = if is_as_deep { "the filter takes" } else { "is in scope then" };
            return format!("The next sync lists what {what}, and reads what is not here yet{compared}.");
        }
        Some(ReadAnew::Exclusions) => "because other fields are excluded",
        Some(ReadAnew::CameBack) => {
            "because issues that had left the scope come back to it before it was read without them"
        }
        None => return brought_in(edited),
    };
    format!("The next sync reads everything again, {why}{compared}.")
}

fn brought_in(edited: &Edited) -> String {
    let added = edited.added();
    match (&edited.after.settings.scope, &added[..]) {
        (Scope::Everything, _) => {
            "Projects that were not in scope are brought in by the next sync.".to_owned()
        }
        (_, []) => "The next sync goes on with what is left in scope.".to_owned(),
        (_, [key]) => format!("Project {} is brought in by the next sync.", clean(key, 80)),
        (_, keys) => format!("Projects {} are brought in by the next sync.", clean(&keys.join(", "), 300)),
    }
}
