//! What an attribute is (RFC 7643 §7), and those that every resource has (§3.1).

use serde_json::{Value, json};

/// What kind of values there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A moment.
    DateTime,
    /// An address.
    Reference,
    /// Bytes, as base64.
    Binary,
    /// An object.
    Complex,
}

/// Who may change it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutability {
    /// Clients.
    ReadWrite,
    /// This server alone.
    ReadOnly,
    /// Clients, once.
    Immutable,
}

/// When it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Returned {
    /// Whatever is asked for.
    Always,
    /// Unless something else is asked for.
    Default,
}

/// An attribute.
#[derive(Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What kind of values it has.
    pub kind: Type,
    /// Whether it has several.
    pub multi_valued: bool,
    /// Whether it must be there.
    pub required: bool,
    /// Whether case means something when it is compared.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is shown.
    pub returned: Returned,
    /// Whether no two resources may have the same value.
    pub unique: bool,
    /// What it may refer to.
    pub references: &'static [&'static str],
    /// Values that it usually has.
    pub canonical: &'static [&'static str],
    /// What an object of it has.
    pub parts: Vec<Attribute>,
    /// What it is, for people.
    pub description: &'static str,
}

impl Attribute {
    /// A text that clients may change.
    pub(super) fn text(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            kind: Type::String,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            unique: false,
            references: &[],
            canonical: &[],
            parts: vec![],
            description,
        }
    }

    pub(super) fn flag(name: &'static str, description: &'static str) -> Self {
        Self { kind: Type::Boolean, ..Self::text(name, description) }
    }

    pub(super) fn moment(name: &'static str, description: &'static str) -> Self {
        Self { kind: Type::DateTime, ..Self::text(name, description) }
    }

    pub(super) fn reference(
        name: &'static str,
        references: &'static [&'static str],
        description: &'static str,
    ) -> Self {
        Self { kind: Type::Reference, case_exact: true, references, ..Self::text(name, description) }
    }

    pub(super) fn binary(name: &'static str, description: &'static str) -> Self {
        Self { kind: Type::Binary, case_exact: true, ..Self::text(name, description) }
    }

    pub(super) fn complex(name: &'static str, description: &'static str, parts: Vec<Self>) -> Self {
        Self { kind: Type::Complex, parts, ..Self::text(name, description) }
    }

    pub(super) fn several(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    pub(super) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    pub(super) fn read_only(self) -> Self {
        let parts = self.parts.into_iter().map(Self::read_only).collect();
        Self { mutability: Mutability::ReadOnly, parts, ..self }
    }

    pub(super) fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    pub(super) fn always(self) -> Self {
        Self { returned: Returned::Always, ..self }
    }

    pub(super) fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    pub(super) fn usually(self, canonical: &'static [&'static str]) -> Self {
        Self { canonical, ..self }
    }

    /// A part by its name, in whatever case.
    pub fn part(&self, name: &str) -> Option<&Self> {
        self.parts.iter().find(|one| one.name.eq_ignore_ascii_case(name))
    }

    /// As it is described to clients.
    pub(super) fn document(&self) -> Value {
        let mut document = json!({
            "name": self.name,
            "type": match self.kind {
                Type::String => "string",
                Type::Boolean => "boolean",
                Type::DateTime => "dateTime",
                Type::Reference => "reference",
                Type::Binary => "binary",
                Type::Complex => "complex",
            },
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required,
            "mutability": match self.mutability {
                Mutability::ReadWrite => "readWrite",
                Mutability::ReadOnly => "readOnly",
                Mutability::Immutable => "immutable",
            },
            "returned": match self.returned {
                Returned::Always => "always",
                Returned::Default => "default",
            },
            "uniqueness": if self.unique { "server" } else { "none" },
        });
        if matches!(self.kind, Type::String | Type::Reference | Type::Binary) {
            document["caseExact"] = self.case_exact.into();
        }
        if !self.canonical.is_empty() {
            document["canonicalValues"] = json!(self.canonical);
        }
        if !self.references.is_empty() {
            document["referenceTypes"] = json!(self.references);
        }
        if self.kind == Type::Complex {
            document["subAttributes"] = self.parts.iter().map(Self::document).collect();
        }
        document
    }
}

/// What every resource has, whatever its schema.
pub(super) fn common() -> Vec<Attribute> {
    let meta = vec![
        Attribute::text("resourceType", "The name of the kind of resource").exact(),
        Attribute::moment("created", "When it was added"),
        Attribute::moment("lastModified", "When it was changed last"),
        Attribute::reference("location", &["uri"], "Where it is"),
        Attribute::text("version", "The version of it, as an entity tag").exact(),
    ];
    vec![
        Attribute::reference("schemas", &["uri"], "The schemas that it has").several().always().read_only(),
        Attribute::text("id", "What this server calls it").exact().always().read_only(),
        Attribute::text("externalId", "What the client calls it").exact(),
        Attribute::complex("meta", "What is known of it beside its content", meta).read_only(),
    ]
}
