//! Rich text as it comes: plain, or a document of the Atlassian Document Format.
//!
//! The format grows new types over time, and texts are hostile: whatever has another shape than documented counts as
//! absent, and documents of any depth are taken.

use super::Text;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// Nodes within each other that are read at once; `serde_json` takes 128 levels, and each node is two.
const DEPTH: usize = 40;

/// A rich text.
#[derive(Debug)]
pub(in crate::jira) enum Rich<'a> {
    Plain(Text<'a>),
    Document(Node<'a>),
    /// Neither.
    Other,
}

/// A node of a document.
#[derive(Debug, Default)]
pub(in crate::jira) struct Node<'a> {
    pub(in crate::jira) kind: Option<Text<'a>>,
    pub(in crate::jira) text: Option<Text<'a>>,
    pub(in crate::jira) attrs: Option<&'a RawValue>,
    pub(in crate::jira) content: Nodes<'a>,
}

/// What stands inside a node.
#[derive(Debug)]
pub(in crate::jira) enum Nodes<'a> {
    Read(Vec<Node<'a>>),
    /// Too deep to be read at once.
    Deeper(&'a RawValue),
}

impl Default for Nodes<'_> {
    fn default() -> Self {
        Self::Read(Vec::new())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Rich<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RichVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Nodes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        NodesAt(DEPTH).deserialize(deserializer).map(Self::Read)
    }
}

/// The scalars that a visitor takes for something absent.
macro_rules! scalars_are {
    ($absent:expr) => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok($absent)
        }
    };
}

fn pass_over<'de, S: SeqAccess<'de>>(mut seq: S) -> Result<(), S::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

struct RichVisitor;

impl<'de> Visitor<'de> for RichVisitor {
    type Value = Rich<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document or a text")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Rich::Plain(Text(text.into())))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Rich::Plain(Text(text.to_owned().into())))
    }
    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        NodeAt(DEPTH).visit_map(map).map(Rich::Document)
    }
    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
        pass_over(seq).map(|()| Rich::Other)
    }
    scalars_are!(Rich::Other);
}

/// Reads a node below which so many may still be read.
#[derive(Clone, Copy)]
struct NodeAt(usize);

impl<'de> DeserializeSeed<'de> for NodeAt {
    type Value = Node<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeAt {
    type Value = Node<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a node")
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut node = Node::default();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match &*name {
                "type" => node.kind = map.next_value::<Loose<'de>>()?.0,
                "text" => node.text = map.next_value::<Loose<'de>>()?.0,
                "attrs" => node.attrs = Some(map.next_value()?),
                "content" if self.0 == 0 => node.content = Nodes::Deeper(map.next_value()?),
                "content" => node.content = Nodes::Read(map.next_value_seed(NodesAt(self.0 - 1))?),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(node)
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Node::default())
    }
    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
        pass_over(seq).map(|()| Node::default())
    }
    scalars_are!(Node::default());
}

/// Reads nodes below which so many may still be read.
struct NodesAt(usize);

impl<'de> DeserializeSeed<'de> for NodesAt {
    type Value = Vec<Node<'de>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodesAt {
    type Value = Vec<Node<'de>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of nodes")
    }
    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element_seed(NodeAt(self.0))? {
            nodes.push(node);
        }
        Ok(nodes)
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Vec::new())
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
    scalars_are!(Vec::new());
}

/// A text, or nothing in place of anything else.
struct Loose<'a>(Option<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LooseVisitor;
        impl<'de> Visitor<'de> for LooseVisitor {
            type Value = Loose<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Loose(Some(Text(text.into()))))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Loose(Some(Text(text.to_owned().into()))))
            }
            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
                pass_over(seq).map(|()| Loose(None))
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }
            scalars_are!(Loose(None));
        }
        deserializer.deserialize_any(LooseVisitor)
    }
}
