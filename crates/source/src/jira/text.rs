//! Plain text of rich text.
//!
//! Jira Cloud writes the Atlassian Document Format, a tree of typed nodes that grows new types over time; so the tree
//! is walked generically. Text stands verbatim; mentions, statuses and emoji give their `attrs.text`, cards their
//! address, dates their day; a hard break and the end of every block end a line. No blank lines are made.

use super::wire::{self, Node, Nodes, Rich, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

/// How often a document may be too deep to be read at once before its rest is no longer walked: the walk needs a
/// bounded stack.
const DEEPER: usize = 10;

/// Who may be named in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Names {
    /// As the text has them.
    #[default]
    Kept,
    /// Replaced by the person's id.
    Replaced,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attrs<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow, rename = "shortName")]
    short_name: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

/// Plain text of rich text; `None` where there is none.
pub(super) fn plain(rich: &Rich<'_>, names: Names) -> Option<String> {
    match rich {
        Rich::Plain(text) => Some(text.to_string()),
        Rich::Document(node) => {
            let mut out = Lines { text: String::new(), broken: false, names, deeper: DEEPER };
            out.node(node);
            Some(out.text)
        }
        Rich::Other => None,
    }
}

/// Words of a text, separated by white space.
pub(super) fn words(text: &str) -> i64 {
    if !text.is_ascii() {
        return text.split_whitespace().count() as i64;
    }
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let starts = text.as_bytes().windows(2).filter(|pair| is_space(&pair[0]) && !is_space(&pair[1])).count();
    starts as i64 + i64::from(text.as_bytes().first().is_some_and(|first| !is_space(first)))
}

struct Lines {
    text: String,
    broken: bool,
    names: Names,
    deeper: usize,
}

impl Lines {
    fn node(&mut self, node: &Node<'_>) {
        let kind = node.kind.as_deref().unwrap_or_default();
        match kind {
            "text" => self.push(node.text.as_deref().unwrap_or_default()),
            "hardBreak" => self.push("\n"),
            "mention" | "status" | "emoji" | "placeholder" | "date" | "inlineCard" | "mediaInline"
            | "inlineExtension" => {
                self.leaf(kind, node.attrs);
            }
            _ => {
                self.end_line();
                self.leaf(kind, node.attrs.filter(|_| matches!(kind, "blockCard" | "embedCard")));
                if let Some(text) = &node.text {
                    self.push(text);
                }
                self.nodes(&node.content);
                self.end_line();
            }
        }
    }

    fn nodes(&mut self, nodes: &Nodes<'_>) {
        match nodes {
            Nodes::Read(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Nodes::Deeper(raw) if self.deeper > 0 => {
                self.deeper -= 1;
                if let Ok(nodes) = wire::read::<Nodes<'_>>(raw.get()) {
                    self.nodes(&nodes);
                }
                self.deeper += 1;
            }
            // What is a name is not known here: where none may be kept, nothing is.
            Nodes::Deeper(raw) if self.names == Names::Kept => self.push(&texts_only(raw.get())),
            Nodes::Deeper(_) => {}
        }
    }

    fn leaf(&mut self, kind: &str, attrs: Option<&RawValue>) {
        let Some(attrs) = attrs.and_then(|raw| wire::read::<Attrs<'_>>(raw.get()).ok()) else { return };
        if kind == "mention" && self.names == Names::Replaced {
            self.push("@");
            self.push(attrs.id.map(|id| id.get().trim_matches('"')).unwrap_or_default());
        } else if kind == "date" {
            self.push(&attrs.timestamp.and_then(day).unwrap_or_default());
        } else if let Some(text) = attrs.text.or(attrs.short_name).or(attrs.url) {
            self.push(&text);
        }
    }

    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.broken) {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    fn end_line(&mut self) {
        self.broken = !self.text.is_empty();
    }
}

/// The day of a date node, whose time stamp is in milliseconds, as text or as a number.
fn day(raw: &RawValue) -> Option<String> {
    let millis: i64 = raw.get().trim_matches('"').parse().ok()?;
    Some(weir_model::Millis(millis).rfc3339().chars().take(10).collect())
}

/// Every `"text": "…"` of a document that is nested too deep to be walked.
fn texts_only(json: &str) -> String {
    let mut out = String::new();
    for (at, _) in json.match_indices("\"text\"") {
        let rest = json[at + 6..].trim_start();
        let Some(value) = rest.strip_prefix(':').map(str::trim_start).filter(|value| value.starts_with('"'))
        else {
            continue;
        };
        if let Some(Ok(text)) = serde_json::Deserializer::from_str(value).into_iter::<String>().next() {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&text);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, text: Option<&str>) {
        assert_eq!(plain(&wire::read(json).unwrap(), Names::Kept).as_deref(), text, "{json}");
    }

    fn paragraph(content: &str) -> String {
        format!(r#"{{"type":"doc","version":1,"content":[{{"type":"paragraph","content":[{content}]}}]}}"#)
    }

    fn quoted(times: usize, inner: &str) -> String {
        let (open, close) = (r#"{"type":"blockquote","content":["#, "]}");
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    }

    #[test]
    fn blocks_end_lines_and_make_no_blank_ones() {
        check(
            r#"{"type":"doc","version":1,"content":[
                {"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"Title"}]},
                {"type":"paragraph"},
                {"content":[{"text":"a ","type":"text"},{"text":"b","type":"text","marks":[{"type":"strong"}]}],"type":"paragraph"},
                {"type":"bulletList","content":[
                    {"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"}]}]},
                    {"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"two"}]}]}]},
                {"type":"rule"},
                {"type":"aTypeOfNextYear","content":[{"type":"text","text":"kept"}]}]}"#,
            Some("Title\na b\none\ntwo\nkept"),
        );
    }

    #[test]
    fn inline_nodes_give_what_a_reader_sees() {
        check(
            &paragraph(r#"{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"b"}"#),
            Some("a\nb"),
        );
        check(
            &paragraph(r#"{"type":"mention","attrs":{"id":"712020:x","text":"@Hana Quispe"}}"#),
            Some("@Hana Quispe"),
        );
        check(&paragraph(r#"{"type":"emoji","attrs":{"shortName":":tada:"}}"#), Some(":tada:"));
        check(
            &paragraph(r#"{"type":"inlineCard","attrs":{"url":"https://acme.example/1"}}"#),
            Some("https://acme.example/1"),
        );
        check(&paragraph(r#"{"type":"date","attrs":{"timestamp":"1772600767123"}}"#), Some("2026-03-04"));
        check(&paragraph(r#"{"type":"status","attrs":{"text":"DONE","color":"green"}}"#), Some("DONE"));
    }

    #[test]
    fn an_empty_document_is_not_a_missing_one() {
        check(r#"{"type":"doc","version":1,"content":[]}"#, Some(""));
        check("null", None);
        check(r#""wiki *text*""#, Some("wiki *text*"));
        check(r#""""#, Some(""));
    }

    #[test]
    fn a_left_out_name_leaves_the_persons_id() {
        let mention = r#"{"type":"mention","attrs":{"id":"712020:x","text":"@Hana"}}"#;
        let replaced = |json: &str| plain(&wire::read(json).unwrap(), Names::Replaced);
        assert_eq!(replaced(&paragraph(mention)).as_deref(), Some("@712020:x"));
        assert_eq!(replaced(&quoted(300, mention)).as_deref(), Some("@712020:x"));
        assert_eq!(replaced(&quoted(10_000, mention)).as_deref(), Some(""));
    }

    #[test]
    fn what_has_another_shape_counts_as_absent() {
        check(
            r#"{"type":7,"text":{"a":[1]},"content":[1,"x",[2],null,{"type":"text","text":["x"]}]}"#,
            Some(""),
        );
        check(r#"{"type":"doc","content":{"a":1}}"#, Some(""));
        for other in ["7", "true", "[1,[2]]", "1.5", "-1"] {
            check(other, None);
        }
    }

    #[test]
    fn a_document_of_any_depth_keeps_its_text() {
        for depth in [39, 40, 41, 82, 439, 440, 441, 20_000] {
            check(&quoted(depth, r#"{"type":"text","text":"deep \"down\""}"#), Some("deep \"down\""));
        }
    }

    #[test]
    fn words_are_what_white_space_separates() {
        assert_eq!(words(""), 0);
        assert_eq!(words(" a  b\nc\u{a0}d "), 4);
    }
}
