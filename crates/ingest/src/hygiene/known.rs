//! What the store knows besides issues, in the form in which reports take it.

use jiff::tz::TimeZone;
use std::{collections::HashMap, sync::Arc};
use weir_metrics::{Field, FieldTypes, facts::Mapping, hygiene::Context};
use weir_model::Integration;
use weir_store::ReportContext;

type Names = HashMap<Arc<str>, Arc<str>>;

fn names(of: &[(String, String)]) -> Names {
    of.iter().map(|(id, name)| (Arc::from(id.as_str()), Arc::from(name.as_str()))).collect()
}

/// What facts are made by.
pub(super) fn mapping(known: &ReportContext) -> Mapping {
    let versions = names(&known.versions);
    Mapping {
        fields: vec![],
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
pub(super) fn context(known: ReportContext, integration: &Integration) -> Context {
    Context {
        names: [
            (Field::Type, names(&known.types)),
            (Field::Priority, names(&known.priorities)),
            (Field::Resolution, names(&known.resolutions)),
        ]
        .into(),
        inactive: known.inactive.into_iter().map(Arc::from).collect(),
        statuses: known.statuses,
        sprints: known.sprints,
        types: types(),
        zone: zone(integration),
    }
}

/// The types of the fields that are mapped.
pub(super) fn types() -> FieldTypes {
    mapping(&ReportContext::default()).types()
}

/// The zone in which days of an integration begin.
pub(crate) fn zone(integration: &Integration) -> TimeZone {
    let named = integration.settings.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    named.unwrap_or(TimeZone::UTC)
}
