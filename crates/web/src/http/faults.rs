//! What does not fit of one request: all of it is told at once.

use super::Problem;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Problem>);

impl Faults {
    /// The value; nothing where it does not fit, which is kept: all that it says.
    pub(crate) fn take<T, E: Into<Problem>>(&mut self, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|problem| self.0.extend(problem.into().each().cloned())).ok()
    }

    /// With others.
    pub(crate) fn extend<E: Into<Problem>>(&mut self, others: impl IntoIterator<Item = E>) {
        self.0.extend(others.into_iter().map(Into::into));
    }

    /// # Errors
    /// Everything that did not fit.
    pub(crate) fn end(self) -> Result<(), Problem> {
        Problem::of_all(self.0).map_or(Ok(()), Err)
    }
}
