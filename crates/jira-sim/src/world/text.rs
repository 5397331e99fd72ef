//! Words: names, sentences, and a pool of Atlassian Document Format blocks from which every body is put together.
//! Bodies share blocks, so a world of gigabytes on the wire stays small in memory.

use super::{Flavor, WorldSpec, hostile::HOSTILE, people::Person, wiki};
use crate::json::{self, put};
use crate::rng::Rng;
use crate::time::{DAY, date};

#[rustfmt::skip]
pub(crate) const FIRST_NAMES: &[&str] = &[
    "Ada", "Bruno", "Chidi", "Dalia", "Emre", "Freya", "Gita", "Hugo", "Ines", "Jonas", "Kofi", "Lena", "Mateo",
    "Noor", "Olga", "Priya", "Quinn", "Rosa", "Sven", "Tariq", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoë",
    "Łukasz", "美咲", "Ολίβια",
];
#[rustfmt::skip]
pub(crate) const LAST_NAMES: &[&str] = &[
    "Almeida", "Berg", "Castro", "Dietrich", "Eze", "Fontaine", "Gupta", "Haddad", "Ito", "Jensen", "Kaya", "Lopez",
    "Moreau", "Novak", "O'Brien", "Petrov", "Quispe", "Rossi", "Silva", "Tanaka", "Usman", "Vargas", "Weiss", "Yilmaz",
];
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "the", "service", "queue", "retries", "when", "customer", "invoice", "latency", "token", "expires", "before",
    "release", "and", "dashboard", "shows", "stale", "numbers", "after", "deploy", "pipeline", "should", "reject",
    "empty", "payload", "cache", "warms", "slowly", "under", "load", "mobile", "login", "page", "search", "index",
    "returns", "duplicate", "rows", "for", "archived", "orders", "we", "need", "a", "clear", "error", "message",
    "migration", "keeps", "locks", "too", "long", "export", "job", "fails", "with", "timeout", "on", "large", "tenants",
];
const VERBS: &[&str] =
    &["Fix", "Add", "Remove", "Investigate", "Speed up", "Document", "Refactor", "Support"];

pub(crate) fn words(rng: &mut Rng, count: usize) -> String {
    let mut text = String::new();
    for _ in 0..count {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(rng.pick::<&str>(WORDS));
    }
    text
}

/// One line of an issue; now and then a hostile one.
pub(crate) fn summary(rng: &mut Rng) -> String {
    match rng.below(400) {
        0 => "=HYPERLINK(\"http://example.com\",\"click\")".to_owned(),
        1 => "<script>alert('summary')</script> & more".to_owned(),
        2 => "broken\u{0}byte in the middle".to_owned(),
        3 => "שלום עולם \u{202e}reversed".to_owned(),
        4 => "+1 -2 @SUM(A1:A9), \"quoted\"; and | pipes".to_owned(),
        5 => format!("🚀 ship {} 👩‍💻", words(rng, 3)),
        6 => "  leading and trailing  ".to_owned(),
        _ => {
            let count = 4 + rng.below(7);
            format!("{} {}", rng.pick(VERBS), words(rng, count))
        }
    }
}

/// A node of a document.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Text(String),
    Strong(String),
    Mention {
        id: String,
        text: String,
    },
    Emoji {
        short: &'static str,
        text: Option<&'static str>,
    },
    Status(&'static str),
    Card {
        kind: &'static str,
        url: String,
    },
    Date(i64),
    HardBreak,
    /// A node with content; `attrs` is raw JSON.
    Block {
        kind: &'static str,
        attrs: &'static str,
        content: Vec<Node>,
    },
    /// A block without content: a rule or media.
    Leaf {
        kind: &'static str,
        attrs: &'static str,
    },
}

fn block(kind: &'static str, content: Vec<Node>) -> Node {
    Node::Block { kind, attrs: "", content }
}

fn paragraph(text: impl Into<String>) -> Node {
    block("paragraph", vec![Node::Text(text.into())])
}

impl Node {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Node::Text(text) => {
                put!(out, "{\"type\":\"text\",\"text\":");
                json::string(out, text);
            }
            Node::Strong(text) => {
                put!(out, "{\"type\":\"text\",\"text\":");
                json::string(out, text);
                put!(out, ",\"marks\":[{\"type\":\"strong\"}]");
            }
            Node::Mention { id, text } => {
                put!(out, "{\"type\":\"mention\",\"attrs\":{\"id\":");
                json::string(out, id);
                put!(out, ",\"text\":");
                json::string(out, text);
                put!(out, ",\"accessLevel\":\"\"}");
            }
            Node::Emoji { short, text } => {
                put!(out, "{\"type\":\"emoji\",\"attrs\":{\"shortName\":");
                json::string(out, short);
                if let Some(text) = text {
                    put!(out, ",\"text\":");
                    json::string(out, text);
                }
                put!(out, "}");
            }
            Node::Status(text) => {
                put!(out, "{\"type\":\"status\",\"attrs\":{\"text\":");
                json::string(out, text);
                put!(out, ",\"color\":\"yellow\"}");
            }
            Node::Card { kind, url } => {
                put!(out, "{\"type\":\"", kind, "\",\"attrs\":{\"url\":");
                json::string(out, url);
                put!(out, "}");
            }
            Node::Date(days) => {
                put!(out, "{\"type\":\"date\",\"attrs\":{\"timestamp\":\"");
                json::number(out, days * DAY);
                put!(out, "\"}");
            }
            Node::HardBreak => put!(out, "{\"type\":\"hardBreak\""),
            Node::Block { kind, attrs, content } => {
                put!(out, "{\"type\":\"", kind, "\"");
                if !attrs.is_empty() {
                    put!(out, ",\"attrs\":", attrs);
                }
                put!(out, ",\"content\":");
                json::list(out, content, |out, node| node.write(out));
            }
            Node::Leaf { kind, attrs } => {
                put!(out, "{\"type\":\"", kind, "\"");
                if !attrs.is_empty() {
                    put!(out, ",\"attrs\":", attrs);
                }
            }
        }
        out.push(b'}');
    }
}

/// Collects plain text: a block begins on a line of its own, and lines are neither doubled nor left open at the end.
#[derive(Default)]
struct Plain {
    text: String,
    broken: bool,
}

impl Plain {
    fn say(&mut self, text: &str) {
        if self.broken && !text.is_empty() {
            self.text.push('\n');
            self.broken = false;
        }
        self.text.push_str(text);
    }

    fn edge(&mut self) {
        self.broken = !self.text.is_empty();
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(text) | Node::Strong(text) | Node::Mention { text, .. } => self.say(text),
            Node::Emoji { short, text } => self.say(text.unwrap_or(short)),
            Node::Status(text) => self.say(text),
            Node::Card { kind, url } if *kind == "inlineCard" => self.say(url),
            Node::Card { url, .. } => {
                self.edge();
                self.say(url);
                self.edge();
            }
            Node::Date(days) => self.say(&date(*days)),
            Node::HardBreak => self.say("\n"),
            Node::Block { content, .. } => {
                self.edge();
                content.iter().for_each(|node| self.node(node));
                self.edge();
            }
            Node::Leaf { .. } => self.edge(),
        }
    }
}

/// A ready block: its JSON and its plain text.
#[derive(Debug)]
pub(crate) struct Block {
    /// A node of a document; on Data Center wiki markup, escaped for a string.
    pub(crate) json: Vec<u8>,
    pub(crate) text: String,
}

impl Block {
    fn of(node: &Node) -> Block {
        let mut json = Vec::new();
        node.write(&mut json);
        let mut plain = Plain::default();
        plain.node(node);
        Block { json, text: plain.text }
    }

    fn wiki(node: &Node) -> Block {
        let mut json = Vec::new();
        json::inner(&mut json, &wiki::wiki(node));
        Block { json, text: Block::of(node).text }
    }
}

/// Where a body stands; the word that marks it when canaries are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Description,
    Environment,
    Comment,
    Worklog,
    Custom(u32),
}

/// A document: an own first paragraph, then shared blocks. Without both it is `content: []`.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) place: Place,
    /// The number that makes the first paragraph unlike every other; 0 leaves it out.
    pub(crate) serial: u32,
    pub(crate) blocks: Box<[u16]>,
}

/// The blocks of a world.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) blocks: Vec<Block>,
    /// How many blocks, from the start, are ordinary; the rest are the rare ones.
    pub(crate) ordinary: usize,
    canary: bool,
    hostile: bool,
    wiki: bool,
}

impl Pool {
    pub(crate) fn new(spec: &WorldSpec, people: &[Person]) -> Pool {
        let mut rng = Rng::new(spec.seed, 3);
        let mut nodes: Vec<Node> = (0..160).map(|_| ordinary(&mut rng)).collect();
        let ordinary = nodes.len();
        nodes.extend(rare(people, spec.flavor));
        let wiki = spec.flavor.is_dc();
        let block = if wiki { Block::wiki } else { Block::of };
        Pool {
            blocks: nodes.iter().map(block).collect(),
            ordinary,
            canary: spec.canary,
            hostile: spec.hostile,
            wiki,
        }
    }

    /// The text of a body's own first paragraph.
    pub(crate) fn lead(&self, body: &Body) -> Option<String> {
        let lead = self.plain_lead(body)?;
        Some(if self.hostile { format!("{HOSTILE}{lead}") } else { lead })
    }

    fn plain_lead(&self, body: &Body) -> Option<String> {
        let (place, serial) = (body.place, body.serial);
        let name = match place {
            Place::Description => "description",
            Place::Environment => "environment",
            Place::Comment => "comment",
            Place::Worklog => "worklog",
            Place::Custom(id) => {
                let text = if self.canary {
                    format!("CANARY-customfield_{id}-{serial}")
                } else {
                    format!("Given {serial}")
                };
                return (serial > 0).then_some(text);
            }
        };
        let text = if self.canary {
            format!("CANARY-{name}-{serial}")
        } else {
            format!("Note {serial} on the {name}.")
        };
        (serial > 0).then_some(text)
    }

    /// The plain text of a body.
    pub(crate) fn plain(&self, body: &Body) -> String {
        let mut text = self.lead(body).unwrap_or_default();
        for block in body.blocks.iter().map(|index| &self.blocks[*index as usize]) {
            if !text.is_empty() && !block.text.is_empty() {
                text.push('\n');
            }
            text.push_str(&block.text);
        }
        text
    }

    /// Writes a body as a document.
    pub(crate) fn write(&self, out: &mut Vec<u8>, body: &Body) {
        let lead = self.lead(body);
        if self.wiki {
            return self.write_wiki(out, body, lead.as_deref());
        }
        put!(out, "{\"type\":\"doc\",\"version\":1,\"content\":[");
        if let Some(lead) = &lead {
            put!(out, "{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":");
            json::string(out, lead);
            put!(out, "}]}");
        }
        for (at, index) in body.blocks.iter().enumerate() {
            if at > 0 || lead.is_some() {
                out.push(b',');
            }
            out.extend_from_slice(&self.blocks[*index as usize].json);
        }
        put!(out, "]}");
    }

    /// A body as a string of wiki markup, with an empty line between its blocks.
    fn write_wiki(&self, out: &mut Vec<u8>, body: &Body, lead: Option<&str>) {
        out.push(b'"');
        if let Some(lead) = lead {
            json::inner(out, &wiki::escaped(lead));
        }
        for (at, index) in body.blocks.iter().enumerate() {
            if at > 0 || lead.is_some() {
                put!(out, "\\n\\n");
            }
            out.extend_from_slice(&self.blocks[*index as usize].json);
        }
        out.push(b'"');
    }
}

fn sentence(rng: &mut Rng) -> String {
    let count = 12 + rng.below(22);
    words(rng, count)
}

fn ordinary(rng: &mut Rng) -> Node {
    let item = |rng: &mut Rng| block("listItem", vec![paragraph(sentence(rng))]);
    match rng.below(10) {
        0 => {
            Node::Block { kind: "heading", attrs: "{\"level\":2}", content: vec![Node::Text(words(rng, 4))] }
        }
        1 | 2 => block("bulletList", (0..3).map(|_| item(rng)).collect()),
        3 => block("orderedList", (0..2).map(|_| item(rng)).collect()),
        4 => Node::Block {
            kind: "codeBlock",
            attrs: "{\"language\":\"rust\"}",
            content: vec![Node::Text(format!("let x = 1;\n// {}", words(rng, 6)))],
        },
        5 => block(
            "paragraph",
            vec![
                Node::Text(sentence(rng) + " "),
                Node::Strong(words(rng, 3)),
                Node::Text(" ".to_owned() + &sentence(rng)),
            ],
        ),
        _ => paragraph(sentence(rng) + ". " + &sentence(rng)),
    }
}

/// Blocks that break careless readers: every inline node, tables, panels, right-to-left text, NUL, markup, formulas.
fn rare(people: &[Person], flavor: Flavor) -> Vec<Node> {
    let someone = &people[people.len() / 2];
    let mention = match flavor {
        Flavor::Cloud => Node::Mention {
            id: someone.account_id.clone(),
            text: format!("@{}", someone.name.as_deref().unwrap_or("someone")),
        },
        Flavor::DataCenter(_) => {
            Node::Mention { id: someone.login.clone(), text: format!("@{}", someone.login) }
        }
    };
    let cell = |kind, text: &str| block(kind, vec![paragraph(text)]);
    vec![
        block("paragraph", vec![Node::Text("Ask ".into()), mention, Node::Text(" about it".into())]),
        block(
            "paragraph",
            vec![
                Node::Emoji { short: ":tada:", text: Some("🎉") },
                Node::Text(" then ".into()),
                Node::Emoji { short: ":custom-parrot:", text: None },
            ],
        ),
        block("paragraph", vec![Node::Status("BLOCKED"), Node::Text(" until ".into()), Node::Date(20_500)]),
        block(
            "paragraph",
            vec![Node::Text("first line".into()), Node::HardBreak, Node::Text("second line".into())],
        ),
        block(
            "paragraph",
            vec![
                Node::Text("see ".into()),
                Node::Card { kind: "inlineCard", url: "https://example.com/doc?a=1&b=2".into() },
            ],
        ),
        Node::Card { kind: "blockCard", url: "https://example.com/board".into() },
        block(
            "table",
            vec![
                block("tableRow", vec![cell("tableHeader", "Name"), cell("tableHeader", "Value")]),
                block("tableRow", vec![cell("tableCell", "retries"), cell("tableCell", "5, \"five\"")]),
            ],
        ),
        Node::Block {
            kind: "panel",
            attrs: "{\"panelType\":\"warning\"}",
            content: vec![paragraph("Mind the gap")],
        },
        block("blockquote", vec![paragraph("It worked yesterday"), paragraph("and today it does not")]),
        Node::Leaf { kind: "rule", attrs: "" },
        Node::Block {
            kind: "mediaSingle",
            attrs: "{\"layout\":\"center\"}",
            content: vec![Node::Leaf {
                kind: "media",
                attrs: "{\"id\":\"6e7c7f2c-dd7a-499c-bceb-6f32bfbf30b5\",\"type\":\"file\",\"collection\":\"\"}",
            }],
        },
        block(
            "bulletList",
            vec![block(
                "listItem",
                vec![
                    paragraph("outer"),
                    block("bulletList", vec![block("listItem", vec![paragraph("inner")])]),
                ],
            )],
        ),
        paragraph("nul \u{0} inside"),
        paragraph("<script>alert(1)</script><img src=x onerror=alert(2)> &amp; {{7*7}}"),
        paragraph("=cmd|' /C calc'!A0, +1, -1, @sum"),
        paragraph("مرحبا بالعالم \u{202e}drawkcab\u{202c} שלום 👨‍👩‍👧‍👦 e\u{301}"),
        Node::Block {
            kind: "expand",
            attrs: "{\"title\":\"More\"}",
            content: vec![paragraph("hidden\ttabbed  double  spaces")],
        },
        // The last one is for the few issues that carry it.
        paragraph(longest()),
    ]
}

/// A text of exactly the greatest length that Jira keeps.
fn longest() -> String {
    let mut text = "long text ".repeat(3277);
    text.truncate(32_767);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(node: &Node) -> String {
        Block::of(node).text
    }

    #[test]
    fn blocks_end_lines_and_nothing_doubles_them() {
        let list =
            block("listItem", vec![paragraph("a"), Node::Leaf { kind: "rule", attrs: "" }, paragraph("b")]);
        assert_eq!(
            text_of(&block("bulletList", vec![list, block("listItem", vec![paragraph("c")])])),
            "a\nb\nc"
        );
        let broken = vec![Node::Text("x".into()), Node::HardBreak, Node::Text("y".into())];
        assert_eq!(text_of(&block("paragraph", broken)), "x\ny");
    }

    #[test]
    fn inline_nodes_become_what_a_reader_sees() {
        let nodes = vec![
            Node::Emoji { short: ":a:", text: None },
            Node::Date(0),
            Node::Card { kind: "inlineCard", url: "u".into() },
        ];
        assert_eq!(text_of(&block("paragraph", nodes)), ":a:1970-01-01u");
    }

    #[test]
    fn the_longest_text_is_as_long_as_jira_allows() {
        assert_eq!(longest().len(), 32_767);
    }
}
