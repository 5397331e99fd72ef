//! The kinds of sources: one line each.

use crate::{Environment, Secret, Source, SourceError, jira};
use std::sync::Arc;
use weir_model::Integration;

/// Words of the kinds that Weir can read.
pub const KINDS: &[&str] = &["jira"];

/// Opens the source of an integration with its credential.
pub fn open(
    integration: &Integration,
    secret: Secret,
    environment: &Environment,
) -> Result<Arc<dyn Source>, SourceError> {
    match integration.kind.as_str() {
        "jira" => {
            Ok(Arc::new(jira::open(&integration.settings, integration.read_since(), secret, environment)?))
        }
        other => Err(SourceError::new(weir_model::Message::Bug {
            detail: format!("the store holds an integration of the unknown kind {other}"),
        })),
    }
}
