//! The fields of a site, as its last reading named them.

mod mapping;
mod usage;

pub(crate) use usage::recount;
pub use usage::{FieldDocument, FieldUse, FieldUses};

use crate::{
    Store, StoreError,
    value::{Row, values},
};
use weir_model::{IntegrationId, Millis};

/// A field that people of the site added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomField {
    /// Its id, such as `customfield_10016`: two fields of one name have two.
    pub id: String,
    /// What the site calls it.
    pub name: String,
    /// What a value is: `string`, `number`, `array` …
    pub kind: Option<String>,
    /// The add-on and the sort of field that it comes from.
    pub source: Option<String>,
    /// When the site was first read without it; nothing of one that it has.
    pub gone_at: Option<Millis>,
}

impl Store {
    /// Every custom field of an integration.
    ///
    /// # Errors
    /// What the database says.
    pub async fn custom_fields(&self, integration: &IntegrationId) -> Result<Vec<CustomField>, StoreError> {
        const QUERY: &str = "SELECT f.id, f.name, f.schema_type, f.schema_custom, f.gone_at FROM field f \
                             JOIN integration n ON n.no = f.integration_no WHERE n.id = $1 AND f.custom ORDER BY f.id";
        let rows = self.db.fetch(QUERY, values![integration.to_string()]).await?;
        let field = |row: &Row| {
            Ok(CustomField {
                id: row.text(0)?.to_owned(),
                name: row.text(1)?.to_owned(),
                kind: row.maybe_text(2)?.map(str::to_owned),
                source: row.maybe_text(3)?.map(str::to_owned),
                gone_at: row.maybe_int(4)?.map(Millis),
            })
        };
        rows.iter().map(field).collect()
    }
}
