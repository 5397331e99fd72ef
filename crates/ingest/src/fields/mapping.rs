//! What people say that custom fields are: as what their values are read, and what they stand for.

use std::collections::BTreeMap;
use std::sync::Arc;
use weir_metrics::{ValueType, facts::MappedField};
use weir_model::{FieldFault, FieldMapping, FieldRole, Integration, Message, Millis};
use weir_store::{CustomField, Store, StoreError};

/// What a field can be read as, with its word.
const TYPES: [(&str, ValueType); 8] = [
    ("text", ValueType::Text),
    ("rich_text", ValueType::RichText),
    ("person", ValueType::Person),
    ("number", ValueType::Number),
    ("date", ValueType::Date),
    ("instant", ValueType::Instant),
    ("list", ValueType::List),
    ("flag", ValueType::Flag),
];

/// A mapped field, beside what the site says of it today.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mapped {
    /// What somebody said.
    pub mapping: FieldMapping,
    /// What values are read as.
    pub kind: ValueType,
    /// Whether the site gives it another type since, or has it no more: somebody has to look at it. It is read as before.
    pub has_changed: bool,
    /// Since when the site has it no more.
    pub gone_at: Option<Millis>,
}

impl Mapped {
    /// Whether the site has it still, and gives it another type.
    pub fn type_has_changed(&self) -> bool {
        self.has_changed && self.gone_at.is_none()
    }
}

/// What somebody wants a field to be.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MapWish {
    /// `text`, `number` …; what fits the type that the site gives it, unless said otherwise.
    pub holds: Option<String>,
    /// What it stands for.
    pub role: Option<FieldRole>,
}

/// Words of what a field can be read as.
pub fn type_words() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(word, _)| *word)
}

fn word_of(kind: ValueType) -> &'static str {
    TYPES.iter().find(|(_, known)| *known == kind).map_or("text", |(word, _)| word)
}

/// What a field of a site can be read as; the first is what it is read as unless somebody wants otherwise.
fn fitting(field: &CustomField) -> &'static [ValueType] {
    let source = field.source.as_deref().and_then(|source| source.rsplit(':').next()).unwrap_or_default();
    match field.kind.as_deref() {
        Some("number") => &[ValueType::Number, ValueType::Text],
        Some("date") => &[ValueType::Date, ValueType::Text],
        Some("datetime") => &[ValueType::Instant, ValueType::Text],
        Some("user") => &[ValueType::Person],
        Some("array") => &[ValueType::List, ValueType::Text],
        Some("boolean") => &[ValueType::Flag, ValueType::Text],
        _ if source == "textarea" => &[ValueType::RichText, ValueType::Text],
        _ => &[ValueType::Text, ValueType::Number, ValueType::RichText, ValueType::List],
    }
}

/// What a field has to be read as to stand for a standard one.
fn read_as(role: FieldRole) -> Option<ValueType> {
    match role {
        FieldRole::StoryPoints => Some(ValueType::Number),
        FieldRole::Sprint => Some(ValueType::List),
        FieldRole::Epic => Some(ValueType::Text),
        FieldRole::Team | FieldRole::Severity | FieldRole::Environment => None,
    }
}

/// The mapped fields of an integration, by id.
pub async fn mapped(store: &Store, integration: &Integration) -> Result<Vec<Mapped>, StoreError> {
    let mappings = store.field_mappings(&integration.id).await?;
    if mappings.is_empty() {
        return Ok(Vec::new());
    }
    let fields = store.custom_fields(&integration.id).await?;
    Ok(mappings.into_iter().map(|mapping| beside(mapping, &fields)).collect())
}

fn beside(mapping: FieldMapping, fields: &[CustomField]) -> Mapped {
    let field = fields.iter().find(|field| field.id == mapping.field_id);
    let gone_at = field.and_then(|field| field.gone_at);
    let is_same = field.is_some_and(|field| {
        field.kind == mapping.seen_type && field.source == mapping.seen_source && gone_at.is_none()
    });
    let kind =
        TYPES.iter().find(|(word, _)| *word == mapping.holds).map_or(ValueType::Text, |(_, kind)| *kind);
    Mapped { mapping, kind, has_changed: !is_same, gone_at }
}

/// Maps a field, or says anew of a mapped one what it is: that its type is seen to.
///
/// # Errors
/// `field.unlisted`, `field.excluded`, `field.type` where it cannot be read so, `field.role_taken`.
pub async fn map(
    store: &Store,
    integration: &Integration,
    (id, wish): (&str, &MapWish),
    now: Millis,
) -> Result<Mapped, StoreError> {
    let field = super::readable(store, integration, id).await?;
    let types = fitting(&field);
    let of_role = wish.role.and_then(read_as);
    let wanted = wish.holds.as_deref().or(of_role.map(word_of));
    let kind = match wanted {
        None => types.first().copied(),
        Some(word) => types.iter().copied().find(|kind| word_of(*kind) == word),
    };
    let Some(kind) = kind.filter(|kind| of_role.is_none_or(|only| only == *kind)) else {
        let known = match of_role {
            Some(only) => word_of(only).to_owned(),
            None => types.iter().map(|kind| word_of(*kind)).collect::<Vec<_>>().join(", "),
        };
        let wanted = wanted.unwrap_or_default().to_owned();
        return Err(Message::from(FieldFault::Type { field: id.to_owned(), wanted, known }).into());
    };
    let mapping = FieldMapping {
        field_id: field.id.clone(),
        holds: word_of(kind).to_owned(),
        role: wish.role,
        seen_type: field.kind.clone(),
        seen_source: field.source.clone(),
        mapped_at: now,
    };
    store.map_field(&integration.id, &mapping).await?;
    Ok(Mapped { mapping, kind, has_changed: field.gone_at.is_some(), gone_at: field.gone_at })
}

/// Forgets what was said of a field.
///
/// # Errors
/// `field.unmapped` when nothing was.
pub async fn unmap(store: &Store, integration: &Integration, id: &str) -> Result<(), StoreError> {
    match store.unmap_field(&integration.id, id).await? {
        true => Ok(()),
        false => {
            let (field, integration) = (id.to_owned(), integration.name.clone());
            Err(Message::from(FieldFault::Unmapped { field, integration }).into())
        }
    }
}

/// The fields that facts are made with: those that are mapped and not left out. Histories that give no ids tell a field by its
/// name, where no other field has it.
pub(crate) async fn mapped_fields(
    store: &Store,
    integration: &Integration,
) -> Result<Vec<(MappedField, Option<FieldRole>)>, StoreError> {
    let mapped = mapped(store, integration).await?;
    if mapped.is_empty() {
        return Ok(Vec::new());
    }
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for field in store.custom_fields(&integration.id).await? {
        by_name.entry(field.name.to_lowercase()).or_default().push(field.id.clone());
        names.insert(field.id, field.name);
    }
    let is_read = |one: &Mapped| !integration.settings.exclusions.excludes(&one.mapping.field_id);
    let field = |one: Mapped| {
        let name = names.get(&one.mapping.field_id);
        let is_alone = |name: &&String| by_name.get(&name.to_lowercase()).is_some_and(|ids| ids.len() == 1);
        let history_name = name.filter(is_alone).map(|name| Arc::from(name.as_str()));
        let field = MappedField { id: Arc::from(one.mapping.field_id), kind: one.kind, history_name };
        (field, one.mapping.role)
    };
    Ok(mapped.into_iter().filter(is_read).map(field).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Option<&str>, source: &str) -> CustomField {
        CustomField {
            id: "customfield_1".into(),
            name: "Team".into(),
            kind: kind.map(str::to_owned),
            source: Some(source.into()),
            gone_at: None,
        }
    }

    #[test]
    fn a_field_is_read_as_what_the_site_says_that_it_is() {
        let first = |kind, source: &str| fitting(&field(kind, source))[0];
        assert_eq!(first(Some("number"), "x:float"), ValueType::Number);
        assert_eq!(first(Some("option"), "x:select"), ValueType::Text);
        assert_eq!(first(Some("string"), "x:textarea"), ValueType::RichText);
        assert_eq!(first(Some("array"), "x:multiuserpicker"), ValueType::List);
        assert_eq!(first(None, "x:odd"), ValueType::Text);
    }

    #[test]
    fn another_type_of_the_site_asks_for_a_look() {
        let mapping = FieldMapping {
            field_id: "customfield_1".into(),
            holds: "number".into(),
            role: None,
            seen_type: Some("number".into()),
            seen_source: Some("x:float".into()),
            mapped_at: Millis(0),
        };
        let of = |fields: &[CustomField]| beside(mapping.clone(), fields);
        assert!(!of(&[field(Some("number"), "x:float")]).has_changed);
        assert!(of(&[field(Some("string"), "x:float")]).has_changed);
        let gone = CustomField { gone_at: Some(Millis(7)), ..field(Some("number"), "x:float") };
        let gone = of(&[gone]);
        assert_eq!((gone.has_changed, gone.gone_at), (true, Some(Millis(7))), "the site has it no more");
        assert!(of(&[]).has_changed);
        assert_eq!(of(&[]).kind, ValueType::Number, "it is read as before");
    }
}
