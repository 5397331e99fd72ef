//! A run's log, page by page: however long it is, a page costs what a page costs.

use crate::{Store, StoreError, runs::read_event, value::values};
use weir_model::{RunEvent, RunId, RunLevel};

/// Which lines of a log.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Those of this level or a worse one.
    pub level: Option<RunLevel>,
    /// Those that have this text in their code, subject or sentence, in capitals or not.
    pub text: Option<String>,
}

impl Store {
    /// Lines of a run's log with their numbers, oldest first: at most `limit` of those after the number `after`.
    pub async fn run_events_page(
        &self,
        run: &RunId,
        filter: &EventFilter,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, RunEvent)>, StoreError> {
        let levels = match filter.level {
            None | Some(RunLevel::Info) => "",
            Some(RunLevel::Warning) => " AND level IN ('warning', 'error')",
            Some(RunLevel::Error) => " AND level = 'error'",
        };
        let texts = match filter.text {
            None => "",
            Some(_) => {
                " AND (lower(message) LIKE $3 ESCAPE '!' OR lower(subject) LIKE $3 ESCAPE '!' \
                 OR lower(code) LIKE $3 ESCAPE '!')"
            }
        };
        let query = format!(
            "SELECT happened_at, level, code, what, subject, message, no FROM run_event \
             WHERE integration_no = (SELECT integration_no FROM run WHERE id = $1) AND run_id = $1 AND no > $2\
             {levels}{texts} ORDER BY no LIMIT {limit}"
        );
        let mut parameters = values![run.to_string(), after.unwrap_or(i64::MIN)].to_vec();
        if let Some(text) = &filter.text {
            parameters.push(pattern(text).into());
        }
        let rows = self.all(query, &parameters).await?;
        rows.iter().map(|row| Ok((row.int(6)?, read_event(row)?))).collect()
    }
}

/// Text as a pattern that finds it anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
