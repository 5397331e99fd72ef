//! The fields that questions may name, what each holds, and values that a site has of them.

use super::{
    ask::Condition,
    site::Site,
    then::{Is, Then},
};
use crate::draw::Draw;
use serde_json::{Value, json};

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    Text,
    RichText,
    Person,
    Number,
    Date,
    Instant,
    List,
    Flag,
    Count,
    Elapsed,
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// Whether an issue may have none.
    may_miss: bool,
    /// Whether its changes are known.
    has_history: bool,
}

const fn field(name: &'static str, holds: Holds, may_miss: bool, has_history: bool) -> Field {
    Field { name, holds, may_miss, has_history }
}

/// All of them.
pub(super) const FIELDS: [Field; 42] = [
    field("key", Holds::Text, false, true),
    field("project", Holds::Text, false, true),
    field("type", Holds::Text, false, true),
    field("subtask", Holds::Flag, false, false),
    field("status", Holds::Text, false, true),
    field("status_category", Holds::Text, false, false),
    field("priority", Holds::Text, true, true),
    field("resolution", Holds::Text, true, true),
    field("summary", Holds::Text, true, true),
    field("description", Holds::RichText, true, true),
    field("assignee", Holds::Person, true, true),
    field("reporter", Holds::Person, true, true),
    field("creator", Holds::Person, true, false),
    field("parent", Holds::Text, true, true),
    field("epic", Holds::Text, true, true),
    field("story_points", Holds::Number, true, true),
    field("labels", Holds::List, true, true),
    field("components", Holds::List, true, true),
    field("fix_versions", Holds::List, true, true),
    field("affects_versions", Holds::List, true, true),
    field("sprints", Holds::List, true, true),
    field("due_date", Holds::Date, true, true),
    field("security_level", Holds::Text, true, true),
    field("created", Holds::Instant, false, false),
    field("updated", Holds::Instant, false, false),
    field("resolved", Holds::Instant, true, true),
    field("hops", Holds::Count, false, false),
    field("bounces", Holds::Count, false, false),
    field("days_in_status", Holds::Elapsed, false, false),
    field("sprint_count", Holds::Count, false, false),
    field("age_days", Holds::Elapsed, false, false),
    field("comment_count", Holds::Count, false, false),
    field(CASE, Holds::Text, true, true),
    field(NOTE, Holds::Text, true, true),
    field("custom:customfield_10033", Holds::Text, true, true),
    field("custom:customfield_10037", Holds::Text, true, true),
    field("custom:customfield_10041", Holds::Number, true, true),
    field("custom:customfield_10015", Holds::Date, true, true),
    field("custom:customfield_10040", Holds::Instant, true, true),
    field("custom:customfield_10042", Holds::List, true, true),
    field("custom:customfield_10036", Holds::List, true, true),
    field("custom:customfield_10038", Holds::Person, true, true),
];

/// The added fields whose changes the simulator tells, under the ids that they have in its sites.
pub(super) const CASE: &str = "custom:customfield_10031";
pub(super) const NOTE: &str = "custom:customfield_10045";

/// The ids of the added fields.
pub(super) fn added() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().filter_map(|field| field.name.strip_prefix("custom:"))
}

/// How often a value is looked for before another one has to do.
const LOOKS: usize = 40;

impl Field {
    /// Every comparison that makes sense for it, each with values that the site has or had.
    pub(super) fn conditions(&self, site: &Site, at: i64, draw: &mut Draw) -> Vec<Condition> {
        let ops: &[&str] = match self.holds {
            Holds::Text | Holds::List => &["equals", "is_not", "one_of", "contains", "shorter_than"],
            Holds::RichText => &["shorter_than"],
            Holds::Person => &["equals", "is_not", "one_of"],
            Holds::Number | Holds::Count => &["equals", "is_not", "one_of", "greater_than", "less_than"],
            Holds::Date | Holds::Instant => {
                &["equals", "is_not", "one_of", "greater_than", "less_than", "older_than", "in_last"]
            }
            Holds::Flag => &["equals", "is_not"],
            Holds::Elapsed => &["greater_than", "less_than"],
        };
        let missing: &[&str] = if self.may_miss { &["missing"] } else { &[] };
        let of_history: &[&str] =
            if self.has_history { &["changed_more_than", "not_changed_for"] } else { &[] };
        let all = missing.iter().chain(ops).chain(of_history);
        all.map(|op| Condition { field: self.name, op, value: self.operand(op, site, at, draw) }).collect()
    }

    /// What an operator is given.
    fn operand(&self, op: &str, site: &Site, at: i64, draw: &mut Draw) -> Value {
        match op {
            "missing" => Value::Null,
            "one_of" => {
                let values: Vec<Value> = (0..3).map(|_| self.known(site, at, draw)).collect();
                Value::Array(values)
            }
            "contains" => {
                let value = self.known(site, at, draw);
                let letters: Vec<char> = value.as_str().unwrap_or_default().trim().chars().collect();
                let from = draw.range(0, letters.len() as u64 / 2) as usize;
                let part: String = letters.iter().skip(from).take(3).collect();
                json!(if part.is_empty() { "a".to_owned() } else { part.to_uppercase() })
            }
            "shorter_than" if self.holds == Holds::List => json!(draw.range(1, 4)),
            "shorter_than" => json!(draw.range(2, 60)),
            "older_than" | "in_last" | "not_changed_for" => days(draw),
            "changed_more_than" => json!(draw.range(0, 3)),
            _ => self.known(site, at, draw),
        }
    }

    /// A value that an issue has or had; of texts in the case of other letters now and then.
    pub(super) fn known(&self, site: &Site, at: i64, draw: &mut Draw) -> Value {
        if self.holds == Holds::Elapsed {
            return days(draw);
        }
        for _ in 0..LOOKS {
            let Some(issue) = draw.pick(&site.issues) else { break };
            let since = u64::try_from(at - issue.created).unwrap_or(0);
            let back = if draw.chance(50) { 0 } else { draw.range(0, since) };
            let then = Then { site, issue, at: at - back as i64, as_of: at };
            let value = match then.value(self.name) {
                Is::Text(text) => Some(text),
                Is::List(entries) => draw.pick(&entries).cloned(),
                Is::Date(day) => return json!(day.to_string()),
                Is::Instant(at) => match site.day(at) {
                    Ok(day) => return json!(day.to_string()),
                    Err(_) => None,
                },
                Is::Number(number) => return json!(number),
                Is::Flag(flag) => return json!(flag),
                Is::Nothing => None,
            };
            let Some(text) = value.filter(|text| !text.trim().is_empty() && !text.contains('\0')) else {
                continue;
            };
            let is_exact = self.holds == Holds::Person || self.name == "status_category";
            return json!(if !is_exact && draw.chance(30) { text.to_uppercase() } else { text });
        }
        match self.holds {
            Holds::Number | Holds::Count => json!(1.0),
            Holds::Date | Holds::Instant => json!("2026-01-01"),
            Holds::Flag => json!(true),
            _ if self.name == "status_category" => json!("todo"),
            _ => json!("nobody has this"),
        }
    }
}

fn days(draw: &mut Draw) -> Value {
    json!(draw.pick(&[0.5, 1.0, 3.0, 10.0, 30.0, 90.0]).copied().unwrap_or(1.0))
}
