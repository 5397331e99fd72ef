//! Whether a filter compares what can be compared.

use super::{Filter, Scope, compare};
use crate::scim::{
    ScimError,
    error::shown,
    path::{AttributePath, Bound},
    schema::Type,
};

/// Checks it against what the names may stand for; a name has to stand for something in one of them.
pub(super) fn check(filter: &Filter, scopes: &[Scope]) -> Result<(), ScimError> {
    match filter {
        Filter::All(all) | Filter::Any(all) => all.iter().try_for_each(|one| check(one, scopes)),
        Filter::Not(inner) => check(inner, scopes),
        Filter::Present(path) => found(path, scopes, Scope::bind).map(drop),
        Filter::Compare(path, operator, value) => found(path, scopes, Scope::bind_compared)?
            .iter()
            .try_for_each(|bound| compare::check(bound.target(), *operator, value)),
        Filter::Values(path, inner) => {
            for bound in found(path, scopes, Scope::bind)? {
                let attribute = bound.attribute;
                if !attribute.multi_valued || attribute.kind != Type::Complex || bound.part.is_some() {
                    let detail =
                        format!("{} has not several values to choose from", shown(&path.to_string()));
                    return Err(ScimError::filter(detail));
                }
                check(inner, &[Scope::Part(attribute)])?;
            }
            Ok(())
        }
    }
}

/// The same for what stands in brackets behind an attribute of a path.
pub(in crate::scim) fn check_within(filter: &Filter, bound: &Bound) -> Result<(), ScimError> {
    check(filter, &[Scope::Part(bound.attribute)])
}

fn found(
    path: &AttributePath,
    scopes: &[Scope],
    bind: fn(Scope, &AttributePath) -> Option<Bound>,
) -> Result<Vec<Bound>, ScimError> {
    let found: Vec<Bound> = scopes.iter().filter_map(|scope| bind(*scope, path)).collect();
    match found.is_empty() {
        true => Err(ScimError::filter(format!("There is no attribute {}", shown(&path.to_string())))),
        false => Ok(found),
    }
}
