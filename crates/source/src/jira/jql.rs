//! JQL that we write, and the operator's JQL wrapped into ours.

use weir_model::{Millis, Scope};

/// A quoted JQL string: project keys can be reserved words.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| quote(text)).collect::<Vec<_>>().join(", ")
}

/// What issues in scope have in common besides their projects: what a query says, and that they were edited since an instant.
pub(super) fn filter(scope: &Scope, since: Option<Millis>) -> Option<String> {
    let text = scope.filter();
    match since {
        None => text.map(str::to_owned),
        Some(since) => Some(Query::within(text).updated_since_the_day_before(since).bare()),
    }
}

/// The operator's query without its ORDER BY.
pub(super) fn without_order(query: &str) -> &str {
    let mut quote = None;
    let mut escaped = false;
    let mut word_start = true;
    for (at, c) in query.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, c) {
            (_, '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if word_start && is_order_by(&query[at..]) => return query[..at].trim(),
            (None, _) => {}
        }
        word_start = c.is_whitespace() || c == ')';
    }
    query.trim()
}

/// Whether quotes and parentheses close: only then can a filter be wrapped without changing its meaning.
pub(super) fn is_closed(query: &str) -> bool {
    let mut depth = 0_i64;
    let mut quote = None;
    let mut escaped = false;
    for c in query.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(open), _) => quote = (c != open).then_some(open),
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && quote.is_none() && !escaped
}

fn is_order_by(rest: &str) -> bool {
    let Some((order, by)) = rest.split_once(char::is_whitespace) else { return false };
    let by = by.trim_start();
    order.eq_ignore_ascii_case("order")
        && by.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("by"))
        && by[2..].chars().next().is_none_or(char::is_whitespace)
}

/// Half-open range of issue ids; `None` is no bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct IdWindow {
    pub(super) from: Option<u64>,
    pub(super) until: Option<u64>,
}

/// A query, built from restrictions that all must hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    clauses: Vec<String>,
}

impl Query {
    /// Begins with the operator's filter, where there is one.
    pub(super) fn within(filter: Option<&str>) -> Self {
        let clauses =
            filter.map(without_order).filter(|filter| !filter.is_empty()).map(|filter| format!("({filter})"));
        Self { clauses: clauses.into_iter().collect() }
    }

    /// The same, of what the operator's filter takes.
    pub(super) fn within_scope(&self, filter: &str) -> Self {
        let mut query = Self::within(Some(filter));
        query.clauses.extend(self.clauses.iter().cloned());
        query
    }

    /// In this project.
    pub(super) fn project(mut self, key: &str) -> Self {
        self.clauses.push(format!("project = {}", quote(key)));
        self
    }

    /// In one of these projects.
    pub(super) fn projects<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        let keys: Vec<_> = keys.into_iter().map(quote).collect();
        self.clauses.push(format!("project in ({})", keys.join(", ")));
        self
    }

    /// With an id in this window.
    pub(super) fn ids(mut self, window: IdWindow) -> Self {
        self.clauses.extend(window.from.map(|from| format!("id >= {from}")));
        self.clauses.extend(window.until.map(|until| format!("id < {until}")));
        self
    }

    /// With an id beyond this one.
    pub(super) fn after(mut self, id: u64) -> Self {
        self.clauses.push(format!("id > {id}"));
        self
    }

    /// Edited at or after an instant, as epoch milliseconds: free of any time zone.
    pub(super) fn updated_since(mut self, at: Millis) -> Self {
        self.clauses.push(format!("updated >= {}", at.0));
        self
    }

    /// Edited within the last minutes: free of any time zone too, for sites that refuse epoch milliseconds.
    pub(super) fn updated_within(mut self, minutes: i64) -> Self {
        self.clauses.push(format!("updated >= -{minutes}m"));
        self
    }

    /// Edited since the day before an instant, and a little more: whatever the account's time zone is, the time that is
    /// written out here lies before the instant. For sites that take nothing else.
    pub(super) fn updated_since_the_day_before(mut self, at: Millis) -> Self {
        const WIDEST_ZONE: i64 = 26 * 60 * 60 * 1_000;
        let text = Millis(at.0 - WIDEST_ZONE).rfc3339();
        self.clauses.push(format!("updated >= \"{}\"", text[..16].replace('T', " ")));
        self
    }

    /// Created at or after an instant, as epoch milliseconds.
    pub(super) fn created_since(mut self, at: Millis) -> Self {
        self.clauses.push(format!("created >= {}", at.0));
        self
    }

    /// Created before an instant, as epoch milliseconds.
    pub(super) fn created_before(mut self, at: Millis) -> Self {
        self.clauses.push(format!("created < {}", at.0));
        self
    }

    /// With one of these ids.
    pub(super) fn id_in(mut self, ids: &[u64]) -> Self {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        self.clauses.push(format!("id in ({})", ids.join(", ")));
        self
    }

    /// With one of these keys.
    pub(super) fn keys(mut self, keys: &[String]) -> Self {
        self.clauses.push(format!("key in ({})", quoted(keys)));
        self
    }

    /// Below one of these issues.
    pub(super) fn below(mut self, keys: &[String]) -> Self {
        self.clauses.push(format!("parent in ({})", quoted(keys)));
        self
    }

    /// In one of these epics, as Data Center knows them.
    pub(super) fn of_epics(mut self, keys: &[String]) -> Self {
        self.clauses.push(format!("\"Epic Link\" in ({})", quoted(keys)));
        self
    }

    /// With one of these values, by id, in one of these fields.
    pub(super) fn any_field(mut self, fields: &[&str], ids: &[String]) -> Self {
        let field = |field: &&str| format!("{field} in ({})", ids.join(", "));
        self.clauses.push(format!("({})", fields.iter().map(field).collect::<Vec<_>>().join(" OR ")));
        self
    }

    /// The restrictions alone.
    pub(super) fn bare(&self) -> String {
        self.clauses.join(" AND ")
    }

    /// In ascending order of id, which no edit moves.
    pub(super) fn by_id(&self) -> String {
        format!("{} ORDER BY id ASC", self.bare())
    }

    /// In order of creation, which no edit moves either.
    pub(super) fn by_creation(&self) -> String {
        format!("{} ORDER BY created ASC", self.bare())
    }

    /// The newest first.
    pub(super) fn by_creation_descending(&self) -> String {
        format!("{} ORDER BY created DESC", self.bare())
    }

    /// In order of key.
    pub(super) fn by_key(&self) -> String {
        format!("{} ORDER BY key ASC", self.bare())
    }

    /// In descending order of id.
    pub(super) fn by_id_descending(&self) -> String {
        format!("{} ORDER BY id DESC", self.bare())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_written_out_lies_before_the_instant_in_every_zone() {
        let at = Millis(1_772_600_767_123);
        assert_eq!(at.rfc3339(), "2026-03-04T05:06:07.123Z");
        let query = Query::default().updated_since_the_day_before(at);
        assert_eq!(query.bare(), "updated >= \"2026-03-03 03:06\"");
    }

    #[test]
    fn an_order_is_dropped_only_where_it_is_one() {
        let check = |query: &str, left: &str| assert_eq!(without_order(query), left, "{query}");
        check("project = A ORDER BY created", "project = A");
        check("project = A order  by\tcreated DESC, key", "project = A");
        check("(project = A)ORDER BY x", "(project = A)");
        check("ORDER BY created", "");
        check("summary ~ \"order by mail\" AND type = Bug", "summary ~ \"order by mail\" AND type = Bug");
        check(r#"summary ~ "a \" order by b" order by c"#, r#"summary ~ "a \" order by b""#);
        check("labels = reorder by", "labels = reorder by");
        check("status was 'order by'", "status was 'order by'");
        check("summary ~ ü ORDER BY ä", "summary ~ ü");
    }

    #[test]
    fn a_filter_that_does_not_close_is_seen() {
        for open in ["project = A) OR (project = B", "(a", "summary ~ \"x", "a = 'b", "a = b\\"] {
            assert!(!is_closed(open), "{open}");
        }
        assert!(is_closed(r#"(a = ")" and b = '(\'')"#));
    }

    #[test]
    fn the_operators_filter_cannot_break_out() {
        let query = Query::within(Some("project = A OR project = B order by key")).project("OR").after(7);
        assert_eq!(
            query.by_id(),
            "(project = A OR project = B) AND project = \"OR\" AND id > 7 ORDER BY id ASC"
        );
        assert_eq!(Query::within(None).project("A\"B").bare(), "project = \"A\\\"B\"");
        assert_eq!(Query::within(Some("ORDER BY key")).project("A").bare(), "project = \"A\"");
    }
}
