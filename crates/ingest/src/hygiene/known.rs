//! What the store knows besides issues, in the form in which reports take it.

use super::{fed, refusal, words::day};
use crate::{
    fields::{Mapped, mapped, mapped_fields},
    unread,
};
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};
use weir_metrics::{
    Field, FieldTypes,
    facts::{MappedField, Mapping},
    hygiene::{Context, Rule, RuleError},
};
use weir_model::{Exclusions, FieldRole, HygieneFault, HygieneWords, Integration, Message, Millis, Sprint};
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
    /// Ids of those that are read in the place of standard ones.
    pub(super) in_place: BTreeMap<Field, Arc<str>>,
    /// What people call the fields that are mapped, where that is known.
    pub(super) names: BTreeMap<Arc<str>, String>,
    /// Since when the site has some of them no more.
    pub(super) gone: BTreeMap<Arc<str>, Millis>,
    /// Those to which it gives another type than when they were mapped.
    pub(super) changed: BTreeSet<Arc<str>>,
    /// Standard fields that are fed by what configuration leaves out, with what Jira calls that.
    pub(super) left_out: BTreeMap<Field, String>,
    /// Ids of mapped fields that configuration leaves out.
    pub(super) unknown: BTreeSet<Arc<str>>,
    /// Fields that were left out when issues were read last from end to end, and are not any more: of those that have not been read
    /// again nothing is known.
    pub(super) unread: Exclusions,
    /// Standard fields that these feed, as above.
    pub(super) fed_by_unread: BTreeMap<Field, String>,
}

impl KnownFields {
    /// Those of an integration.
    ///
    /// # Errors
    /// What the store says.
    pub async fn of(store: &Store, integration: &Integration) -> Result<Self, StoreError> {
        let read = mapped_fields(store, integration).await?;
        let mut known = Self::from(&*read);
        let exclusions = &integration.settings.exclusions;
        known.unread = unread::wanted(store, integration).await?;
        if !read.is_empty() || !exclusions.fields.is_empty() || !known.unread.is_empty() {
            let fields = store.custom_fields(&integration.id).await?;
            let mapped = mapped(store, integration).await?;
            known.left_out = fed::left_out(&fields, &mapped, exclusions);
            known.fed_by_unread = fed::left_out(&fields, &mapped, &known.unread);
            for one in mapped.iter().filter(|one| exclusions.excludes(&one.mapping.field_id)) {
                let id = Arc::<str>::from(one.mapping.field_id.as_str());
                let role = one.mapping.role.filter(|role| replaced(*role).is_none());
                known.roles.extend(role.map(|role| (role.as_str(), Field::Custom(Arc::clone(&id)))));
                known.unknown.insert(id);
            }
            let is_read = |id: &str| read.iter().any(|(field, _)| *field.id == *id);
            let changed = mapped.into_iter().filter(Mapped::type_has_changed).map(|one| one.mapping.field_id);
            known.changed = changed.filter(|id| is_read(id)).map(Arc::from).collect();
            for found in fields.into_iter().filter(|found| is_read(&found.id)) {
                let id = Arc::<str>::from(found.id);
                known.names.insert(Arc::clone(&id), weir_model::clean(&found.name, 60));
                known.gone.extend(found.gone_at.map(|at| (id, at)));
            }
        }
        Ok(known)
    }

    /// Why nothing can be asked of a field that is read as nothing.
    pub(super) fn unmapped(&self, field: &Field) -> Message {
        match field {
            Field::Custom(id) if self.unknown.contains(id) => {
                HygieneFault::FieldLeftOut { field: id.to_string() }.into()
            }
            _ => HygieneFault::FieldUnmapped { field: field.to_string() }.into(),
        }
    }

    /// Why a rule, a filter or a group cannot make sense.
    pub(super) fn refusal(&self, error: &RuleError) -> Message {
        match error {
            RuleError::UnknownField { field } => self.unmapped(field),
            error => refusal::of_rule(error, &self.types),
        }
    }

    /// What people call a field.
    pub(super) fn name_of(&self, field: &Field) -> String {
        match field {
            Field::Custom(id) => self.names.get(id).cloned().unwrap_or_else(|| id.to_string()),
            _ => field.to_string().replace('_', " "),
        }
    }

    /// The mapped fields that a rule looks at: by their own names, or in the place of standard ones.
    fn looked_at(&self, rule: &Rule) -> Vec<Arc<str>> {
        let mapped = |field: Field| match field {
            Field::Custom(id) => Some(id),
            Field::SprintCount => self.in_place.get(&Field::Sprints).cloned(),
            other => self.in_place.get(&other).cloned(),
        };
        rule.fields().into_iter().filter_map(mapped).collect()
    }

    /// Of a rule that looks at a field which the site has no more, a sentence on that. The rule is asked as before.
    pub fn gone_of(&self, rule: &Rule) -> Option<String> {
        let (id, at) =
            self.looked_at(rule).into_iter().find_map(|id| Some((id.clone(), *self.gone.get(&id)?)))?;
        let field = self.name_of(&Field::Custom(id));
        Some(HygieneWords::MappedFieldGone { field, day: day(at) }.to_string())
    }

    /// The same of a field to which the site gives another type since it was mapped.
    pub fn changed_of(&self, rule: &Rule) -> Option<String> {
        let id = self.looked_at(rule).into_iter().find(|id| self.changed.contains(id))?;
        let field = self.name_of(&Field::Custom(id));
        Some(HygieneWords::MappedFieldChanged { field }.to_string())
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
        let in_place = in_place(fields).into_iter().map(|(field, mapped)| (field, mapped.id));
        let (roles, types, in_place) = (roles.collect(), types.collect(), in_place.collect());
        Self { roles, types, in_place, ..Self::default() }
    }
}

/// The zone in which days of an integration begin.
pub(crate) fn zone(integration: &Integration) -> TimeZone {
    let named = integration.settings.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    named.unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::{
        ValueType,
        hygiene::{Check, CustomRule, RuleId},
    };

    #[test]
    fn a_rule_is_told_of_a_field_whose_type_changed_whichever_name_it_is_asked_by() {
        let of = |id: &str| MappedField { id: id.into(), kind: ValueType::Number, history_name: None };
        let fields = [(of("c1"), Some(FieldRole::StoryPoints)), (of("c2"), None)];
        let mut known = KnownFields::from(&fields[..]);
        known.names.insert("c1".into(), "Size".to_owned());
        known.changed.insert("c1".into());
        for (text, told) in [
            ("story_points is missing", Some("Size")),
            ("custom:c1 is missing", Some("Size")),
            ("custom:c2 is missing", None),
            ("due_date is missing only for story_points is greater than 3", Some("Size")),
        ] {
            let rule = CustomRule::read("Mine", text, &known.types).expect("a rule");
            let rule = Rule { id: RuleId::from("x"), check: Check::Custom(rule) };
            let said = known.changed_of(&rule);
            assert_eq!(said.is_some(), told.is_some(), "{text}: {said:?}");
            assert!(told.is_none_or(|name| said.unwrap().starts_with(name)), "{text}");
            assert_eq!(known.gone_of(&rule), None);
        }
    }

    #[test]
    fn a_rule_on_a_standard_field_is_marked_where_the_one_in_its_place_is_gone() {
        let mapped = |id: &str, role| {
            (MappedField { id: Arc::from(id), kind: ValueType::Number, history_name: None }, Some(role))
        };
        let fields = [mapped("c1", FieldRole::StoryPoints), mapped("c2", FieldRole::Sprint)];
        let mut known = KnownFields::from(fields.as_slice());
        known.names.insert(Arc::from("c1"), "Effort".to_owned());
        known.gone.insert(Arc::from("c1"), Millis(0));
        let gone = |known: &KnownFields, text: &str| {
            let custom = CustomRule::read("x", text, &known.types).expect(text);
            known.gone_of(&Rule { id: RuleId::from("r"), check: Check::Custom(custom) })
        };
        let said = gone(&known, "story_points is missing").expect("it is gone");
        assert!(said.starts_with("Effort is no longer in Jira since 1970-01-01"), "{said}");
        assert_eq!(gone(&known, "sprint_count is greater than 2"), None);
        known.gone.insert(Arc::from("c2"), Millis(0));
        for text in ["sprint_count is greater than 2", "labels is missing only for sprints is missing"] {
            assert!(gone(&known, text).is_some(), "{text}");
        }
        assert_eq!(gone(&known, "epic is missing"), None);
    }
}
