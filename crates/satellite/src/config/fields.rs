//! A mapping whose keys are known: what is missing, misspelt, twice there or of another kind is found once, and by its place.

use super::{
    finding::Findings,
    tree::{Content, Entry, Node, Place},
};
use std::collections::HashMap;
use weir_model::SatelliteFault;

/// A text of the file.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// Without what is blank around it.
    pub(super) text: &'a str,
    /// As it was written.
    pub(super) raw: &'a str,
    pub(super) place: Place,
}

/// Keys that keep something back, or change what is read, and where they belong: in another place nobody would heed them.
const ELSEWHERE: [(&str, &str); 4] = [
    ("sensitive_fields", "metadata of an integration"),
    ("timezone", "metadata of an integration"),
    ("metadata", "an integration"),
    ("allow_unsafe_ssl", "jira, at the beginning of a line"),
];

/// The entries of a mapping that say something.
pub(super) struct Fields<'a> {
    pub(super) path: String,
    pub(super) place: Place,
    entries: HashMap<&'a str, &'a Entry>,
}

impl<'a> Fields<'a> {
    /// The entries of a node; `None` where it is no mapping, which was found then. Keys that are not `known` are found too; without a
    /// list all are let pass.
    pub(super) fn of(
        node: &'a Node,
        path: &str,
        known: Option<&[&str]>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let Content::Mapping(list) = &node.content else {
            findings.error(path, node.place, kind(path, "a block of keys", &node.content));
            return None;
        };
        let mut fields = Self { path: path.to_owned(), place: node.place, entries: HashMap::new() };
        let mut lines: HashMap<&str, usize> = HashMap::new();
        for entry in list {
            let key = entry.key.as_str();
            if let Some(line) = lines.insert(key, entry.key_place.line) {
                let fault = SatelliteFault::KeyTwice { key: told(key).to_owned(), line: line as u64 };
                findings.error(&fields.at(told(key)), entry.key_place, fault);
                continue;
            }
            if let Some(known) = known.filter(|known| !known.contains(&key)) {
                fields.unknown(entry, known, findings);
            } else if !entry.value.is_blank() {
                fields.entries.insert(key, entry);
            }
        }
        Some(fields)
    }

    fn unknown(&self, entry: &Entry, known: &[&str], findings: &mut Findings) {
        let key = told(&entry.key).to_owned();
        let at = self.at(&key);
        if let Some((_, home)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == entry.key.as_str()) {
            let home = (*home).to_owned();
            findings.error(&at, entry.key_place, SatelliteFault::KeyElsewhere { key, home });
            return;
        }
        match nearest(&entry.key, known) {
            // To pass over it might send what was to be left out.
            Some(near) => {
                findings.error(&at, entry.key_place, SatelliteFault::KeyNear { key, near: near.to_owned() });
            }
            None => findings.warning(&at, entry.key_place, SatelliteFault::KeyUnknown { key }),
        }
    }

    /// The path of one of its keys.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Whether none of its keys says anything.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Where the value of a key stands, or else the mapping.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.node(key).map_or(self.place, |node| node.place)
    }

    /// A text, where there is one that can be meant.
    pub(super) fn text(&self, key: &str, findings: &mut Findings) -> Option<Text<'a>> {
        let node = self.node(key)?;
        text_of(node, &self.at(key), key, findings)
    }

    /// A text that has to be there.
    pub(super) fn needed(&self, key: &str, holds: &str, findings: &mut Findings) -> Option<Text<'a>> {
        if !self.has(key) {
            self.missing(key, holds, findings);
        }
        self.text(key, findings)
    }

    pub(super) fn missing(&self, key: &str, holds: &str, findings: &mut Findings) {
        let fault = SatelliteFault::Missing { key: key.to_owned(), holds: holds.to_owned() };
        findings.error(&self.at(key), self.place, fault);
    }

    /// A switch; off where it is not there.
    pub(super) fn switch(&self, key: &str, findings: &mut Findings) -> bool {
        let Some(Text { text, place, .. }) = self.text(key, findings) else { return false };
        // What YAML 1.1 takes for one, since files in the field were written for it.
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => true,
            "false" | "no" | "off" | "n" => false,
            _ => {
                findings.error(&self.at(key), place, SatelliteFault::Boolean { key: key.to_owned() });
                false
            }
        }
    }
}

/// A text, unless it is of another kind or nobody has filled it in.
pub(super) fn text_of<'a>(
    node: &'a Node,
    path: &str,
    key: &str,
    findings: &mut Findings,
) -> Option<Text<'a>> {
    let Content::Scalar { text, .. } = &node.content else {
        findings.error(path, node.place, kind(key, "one value", &node.content));
        return None;
    };
    let (raw, text) = (text.as_str(), text.trim());
    if is_placeholder(text) {
        findings.error(path, node.place, SatelliteFault::Placeholder { key: key.to_owned() });
        return None;
    }
    let is_printed =
        text.starts_with(['“', '”', '„', '‘', '’', '«']) && text.ends_with(['“', '”', '‘', '’', '»']);
    if is_printed {
        findings.warning(path, node.place, SatelliteFault::Quotes { key: key.to_owned() });
    }
    Some(Text { text, raw, place: node.place })
}

/// Whether this is what a sample has in the place of a value: `<ACCOUNT_NAME>`.
fn is_placeholder(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    inner.is_some_and(|inner| {
        !inner.is_empty() && inner.chars().all(|c| c.is_ascii_uppercase() || matches!(c, '_' | '-' | ' '))
    })
}

fn kind(key: &str, wanted: &str, found: &Content) -> SatelliteFault {
    let found = match found {
        Content::Scalar { .. } => "one value",
        Content::List(_) => "a list",
        Content::Mapping(_) => "a block of keys",
    };
    let key = if key.is_empty() { "The file" } else { key };
    SatelliteFault::Kind { key: key.to_owned(), wanted: wanted.to_owned(), found: found.to_owned() }
}

/// The word that was probably meant.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > 60 {
        return None;
    }
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', '.', ' '], "");
    let word = plain(word);
    let distance = |known: &str| strsim::osa_distance(&word, &plain(known));
    let (distance, near) = known.iter().map(|known| (distance(known), *known)).min()?;
    // A short word is near to any other.
    let most = if word.len() < 4 { 0 } else { 1 + word.len() / 8 };
    (distance <= most).then_some(near)
}

/// A key as it may be told.
fn told(key: &str) -> &str {
    if is_word(key) { key } else { "(a key)" }
}

/// A text as it may be told: in quotation marks, or `otherwise`.
pub(super) fn quoted(text: &str, otherwise: &str) -> String {
    if is_word(text) { format!("\"{text}\"") } else { otherwise.to_owned() }
}

/// Whether a text is letters, as words of a file are. Anything else could be a secret in the wrong place.
fn is_word(text: &str) -> bool {
    let is_of_words = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | '.' | '/');
    !text.is_empty() && text.len() <= 40 && text.chars().all(is_of_words)
}
