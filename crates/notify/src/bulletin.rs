//! What happened to integrations, in words: for a mail, for a chat, and for another program.

use crate::{
    chat::{address, inert},
    html::{escaped, link},
};
use serde::Serialize;
use serde_json::json;
use weir_model::{Millis, clean, thousands};

/// Longest sentence.
const LONGEST: usize = 600;

/// What is told at once. Texts that come from a tool may hold anything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bulletin {
    /// What is told, the oldest first; a few at most.
    pub items: Vec<BulletinItem>,
    /// How many more there are.
    pub rest: u64,
    /// What the channel is called.
    pub channel: String,
    /// Where channels are looked after.
    pub settings: String,
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BulletinItem {
    /// The word of the event.
    pub event: String,
    /// The name of the integration; empty for a test.
    pub integration: String,
    /// When, in RFC 3339.
    pub at: String,
    /// The same for people.
    #[serde(skip)]
    pub when: String,
    /// What happened, as a sentence.
    pub sentence: String,
    /// Why; empty where there is nothing to say.
    pub reason: String,
    /// What can be done about it; empty where nothing has to be.
    pub next: String,
    /// Where that is.
    pub url: String,
}

impl Bulletin {
    /// How many things it tells.
    fn count(&self) -> u64 {
        self.items.len() as u64 + self.rest
    }

    /// What a mail is about.
    pub fn subject(&self) -> String {
        match self.items.as_slice() {
            [only] if self.rest == 0 => clean(only.sentence.trim_end_matches('.'), 150),
            _ => format!("{} messages about integrations", thousands(self.count())),
        }
    }

    /// Why it came.
    fn closing(&self) -> String {
        format!("It came through the channel \"{}\" of notifications.", clean(&self.channel, 100))
    }

    fn more(&self) -> Option<String> {
        (self.rest > 0).then(|| format!("And {} more.", thousands(self.rest)))
    }

    /// The plain text of a mail. Each line of it is ours: what comes from a tool is one line and has no control characters.
    pub fn text(&self) -> String {
        let mut lines = vec![];
        for item in &self.items {
            lines.push(clean(&item.sentence, LONGEST));
            let rest = [&item.reason, &item.next].into_iter().filter(|text| !text.is_empty());
            lines.extend(rest.map(|text| format!("    {}", clean(text, LONGEST))));
            lines.push(format!("    {}", clean(&item.url, 1_000)));
            lines.push(format!("    {}", clean(&item.when, 100)));
            lines.push(String::new());
        }
        lines.extend(self.more());
        lines.push(self.closing());
        lines.push(format!("    {}", clean(&self.settings, 1_000)));
        lines.push(String::new());
        lines.join("\r\n")
    }

    /// The HTML of a mail: no style, no picture, no script, and everything that is not ours escaped.
    pub(crate) fn html(&self) -> String {
        let mut page = String::from("<!doctype html><html lang=\"en\"><body><ul>");
        for item in &self.items {
            page.push_str(&format!("<li><b>{}</b>", escaped(&clean(&item.sentence, LONGEST))));
            for text in [&item.reason, &item.next].into_iter().filter(|text| !text.is_empty()) {
                page.push_str(&format!("<br>{}", escaped(&clean(text, LONGEST))));
            }
            page.push_str(&format!(
                "<br>{}<br>{}</li>",
                link(&item.url, "Open it"),
                escaped(&clean(&item.when, 100))
            ));
        }
        page.push_str("</ul><p>");
        if let Some(more) = self.more() {
            page.push_str(&format!("{more} "));
        }
        page.push_str(&escaped(&self.closing()));
        page.push_str(&format!(" {}</p></body></html>", link(&self.settings, "Look after it")));
        page
    }

    /// The body for a chat that takes what Slack takes: a `text` of which nothing calls anybody or hides an address, in Slack or
    /// where Markdown is understood.
    pub fn chat(&self) -> String {
        let mut lines = vec![];
        for item in &self.items {
            lines.push(inert(&item.sentence, LONGEST));
            let rest = [&item.reason, &item.next].into_iter().filter(|text| !text.is_empty());
            lines.extend(rest.map(|text| inert(text, LONGEST)));
            lines.push(address(&item.url));
            lines.push(String::new());
        }
        lines.extend(self.more());
        json!({ "text": lines.join("\n").trim_end() }).to_string()
    }

    /// The body for another program.
    pub fn document(&self, at: Millis) -> String {
        json!({
            "type": "integrations.notification",
            "timestamp": at.rfc3339(),
            "data": { "channel": self.channel, "messages": self.items, "more": self.rest },
        })
        .to_string()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    pub(crate) fn bulletin() -> Bulletin {
        Bulletin {
            items: vec![BulletinItem {
                event: "needs_you".into(),
                integration: "Acme".into(),
                at: "2026-03-04T05:06:07.123Z".into(),
                when: "4 Mar 2026 10:51 (Asia/Kathmandu)".into(),
                sentence: "Acme needs somebody.".into(),
                reason: "The site refused the credential.".into(),
                next: "What to do: change its authentication.".into(),
                url: "https://weir.example/integrations/Acme/monitoring".into(),
            }],
            rest: 0,
            channel: "Operators".into(),
            settings: "https://weir.example/settings/notifications".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::bulletin;
    use weir_model::Millis;

    #[test]
    fn one_message_has_its_own_subject_and_several_are_counted() {
        let mut one = bulletin();
        assert_eq!(one.subject(), "Acme needs somebody");
        one.rest = 1_200;
        assert_eq!(one.subject(), "1,201 messages about integrations");
        assert!(one.text().contains("And 1,200 more.") && one.html().contains("And 1,200 more."));
        for mail in [one.text(), one.html()] {
            assert!(
                mail.contains("4 Mar 2026 10:51 (Asia/Kathmandu)") && !mail.contains("05:06:07"),
                "{mail}"
            );
        }
    }

    #[test]
    fn no_text_of_a_tool_is_markup_a_line_or_a_call_in_a_chat() {
        let mut hostile = bulletin();
        let bad = "\"><img src=x onerror=alert(1)>\r\nBcc: eve@evil.example <!channel> & @all [ok](https://evil.example) *b*";
        hostile.channel = bad.to_owned();
        let item = &mut hostile.items[0];
        for text in [&mut item.sentence, &mut item.reason, &mut item.next] {
            *text = bad.to_owned();
        }
        hostile.items[0].url = "javascript:alert(1)".into();
        let (html, text) = (hostile.html(), hostile.text());
        assert!(!html.contains("<img") && !html.contains("javascript:"), "{html}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
        assert!(!hostile.subject().contains(['\r', '\n']));
        let chat: serde_json::Value = serde_json::from_str(&hostile.chat()).unwrap();
        let chat = chat["text"].as_str().unwrap();
        assert!(chat.contains("&lt;!channel&gt; &amp;") && !chat.contains(['<', '>']), "{chat}");
        assert!(!chat.lines().any(|line| line.starts_with("Bcc")), "{chat}");
        assert!(!chat.contains("@all") && !chat.contains(['[', ']', '*']), "{chat}");
    }

    #[test]
    fn a_document_has_every_message() {
        let text = bulletin().document(Millis(1_772_600_767_123));
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["type"], "integrations.notification");
        assert_eq!(document["timestamp"], "2026-03-04T05:06:07.123Z");
        assert_eq!(document["data"]["messages"][0]["event"], "needs_you");
        assert_eq!(document["data"]["more"], 0);
    }
}
