//! What a message tells: issues that newly miss a rule, in words.

use serde::Serialize;

/// A digest for one recipient. Texts that come from a tool may hold anything.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Digest {
    /// The integration's name.
    pub integration: String,
    /// The nudge's name.
    pub nudge: String,
    /// The field by which issues were told apart: `assignee`, or that of a team.
    pub by: String,
    /// Which value of it: the id of a person, or the name of a team.
    pub recipient: String,
    /// What people call it.
    pub recipient_name: String,
    /// Since when issues newly miss a rule, in RFC 3339.
    pub since: String,
    /// Until when, in RFC 3339.
    pub until: String,
    /// The same two as a sentence has them.
    #[serde(skip)]
    pub window: String,
    /// How many issues there are in all.
    pub issues: u64,
    /// Some of them.
    pub items: Vec<Item>,
    /// Where all issues of the recipient are that miss a rule now.
    pub all: String,
    /// How often there is such a message, as part of a sentence: `a day`.
    #[serde(skip)]
    pub period: String,
    /// Where there are no more of these messages to be had.
    pub opt_out: String,
}

/// An issue that newly misses a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// Its key.
    pub key: String,
    /// Where a person finds it.
    pub url: String,
    /// Its summary; nothing where summaries are left out.
    pub summary: Option<String>,
    /// What it newly misses.
    pub misses: Vec<Miss>,
}

/// A rule that an issue newly misses.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Miss {
    /// The rule's id.
    pub rule: String,
    /// What people call it.
    pub name: String,
    /// Why, as a sentence.
    pub why: String,
}

impl Digest {
    /// What a mail is about.
    pub fn subject(&self) -> String {
        let issues = if self.issues == 1 { "1 issue newly misses" } else { "issues newly miss" };
        let count =
            if self.issues == 1 { String::new() } else { format!("{} ", weir_model::thousands(self.issues)) };
        format!("{count}{issues} a rule: {}", weir_model::clean(&self.integration, 100))
    }

    /// The plain text of a mail.
    pub fn text(&self) -> String {
        crate::text::text(self)
    }

    /// The first sentence.
    pub(crate) fn opening(&self) -> String {
        let many = weir_model::thousands(self.issues);
        let (issues, miss) = if self.issues == 1 { ("issue", "misses") } else { ("issues", "miss") };
        let clean = |text: &str| weir_model::clean(text, 100);
        let whose = match self.by.as_str() {
            "assignee" => format!("assigned to {}", clean(&self.recipient_name)),
            by => format!("of {} {}", clean(&by.replace('_', " ")), clean(&self.recipient_name)),
        };
        format!(
            "{many} {issues} of {} {whose} newly {miss} a rule of hygiene, {}.",
            clean(&self.integration),
            self.window
        )
    }

    /// How many issues there are beside those that are named.
    pub(crate) fn rest(&self) -> u64 {
        self.issues.saturating_sub(self.items.len() as u64)
    }

    /// Why it came, and how often.
    pub(crate) fn closing(&self) -> String {
        format!(
            "The nudge \"{}\" sends one message {} at most, and none where nothing is new.",
            weir_model::clean(&self.nudge, 100),
            self.period
        )
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    pub(crate) fn digest() -> Digest {
        Digest {
            integration: "Acme".into(),
            nudge: "Mornings".into(),
            by: "assignee".into(),
            recipient: "5b10".into(),
            recipient_name: "Ann".into(),
            since: "2026-03-04T08:00:00.000Z".into(),
            until: "2026-03-05T08:00:00.000Z".into(),
            window: "between 4 Mar 08:00 and 5 Mar 08:00 (UTC)".into(),
            issues: 2,
            items: vec![Item {
                key: "ENG-1".into(),
                url: "https://acme.atlassian.net/browse/ENG-1".into(),
                summary: Some("<script>alert(1)</script>\r\nBcc: eve@evil.example".into()),
                misses: vec![Miss {
                    rule: "no_due_date".into(),
                    name: "No due date".into(),
                    why: "due date is missing".into(),
                }],
            }],
            all: "https://weir.example/integrations/Acme/hygiene/issues?filter=assignee%3D5b10".into(),
            period: "a day".into(),
            opt_out: "https://weir.example/opt-out/abc.def".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::digest;

    #[test]
    fn one_issue_and_many_are_told_in_their_number() {
        let mut one = digest();
        assert_eq!(one.subject(), "2 issues newly miss a rule: Acme");
        assert!(
            one.opening()
                .starts_with("2 issues of Acme assigned to Ann newly miss a rule of hygiene, between")
        );
        one.issues = 1;
        assert_eq!(one.subject(), "1 issue newly misses a rule: Acme");
        one.by = "components".into();
        assert!(
            one.opening().starts_with("1 issue of Acme of components Ann newly misses"),
            "{}",
            one.opening()
        );
        assert_eq!(one.rest(), 0);
    }
}
