//! What the store knows besides issues, in the form in which reports take it.

use super::{fed, words::day};
use crate::fields::mapped_fields;
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use weir_metrics::{
    Field, FieldTypes,
    facts::{MappedField, Mapping},
    hygiene::{Context, Rule},
};
use weir_model::{FieldRole, HygieneWords, Integration, Millis, Sprint};
use weir_store::{ReportContext, Store, StoreError};

type Names = HashMap<Arc<str>, Arc<str>>;

fn names(of: &[(String, String)]) -> Names {
    of.iter().map(|(id, name)| (Arc::from(id.as_str()), Arc::from(name.as_str()))).collect()
}

/// What facts are made by.
pub(super) fn mapping(known: &ReportContext, fields: &MappedFields) -> Mapping {
    let versions = names(&known.versions);
    Mapping {
        fields: fields.iter().map(|(field, _)| field.clone()).collect(),
        in_place: in_place(fields),
        sprints: sprints(&known.sprints),
        names: [
            (Field::Components, names(&known.components)),
            (Field::FixVersions, versions.clone()),
            (Field::AffectsVersions, versions),
            (Field::Project, names(&known.projects)),
        ]
        .into(),
    }
}

/// What questions are put with.
pub(super) fn context(known: &ReportContext, fields: &KnownFields, integration: &Integration) -> Context {
    Context {
        names: [
            (Field::Type, names(&known.types)),
            (Field::Priority, names(&known.priorities)),
            (Field::Resolution, names(&known.resolutions)),
        ]
        .into(),
        inactive: known.inactive.iter().map(|id| Arc::from(id.as_str())).collect(),
        statuses: known.statuses.clone(),
        sprints: known.sprints.clone(),
        types: fields.types.clone(),
        zone: zone(integration),
    }
}

/// Mapped fields, with what they stand for.
pub(super) type MappedFields = [(MappedField, Option<FieldRole>)];

/// The standard field in whose place a field of this role is read.
pub(super) fn replaced(role: FieldRole) -> Option<Field> {
    match role {
        FieldRole::StoryPoints => Some(Field::StoryPoints),
        FieldRole::Sprint => Some(Field::Sprints),
        FieldRole::Epic => Some(Field::Epic),
        FieldRole::Team | FieldRole::Severity | FieldRole::Environment => None,
    }
}

fn in_place(fields: &MappedFields) -> Vec<(Field, MappedField)> {
    let pair = |(field, role): &(MappedField, Option<FieldRole>)| Some((replaced((*role)?)?, field.clone()));
    fields.iter().filter_map(pair).collect()
}

fn sprints(all: &[Sprint]) -> HashMap<String, Arc<str>> {
    let mut ids: HashMap<String, Option<Arc<str>>> = HashMap::new();
    for sprint in all {
        // A name that two of them have tells neither.
        let of_name = ids.entry(sprint.name.to_lowercase());
        of_name.and_modify(|id| *id = None).or_insert_with(|| Some(Arc::from(sprint.id.as_str())));
    }
    ids.into_iter().filter_map(|(name, id)| Some((name, id?))).collect()
}

/// What questions may name beside the fields that every site has.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct KnownFields {
    /// The types of the fields that are mapped.
    pub(super) types: FieldTypes,
    /// Fields by what they stand for.
    pub(super) roles: BTreeMap<&'static str, Field>,
    /// What people call the fields that are mapped, where that is known.
    pub(super) names: BTreeMap<Arc<str>, String>,
    /// Since when the site has some of them no more.
    pub(super) gone: BTreeMap<Arc<str>, Millis>,
    /// Standard fields that are fed by what configuration leaves out, with what Jira calls that.
    pub(super) left_out: BTreeMap<Field, String>,
}

impl KnownFields {
    /// Those of an integration.
    ///
    /// # Errors
    /// What the store says.
    pub async fn of(store: &Store, integration: &Integration) -> Result<Self, StoreError> {
        let mapped = mapped_fields(store, integration).await?;
        let mut known = Self::from(&*mapped);
        let exclusions = &integration.settings.exclusions;
        if !mapped.is_empty() || !exclusions.fields.is_empty() {
            let fields = store.custom_fields(&integration.id).await?;
            let mappings = store.field_mappings(&integration.id).await?;
            known.left_out = fed::left_out(&fields, &mappings, exclusions);
            for found in
                fields.into_iter().filter(|found| mapped.iter().any(|(field, _)| *field.id == *found.id))
            {
                let id = Arc::<str>::from(found.id);
                known.names.insert(Arc::clone(&id), weir_model::clean(&found.name, 60));
                known.gone.extend(found.gone_at.map(|at| (id, at)));
            }
        }
        Ok(known)
    }

    /// What people call a field.
    pub(super) fn name_of(&self, field: &Field) -> String {
        match field {
            Field::Custom(id) => self.names.get(id).cloned().unwrap_or_else(|| id.to_string()),
            _ => field.to_string().replace('_', " "),
        }
    }

    /// Of a rule that looks at a field which the site has no more, a sentence on that. The rule is asked as before.
    pub fn gone_of(&self, rule: &Rule) -> Option<String> {
        let found = rule.fields().into_iter().find_map(|field| match &field {
            Field::Custom(id) => self.gone.get(id).map(|at| (self.name_of(&field), *at)),
            _ => None,
        });
        found.map(|(field, at)| HygieneWords::MappedFieldGone { field, day: day(at) }.to_string())
    }

    /// Fields by what they stand for, where no standard field has their name.
    pub fn roles(&self) -> impl Iterator<Item = (&'static str, &Field)> {
        self.roles.iter().map(|(role, field)| (*role, field))
    }

    /// Whether a field has this name because of what it stands for.
    pub(crate) fn is_role(&self, name: &str) -> bool {
        self.roles.contains_key(name)
    }
}

impl From<&MappedFields> for KnownFields {
    fn from(fields: &MappedFields) -> Self {
        let roles = fields.iter().filter_map(|(field, role)| {
            // What is read in the place of a standard field has its name already.
            let role = role.filter(|role| replaced(*role).is_none())?;
            Some((role.as_str(), Field::Custom(Arc::clone(&field.id))))
        });
        let types = fields.iter().map(|(field, _)| (Arc::clone(&field.id), field.kind));
        Self { roles: roles.collect(), types: types.collect(), ..Self::default() }
    }
}

/// The zone in which days of an integration begin.
pub(crate) fn zone(integration: &Integration) -> TimeZone {
    let named = integration.settings.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    named.unwrap_or(TimeZone::UTC)
}
