//! The fields of a site: how much each is used, what stands in it, and what people say that it is.

mod counting;
mod mapping;
mod shown;

pub use mapping::{MapWish, Mapped, map, mapped, type_words, unmap};

pub(crate) use mapping::mapped_fields;

use crate::unread;
use shown::samples_of;
use std::collections::{BTreeMap, BTreeSet};
use weir_model::{FieldFault, HygieneWords, Integration, Message, Millis};
use weir_store::{CustomField, FieldUses, Store, StoreError};

/// Values that are shown of a field beside its counts.
const SAMPLES: usize = 3;

/// Issues that are looked into for values of one field.
const LOOKED_INTO: usize = 200;

/// The fields that people of a site added.
#[derive(Clone, PartialEq, Debug)]
pub struct Discovered {
    /// When they were counted: not before the end of the last run.
    pub counted_at: Millis,
    /// Live issues that were looked at.
    pub issues: u64,
    /// By name, then by id.
    pub fields: Vec<FoundField>,
}

/// A field.
#[derive(Clone, PartialEq, Debug)]
pub struct FoundField {
    /// As the site lists it.
    pub field: CustomField,
    /// Live issues in which it is filled in.
    pub issues: u64,
    /// The same of each project that has any, by its key.
    pub projects: BTreeMap<String, u64>,
    /// Whether another field has this name, in whatever case.
    pub shares_name: bool,
    /// Whether configuration leaves it out: nothing is known of its values then.
    pub is_left_out: bool,
    /// Whether it was left out before and has not been read again yet: nothing is known of its values then either.
    pub is_unread: bool,
    /// What somebody says that it is.
    pub mapped: Option<Mapped>,
    /// Some of its values, each once; of people nothing but that they are people.
    pub samples: Vec<String>,
}

impl FoundField {
    /// That the site has it no more, and since when.
    pub fn gone_said(&self) -> Option<String> {
        let day = self.field.gone_at?.rfc3339().chars().take(10).collect();
        let field = self.field.id.clone();
        let said = match self.mapped {
            Some(_) => HygieneWords::MappedFieldGone { field, day },
            None => HygieneWords::FieldGone { field, day },
        };
        Some(said.to_string())
    }

    /// That configuration leaves it out, or that it is not read again yet.
    pub fn left_out_said(&self) -> Option<String> {
        let field = self.field.id.clone();
        match (self.is_left_out, self.is_unread) {
            (true, _) => Some(HygieneWords::FieldLeftOut { field }.to_string()),
            (false, true) => Some(HygieneWords::FieldNotReadYet { field }.to_string()),
            (false, false) => None,
        }
    }

    /// Which share of all issues has it filled in, in per cent; nothing where there is no issue.
    pub fn filled(&self, of: u64) -> Option<f64> {
        (of > 0 && !self.is_left_out && !self.is_unread).then(|| self.issues as f64 * 100.0 / of as f64)
    }
}

/// A value of a field, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// The issue's key.
    pub key: String,
    /// The issue's project.
    pub project: String,
    /// The value, as it may be shown.
    pub value: String,
}

/// What is counted of the fields of an integration, with some of their values.
#[derive(Clone, PartialEq, Debug)]
pub struct Tally {
    uses: FieldUses,
    samples: BTreeMap<String, Vec<String>>,
}

/// The custom fields of an integration, counted anew where a run has ended since they were.
pub async fn discovered(
    store: &Store,
    integration: &Integration,
    now: Millis,
) -> Result<Discovered, StoreError> {
    described(store, integration, &tally(store, integration, now).await?).await
}

/// The counts of the fields that are kept; they are made where a run has ended since. What is counted while issues are put away or
/// brought back is given, and not kept.
pub async fn tally(store: &Store, integration: &Integration, now: Millis) -> Result<Tally, StoreError> {
    let counted = match store.field_uses(&integration.id).await? {
        Some(counted) => counted,
        None => {
            let recounts = store.recounts(&integration.id).await?;
            let counted = counting::count(store, integration, now).await?;
            store.keep_field_uses(integration, &counted, recounts).await?;
            counted
        }
    };
    let samples = samples_of(store, integration, &counted).await?;
    Ok(Tally { uses: counted, samples })
}

/// The custom fields of an integration, as they were counted.
pub async fn described(
    store: &Store,
    integration: &Integration,
    tally: &Tally,
) -> Result<Discovered, StoreError> {
    let mut fields = store.custom_fields(&integration.id).await?;
    fields.sort_by_cached_key(|field| (field.name.to_lowercase(), field.id.clone()));
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for field in &fields {
        *named.entry(field.name.to_lowercase()).or_default() += 1;
    }
    let mapped = mapped(store, integration).await?;
    let unread = unread::wanted(store, integration).await?;
    let FieldUses { counted_at, issues, uses } = &tally.uses;
    let found = fields.into_iter().map(|field| {
        let is_left_out = integration.settings.exclusions.excludes(&field.id);
        let is_unread = unread.excludes(&field.id);
        let uses = uses.iter().filter(|one| one.field_id == field.id && !is_left_out && !is_unread);
        let projects: BTreeMap<String, u64> = uses.map(|one| (one.project_key.clone(), one.issues)).collect();
        FoundField {
            issues: projects.values().sum(),
            projects,
            shares_name: named.get(&field.name.to_lowercase()).is_some_and(|fields| *fields > 1),
            is_left_out,
            is_unread,
            mapped: mapped.iter().find(|one| one.mapping.field_id == field.id).cloned(),
            samples: tally.samples.get(&field.id).cloned().unwrap_or_default(),
            field,
        }
    });
    Ok(Discovered { counted_at: *counted_at, issues: *issues, fields: found.collect() })
}

/// Values of a field from the newest issues that have it filled in, each value once.
///
/// # Errors
/// `field.unlisted` where the site has no such field, `field.excluded` where configuration leaves it out, `field.unread` where it did
/// and no run has read it again.
pub async fn sample(
    store: &Store,
    integration: &Integration,
    id: &str,
    limit: usize,
) -> Result<Vec<Sample>, StoreError> {
    readable(store, integration, id).await?;
    if unread::wanted(store, integration).await?.excludes(id) {
        let (field, integration) = (id.to_owned(), integration.name.clone());
        return Err(Message::from(FieldFault::NotReadYet { field, integration }).into());
    }
    let mut seen = BTreeSet::new();
    let mut samples = Vec::new();
    for document in store.field_documents_with(&integration.id, id, LOOKED_INTO).await? {
        let Some(value) = shown::value_of(&document.fields, id)? else { continue };
        if seen.insert(value.clone()) {
            samples.push(Sample { key: document.key, project: document.project_key, value });
        }
        if samples.len() == limit {
            break;
        }
    }
    Ok(samples)
}

/// A custom field of the site that is not left out.
pub(crate) async fn readable(
    store: &Store,
    integration: &Integration,
    id: &str,
) -> Result<CustomField, StoreError> {
    let known = store.custom_fields(&integration.id).await?;
    let Some(field) = known.into_iter().find(|field| field.id == id) else {
        let (field, integration) = (id.to_owned(), integration.name.clone());
        return Err(Message::from(FieldFault::Unknown { field, integration }).into());
    };
    if integration.settings.exclusions.excludes(id) {
        let (field, integration) = (id.to_owned(), integration.name.clone());
        return Err(Message::from(FieldFault::Excluded { field, integration }).into());
    }
    Ok(field)
}

pub(crate) fn unfit(detail: impl std::fmt::Display) -> StoreError {
    Message::Bug { detail: format!("The fields of an issue cannot be read: {detail}") }.into()
}
