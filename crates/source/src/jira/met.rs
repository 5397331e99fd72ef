//! People and sprints met inside issues, until the site's own lists say more about them.
//!
//! The site's list of users and the boards' lists of sprints win over what issues show in passing. So rows met in
//! issues are held back until the list is through, and only those that it lacks are then emitted.

use super::wire;
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};
use weir_model::{Exclusions, Person, PersonKind, Sprint};

/// Bytes of names and ids, as histories repeat them.
const SHORT: usize = 40;

/// What one page of issues showed in passing.
#[derive(Debug, Default)]
pub(super) struct Met {
    people: HashMap<Arc<str>, Person, RandomState>,
    sprints: HashMap<Arc<str>, Sprint, RandomState>,
    texts: HashSet<Arc<str>, RandomState>,
    user_details: bool,
}

impl Met {
    /// An empty one.
    pub(super) fn new(exclusions: &Exclusions) -> Self {
        Self { user_details: !exclusions.user_details, ..Self::default() }
    }

    /// Takes over what another page showed.
    pub(super) fn absorb(&mut self, other: Self) {
        for (id, person) in other.people {
            self.people.entry(id).or_insert(person);
        }
        for (id, sprint) in other.sprints {
            self.sprints.entry(id).or_insert(sprint);
        }
    }

    /// One shared copy of a text that many rows carry.
    pub(super) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return shared.clone();
        }
        let shared: Arc<str> = Arc::from(text);
        self.texts.insert(shared.clone());
        shared
    }

    /// The same for texts of which only the short ones come again and again.
    pub(super) fn share_if_short(&mut self, text: &str) -> Arc<str> {
        if text.len() <= SHORT { self.share(text) } else { Arc::from(text) }
    }

    /// Notes a person and gives the id; `None` for somebody without one.
    pub(super) fn person(&mut self, user: &wire::User<'_>) -> Option<Arc<str>> {
        let id = self.share(user.id()?);
        if !self.people.contains_key(&id) {
            self.people.insert(id.clone(), person(user, &id, self.user_details));
        }
        Some(id)
    }

    /// Notes a sprint and gives its id.
    pub(super) fn sprint(&mut self, value: &wire::SprintValue<'_>) -> Arc<str> {
        let id = self.share(&value.id);
        self.sprints.entry(id.clone()).or_insert_with(|| sprint(value));
        id
    }
}

/// A person as a row.
pub(super) fn person(user: &wire::User<'_>, id: &str, details: bool) -> Person {
    let text = |text: &Option<wire::Text<'_>>| text.as_ref().filter(|_| details).map(|text| text.to_string());
    Person {
        id: id.to_owned(),
        name: text(&user.display_name),
        email: text(&user.email_address),
        kind: match user.account_type.as_deref() {
            Some("atlassian") => PersonKind::Person,
            Some("app") => PersonKind::App,
            Some("customer") => PersonKind::Customer,
            // Data Center has one kind of users only.
            None if user.account_id.is_none() => PersonKind::Person,
            _ => PersonKind::Unknown,
        },
        active: user.active,
    }
}

/// A sprint as a row.
pub(super) fn sprint(value: &wire::SprintValue<'_>) -> Sprint {
    let text = |text: &Option<wire::Text<'_>>| text.as_ref().map(|text| text.to_string());
    Sprint {
        id: value.id.to_string(),
        board_id: text(&value.origin_board_id).or_else(|| text(&value.board_id)),
        name: text(&value.name).unwrap_or_default(),
        state: text(&value.state).map(|state| state.to_lowercase()),
        goal: text(&value.goal),
        start_at: value.start_date.0,
        end_at: value.end_date.0,
        completed_at: value.complete_date.0,
    }
}

#[derive(Debug)]
enum Entry<T> {
    Held(T),
    Emitted,
}

#[derive(Debug)]
struct Shelf<T> {
    entries: HashMap<String, Entry<T>>,
    listed: bool,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { entries: HashMap::new(), listed: false }
    }
}

impl<T> Shelf<T> {
    fn meet(&mut self, id: &str, row: impl FnOnce() -> T) {
        if !self.entries.contains_key(id) {
            self.entries.insert(id.to_owned(), Entry::Held(row()));
        }
    }

    /// Takes the rows of the site's own list that were not emitted yet.
    fn list(&mut self, rows: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
        rows.into_iter()
            .filter(|row| {
                !matches!(self.entries.insert(id(row).to_owned(), Entry::Emitted), Some(Entry::Emitted))
            })
            .collect()
    }

    /// Gives the held rows out, once the list is through.
    fn release(&mut self) -> Vec<T> {
        if !self.listed {
            return Vec::new();
        }
        let held = self.entries.values_mut().filter(|entry| matches!(entry, Entry::Held(_)));
        held.filter_map(|entry| match std::mem::replace(entry, Entry::Emitted) {
            Entry::Held(row) => Some(row),
            Entry::Emitted => None,
        })
        .collect()
    }
}

/// Everybody and every sprint met in a run.
#[derive(Debug, Default)]
pub(super) struct Book {
    people: Mutex<Shelf<Person>>,
    sprints: Mutex<Shelf<Sprint>>,
}

impl Book {
    /// Takes over what a page showed, and gives out what may be emitted now.
    pub(super) fn meet(&self, met: Met) -> (Vec<Person>, Vec<Sprint>) {
        let mut people = lock(&self.people);
        for (id, person) in met.people {
            people.meet(&id, || person);
        }
        let mut sprints = lock(&self.sprints);
        for (id, sprint) in met.sprints {
            sprints.meet(&id, || sprint);
        }
        (people.release(), sprints.release())
    }

    /// Rows of the site's list of users that are new to this run.
    pub(super) fn list_people(&self, rows: Vec<Person>) -> Vec<Person> {
        lock(&self.people).list(rows, |person| &person.id)
    }

    /// Rows of a board's list of sprints that are new to this run.
    pub(super) fn list_sprints(&self, rows: Vec<Sprint>) -> Vec<Sprint> {
        lock(&self.sprints).list(rows, |sprint| &sprint.id)
    }

    /// The list of users is through.
    pub(super) fn people_listed(&self) {
        lock(&self.people).listed = true;
    }

    /// The lists of sprints are through.
    pub(super) fn sprints_listed(&self) {
        lock(&self.sprints).listed = true;
    }
}

fn lock<T>(shelf: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, name: &str) -> Person {
        Person {
            id: id.into(),
            name: Some(name.into()),
            email: None,
            kind: PersonKind::Person,
            active: Some(true),
        }
    }

    fn met(id: &str, name: &str) -> Met {
        let mut met = Met::new(&Exclusions::default());
        met.people.insert(Arc::from(id), user(id, name));
        met
    }

    #[test]
    fn the_sites_own_list_wins_over_what_issues_show() {
        let book = Book::default();
        assert!(book.meet(met("a", "in passing")).0.is_empty(), "held back until the list is through");
        assert!(book.meet(met("gone", "Former user")).0.is_empty());
        assert_eq!(book.list_people(vec![user("a", "listed"), user("a", "listed")]), [user("a", "listed")]);
        book.people_listed();
        assert_eq!(book.meet(met("a", "in passing")).0, [user("gone", "Former user")]);
        assert!(book.meet(met("gone", "Former user")).0.is_empty(), "emitted once");
    }
}
