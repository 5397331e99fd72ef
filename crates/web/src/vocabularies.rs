//! What sites have told of the words of their queries, for the minutes in which somebody writes one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Mutex as Turn;
use weir_ingest::connect::Vocabulary;
use weir_model::Millis;

/// How long words are believed.
const FRESH_MS: i64 = 10 * 60_000;

/// Vocabularies that are remembered at once.
const MOST: usize = 50;

/// One vocabulary, for one who asks at a time.
type Words = Arc<Turn<Vocabulary>>;

/// Vocabularies, each with when it was begun, by what they are of.
#[derive(Debug, Default)]
pub(crate) struct Vocabularies(Mutex<HashMap<String, (Millis, Words)>>);

impl Vocabularies {
    /// The words of a set-up or an integration, known so far.
    pub(crate) fn of(&self, key: String, now: Millis) -> Words {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (begun, _)| now.since(*begun) < FRESH_MS);
        if all.len() >= MOST
            && !all.contains_key(&key)
            && let Some(oldest) = all.iter().min_by_key(|(_, (begun, _))| begun.0).map(|(key, _)| key.clone())
        {
            all.remove(&oldest);
        }
        Arc::clone(&all.entry(key).or_insert_with(|| (now, Words::default())).1)
    }
}
