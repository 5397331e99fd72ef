//! The document as nodes that know where they stand.
//!
//! A value stays the text that was written: whether `0123`, `no` or `12:30` is a number, a switch or a password is for whoever
//! knows the key. Aliases are followed within a budget. Nothing here can be printed, since any text may be a secret.

use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, Span, Tag};
use std::{borrow::Cow, collections::HashMap};
use weir_model::SatelliteFault;
use zeroize::Zeroizing;

/// How much a document may hold once its aliases are followed: bytes of text, and [`NODE`] for each node.
const BUDGET: usize = 4 * 1024 * 1024;

/// What a node costs besides its text.
const NODE: usize = 128;

/// How deep blocks may stand in blocks.
const DEPTH: usize = 24;

/// A line and a character in it, both from 1 on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    /// Where a file begins.
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// Where the next character after a text stands.
    pub(super) fn after(text: &str) -> Self {
        let line = text.rsplit('\n').next().unwrap_or_default();
        Self { line: text.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }

    fn of(span: &Span) -> Self {
        Self::at(&span.start)
    }

    fn at(marker: &Marker) -> Self {
        Self { line: marker.line().max(1), column: marker.col() + 1 }
    }
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) content: Content,
}

#[derive(Clone)]
pub(super) enum Content {
    Scalar { text: Zeroizing<String>, style: Style },
    List(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// How a text was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotation marks: it may mean nothing at all.
    Plain,
    /// In some other way: it is what it says.
    Quoted,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: Zeroizing<String>,
    pub(super) key_place: Place,
    pub(super) value: Node,
}

impl Node {
    /// Whether nothing was written, or a word for nothing.
    pub(super) fn is_blank(&self) -> bool {
        let Content::Scalar { text, style } = &self.content else { return false };
        let is_null = matches!(text.as_str(), "~" | "null" | "Null" | "NULL");
        text.trim().is_empty() || (*style == Style::Plain && is_null)
    }

    fn cost(&self) -> usize {
        NODE + match &self.content {
            Content::Scalar { text, .. } => text.len(),
            Content::List(nodes) => nodes.iter().map(Self::cost).sum(),
            Content::Mapping(entries) => {
                entries.iter().map(|entry| NODE + entry.key.len() + entry.value.cost()).sum()
            }
        }
    }
}

/// Why there is no tree.
pub(super) type Refused = (Place, SatelliteFault);

/// Reads a text that is one document; `None` where it holds nothing.
pub(super) fn grow(text: &str) -> Result<Option<Node>, Refused> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut tree = Tree::default();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| refusal(&error, text))?;
        tree.take(event, &span)?;
    }
    Ok(tree.root)
}

/// A list or a mapping that has not come to its end.
struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value comes next.
    key: Option<(Zeroizing<String>, Place)>,
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchored: HashMap<usize, Node>,
    root: Option<Node>,
    spent: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Refused> {
        let place = Place::of(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                known(tag.as_ref(), span)?;
                let style = if is_plain { Style::Plain } else { Style::Quoted };
                let text = Zeroizing::new(text.into_owned());
                self.close(Node { place, content: Content::Scalar { text, style } }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => self.begin(span, Content::List(vec![]), anchor, tag),
            Event::MappingStart(_, anchor, tag) => self.begin(span, Content::Mapping(vec![]), anchor, tag),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(id) => {
                // One that stands within what it names has no end.
                let Some(named) = self.anchored.get(&id) else {
                    return Err((place, SatelliteFault::Bulk {}));
                };
                let cost = named.cost();
                let copy = Node { place, ..named.clone() };
                self.spend(cost, place)?;
                self.put(copy)
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                Err((place, SatelliteFault::SecondDocument {}))
            }
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        span: &Span,
        content: Content,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
    ) -> Result<(), Refused> {
        known(tag.as_ref(), span)?;
        let place = Place::of(span);
        if self.open.len() == DEPTH {
            return Err((place, SatelliteFault::Deep {}));
        }
        self.open.push(Open { node: Node { place, content }, anchor, key: None });
        Ok(())
    }

    /// Puts a whole node where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Refused> {
        // What stands in a list or a mapping was paid for when it was closed; copies are paid for anew.
        let is_scalar = matches!(node.content, Content::Scalar { .. });
        self.spend(if is_scalar { node.cost() } else { NODE }, node.place)?;
        if anchor != 0 {
            self.spend(node.cost(), node.place)?;
            self.anchored.insert(anchor, node.clone());
        }
        self.put(node)
    }

    fn put(&mut self, node: Node) -> Result<(), Refused> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.content, open.key.take()) {
            (Content::List(nodes), _) => nodes.push(node),
            (Content::Mapping(entries), Some((key, key_place))) => {
                entries.push(Entry { key, key_place, value: node });
            }
            (Content::Mapping(_), None) => match node.content {
                Content::Scalar { text, .. } => open.key = Some((text, node.place)),
                _ => return Err((node.place, SatelliteFault::KeyKind {})),
            },
            (Content::Scalar { .. }, _) => {}
        }
        Ok(())
    }

    fn spend(&mut self, cost: usize, place: Place) -> Result<(), Refused> {
        self.spent += cost;
        if self.spent > BUDGET { Err((place, SatelliteFault::Bulk {})) } else { Ok(()) }
    }
}

/// Refuses tags that give a value another meaning than YAML itself.
fn known(tag: Option<&Cow<'_, Tag>>, span: &Span) -> Result<(), Refused> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            let start = span.tag_start().unwrap_or(span.start);
            Err((Place::at(&start), SatelliteFault::Tag {}))
        }
        _ => Ok(()),
    }
}

fn refusal(error: &ScanError, text: &str) -> Refused {
    let (place, fault) = (Place::at(error.marker()), fault(error.kind()));
    // A parser may take a tab for what it is one line later.
    let tab = [place.line, place.line.saturating_sub(1)].into_iter().find_map(|line| {
        let text = text.lines().nth(line.checked_sub(1)?)?;
        let column = 1 + text.chars().take_while(|c| c.is_whitespace()).position(|c| c == '\t')?;
        Some(Place { line, column })
    });
    match (tab, &fault) {
        (Some(tab), SatelliteFault::Yaml { .. } | SatelliteFault::Tab {}) => (tab, SatelliteFault::Tab {}),
        _ => (place, fault),
    }
}

/// What a parser did not like, in words that quote nothing of the file.
fn fault(kind: &ErrorKind) -> SatelliteFault {
    use ErrorKind as Kind;
    let detail = match kind {
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInIndentation
        | Kind::TabInPlainScalar => return SatelliteFault::Tab {},
        Kind::RecursionLimitExceeded => return SatelliteFault::Deep {},
        Kind::UndeclaredTagHandle => return SatelliteFault::Tag {},
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey | Kind::ExpectedBlockMappingKey => {
            "A line here is no \"key: value\"; a colon with a blank after it may be missing, or the indentation is another than that of the lines around it"
        }
        Kind::MappingValueNotAllowed | Kind::MappingKeyNotAllowed | Kind::InvalidColonPlacement => {
            "A \"key: value\" stands where none can be; the indentation may be another than that of the lines around it, or a value with a colon needs ' around it"
        }
        Kind::InvalidIndentation | Kind::InvalidBlockScalarIndent | Kind::InvalidQuotedScalarIndent => {
            "The indentation is another than that of the lines around it"
        }
        Kind::ExpectedBlockSequenceEntry
        | Kind::BlockSequenceEntryNotAllowed
        | Kind::BlockEntryInFlowCollection
        | Kind::InvalidBlockEntryWhitespace => {
            "A dash of a list stands where none can be; check the indentation"
        }
        Kind::UnclosedQuotedScalar => "A quotation mark is not closed",
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            "Something stands behind the closing quotation mark; a ' within '…' is written twice"
        }
        Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidLowSurrogateHexEscape
        | Kind::InvalidLowSurrogate
        | Kind::MissingLowSurrogate
        | Kind::UnpairedLowSurrogate
        | Kind::InvalidUnicodeEscape => {
            "A \\ within \"…\" begins an escape, and this is none; use ' in its place, where a \\ is a \\"
        }
        Kind::UnclosedFlowCollection { .. }
        | Kind::MisplacedFlowCollectionEnd
        | Kind::MismatchedFlowCollectionEnd { .. }
        | Kind::ExpectedFlowMappingSeparator
        | Kind::ExpectedFlowSequenceSeparator
        | Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping => {
            "A bracket is not closed, or a comma is missing; a value that begins with [ or { needs ' around it"
        }
        Kind::UnexpectedCharacter { .. } | Kind::MissingAnchorOrAliasName | Kind::UnknownAnchor => {
            "A value cannot begin with this character; it needs ' around it"
        }
        _ => "This is not written as YAML is",
    };
    SatelliteFault::Yaml { detail: detail.to_owned() }
}
