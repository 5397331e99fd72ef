//! Support cases of Salesforce that issues name: in which field, how they are written there, and what comes of it.
//!
//! What somebody chooses is tried over the issues that are kept before it is. Keeping it reads all of them anew by it; nothing is asked
//! of the site.

use crate::{fields::readable, lease, unread};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::ControlFlow,
};
use weir_model::{
    CaseField, CaseSpelling, FieldFault, HygieneWords, Integration, IssueCase, Message, Millis,
};
use weir_source::jira::texts_of_cases;
use weir_store::{CaseDocument, CustomField, LeaseHolder, Store, StoreError};

/// Issues that are looked into together.
const TOGETHER: usize = 1_000;

/// Examples that are shown of each sort.
const EXAMPLES: usize = 10;

/// Characters of a text that are shown.
const LONGEST: usize = 80;

/// Types of fields in which nobody writes cases.
const NO_TEXTS: [&str; 4] = ["user", "date", "datetime", "boolean"];

/// Sorts of fields that hold something else of their own.
const TAKEN: [&str; 7] = [
    "gh-sprint",
    "gh-epic-link",
    "jsw-story-points",
    "userpicker",
    "multiuserpicker",
    "people",
    "sd-request-participants",
];

/// Where cases are read, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CasesRead {
    /// The fields: the one that was chosen, else all that have `salesforce` and `case` in their names.
    pub fields: Vec<CustomField>,
    /// Whether somebody chose.
    pub is_chosen: bool,
    /// How people write cases there.
    pub spelling: CaseSpelling,
    /// The field that would be read and is not: the chosen one, or where nobody chose and none is read, one that is known by its name.
    pub missing: Option<String>,
    /// Whether that is because configuration leaves it out.
    pub is_left_out: bool,
    /// Whether that is because it was left out before, and has not been read again yet; else the site never had it.
    pub is_unread: bool,
}

impl CasesRead {
    /// Why the field is not read that would be, where it is not.
    pub fn missing_said(&self) -> Option<String> {
        let field = self.missing.clone()?;
        Some(match (self.is_left_out, self.is_unread) {
            (true, _) => HygieneWords::FieldLeftOut { field }.to_string(),
            (false, true) => HygieneWords::FieldNotReadYet { field }.to_string(),
            (false, false) => HygieneWords::FieldUnknownHere { field }.to_string(),
        })
    }

    /// That nothing is known of what stands there, where that is so.
    ///
    /// # Errors
    /// `field.cases_unread`.
    pub fn refuse_unread(&self) -> Result<(), Message> {
        match self.missing_said() {
            Some(why) => Err(FieldFault::CasesUnread { why }.into()),
            None => Ok(()),
        }
    }

    /// Since when the site has the chosen field no more. What is kept of it is read as before.
    pub fn gone_at(&self) -> Option<Millis> {
        self.fields.iter().filter(|_| self.is_chosen).find_map(|field| field.gone_at)
    }

    /// That it has it no more, in words.
    pub fn gone_said(&self) -> Option<String> {
        let day = self.gone_at()?.rfc3339().chars().take(10).collect();
        let field = self.fields.first()?.id.clone();
        Some(HygieneWords::FieldGone { field, day }.to_string())
    }
}

/// What comes of a reading.
#[derive(Clone, PartialEq, Debug)]
pub struct CasesFound {
    /// When the counting began.
    pub counted_at: Millis,
    /// Live issues.
    pub issues: u64,
    /// Those of them in which something stands in a field of these.
    pub filled: u64,
    /// Those of these that name a case.
    pub named: u64,
    /// Different cases.
    pub cases: u64,
    /// Parts of texts that name none.
    pub unmatched: u64,
    /// Some that name one: the newest.
    pub examples: Vec<CaseExample>,
    /// Some that name none: the newest.
    pub unmatched_examples: Vec<UnmatchedCase>,
}

impl CasesFound {
    /// The part of all live issues in which something stands, in per cent.
    pub fn filled_percent(&self) -> Option<f64> {
        share(self.filled, self.issues)
    }

    /// The part of these that name a case, in per cent.
    pub fn matched_percent(&self) -> Option<f64> {
        share(self.named, self.filled)
    }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 * 100.0 / of as f64)
}

/// A case and how it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseExample {
    /// The issue.
    pub key: String,
    /// As it is written.
    pub raw: String,
    /// The case.
    pub case_id: String,
}

/// Something in a field of cases that names none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnmatchedCase {
    /// The issue's number, and which part of its texts it is: in their order, they are the order of all.
    pub place: (i64, usize),
    /// The issue.
    pub key: String,
    /// Its project.
    pub project: String,
    /// As it is written; nothing of a value that holds no text.
    pub raw: Option<String>,
}

/// How cases of an integration are read today.
pub async fn cases_read(store: &Store, integration: &Integration) -> Result<CasesRead, StoreError> {
    let all = store.custom_fields(&integration.id).await?;
    let exclusions = &integration.settings.exclusions;
    let unread = unread::wanted(store, integration).await?;
    let is_read = |field: &CustomField| !exclusions.excludes(&field.id) && !unread.excludes(&field.id);
    Ok(match &integration.settings.cases {
        Some(chosen) => {
            let fields: Vec<_> =
                all.into_iter().filter(|field| field.id == chosen.field).filter(is_read).collect();
            let missing = fields.is_empty().then(|| chosen.field.clone());
            let is_left_out = exclusions.excludes(&chosen.field);
            let is_unread = unread.excludes(&chosen.field);
            let spelling = chosen.spelling.clone();
            CasesRead { fields, is_chosen: true, spelling, missing, is_left_out, is_unread }
        }
        None => by_name(all, is_read, |field| exclusions.excludes(field)),
    })
}

/// The fields in which cases may stand, by name.
pub async fn cases_fields(store: &Store, integration: &Integration) -> Result<Vec<CustomField>, StoreError> {
    let mut fields = store.custom_fields(&integration.id).await?;
    let exclusions = &integration.settings.exclusions;
    fields.retain(|field| holds_texts(field) && !exclusions.excludes(&field.id));
    fields.sort_by_cached_key(|field| (field.name.to_lowercase(), field.id.clone()));
    Ok(fields)
}

fn by_name(
    all: Vec<CustomField>,
    is_read: impl Fn(&CustomField) -> bool,
    is_left_out: impl Fn(&str) -> bool,
) -> CasesRead {
    let is_named = |field: &CustomField| {
        let name = field.name.to_lowercase();
        name.contains("salesforce") && name.contains("case") && holds_texts(field)
    };
    let (fields, others): (Vec<_>, Vec<_>) = all.into_iter().filter(is_named).partition(is_read);
    let missing = others.into_iter().next().filter(|_| fields.is_empty()).map(|field| field.id);
    CasesRead {
        fields,
        is_chosen: false,
        spelling: CaseSpelling::default(),
        is_left_out: missing.as_deref().is_some_and(&is_left_out),
        is_unread: missing.as_deref().is_some_and(|field| !is_left_out(field)),
        missing,
    }
}

fn holds_texts(field: &CustomField) -> bool {
    let source = field.source.as_deref().and_then(|source| source.rsplit(':').next()).unwrap_or_default();
    !TAKEN.contains(&source) && !field.kind.as_deref().is_some_and(|kind| NO_TEXTS.contains(&kind))
}

/// A reading that somebody thinks of.
///
/// # Errors
/// `field.unlisted`, `field.excluded`, `field.type` where no text can stand in it.
pub async fn cases_wished(
    store: &Store,
    integration: &Integration,
    wish: &CaseField,
) -> Result<CasesRead, StoreError> {
    let field = readable(store, integration, &wish.field).await?;
    if !holds_texts(&field) {
        let (field, wanted) = (wish.field.clone(), "support cases".to_owned());
        let known = "what it is; cases stand in texts, numbers, options and lists of these".to_owned();
        return Err(Message::from(FieldFault::Type { field, wanted, known }).into());
    }
    let spelling = wish.spelling.clone();
    let is_unread = unread::wanted(store, integration).await?.excludes(&wish.field);
    let missing = is_unread.then(|| wish.field.clone());
    let fields = if is_unread { vec![] } else { vec![field] };
    Ok(CasesRead { fields, is_chosen: true, spelling, missing, is_left_out: false, is_unread })
}

/// What a reading finds in the live issues that are kept.
pub async fn cases_found(
    store: &Store,
    integration: &Integration,
    read: &CasesRead,
    now: Millis,
) -> Result<CasesFound, StoreError> {
    let mut found = CasesFound {
        counted_at: now,
        issues: store.live_by_project(&integration.id).await?.iter().map(|(_, issues)| issues).sum(),
        filled: 0,
        named: 0,
        cases: 0,
        unmatched: 0,
        examples: vec![],
        unmatched_examples: vec![],
    };
    let mut cases: HashSet<String> = HashSet::new();
    let each = |document: &CaseDocument, values: Vec<Option<Vec<String>>>| {
        if !document.is_live {
            return ControlFlow::Continue(());
        }
        let mut names_one = false;
        found.filled += 1;
        for piece in values.iter().flatten().flatten().flat_map(|text| read.spelling.pieces(text)) {
            if let Some(case_id) = piece.case_id {
                names_one = true;
                let (key, raw) = (document.key.clone(), short(piece.raw));
                keep_last(&mut found.examples, CaseExample { key, raw, case_id: case_id.clone() });
                cases.insert(case_id);
            }
        }
        for one in unmatched_of(document, &values, &read.spelling) {
            found.unmatched += 1;
            keep_last(&mut found.unmatched_examples, one);
        }
        found.named += u64::from(names_one);
        ControlFlow::Continue(())
    };
    walk(store, integration, read, 0, each).await?;
    found.cases = cases.len() as u64;
    found.examples.reverse();
    found.unmatched_examples.reverse();
    Ok(found)
}

/// Parts of texts that name no case, after a place and in order of places; `limit` at most.
pub async fn unmatched_cases(
    store: &Store,
    integration: &Integration,
    read: &CasesRead,
    (after, limit): (Option<(i64, usize)>, usize),
) -> Result<Vec<UnmatchedCase>, StoreError> {
    let mut all: Vec<UnmatchedCase> = Vec::new();
    let each = |document: &CaseDocument, values: Vec<Option<Vec<String>>>| {
        let of_issue = unmatched_of(document, &values, &read.spelling);
        all.extend(of_issue.into_iter().filter(|one| after.is_none_or(|after| one.place > after)));
        if all.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    // An issue of which some were given may have more.
    walk(store, integration, read, after.map_or(0, |(no, _)| no - 1), each).await?;
    all.truncate(limit);
    Ok(all)
}

/// What of an issue names no case; nothing of one that does not count.
fn unmatched_of(
    document: &CaseDocument,
    values: &[Option<Vec<String>>],
    spelling: &CaseSpelling,
) -> Vec<UnmatchedCase> {
    let mut all = Vec::new();
    for value in values.iter().filter(|_| document.is_live) {
        let raws: Vec<Option<String>> = match value {
            None => vec![None],
            Some(texts) => {
                let pieces = texts.iter().flat_map(|text| spelling.pieces(text));
                pieces.filter(|piece| piece.case_id.is_none()).map(|piece| Some(short(piece.raw))).collect()
            }
        };
        for raw in raws {
            let (key, project) = (document.key.clone(), document.project_key.clone());
            all.push(UnmatchedCase { place: (document.no, all.len()), key, project, raw });
        }
    }
    all
}

/// Keeps how cases are read from now on, and reads those of all issues anew by it. Without a wish: by names of fields.
///
/// # Errors
/// What [`cases_wished`] refuses, `run.busy` while the integration is brought up to date, `integration.changed`. Nothing is changed then.
pub async fn keep_cases(
    store: &Store,
    integration: &Integration,
    wish: Option<&CaseField>,
    holder: &LeaseHolder,
) -> Result<CasesRead, Message> {
    let lease = lease::take(store, integration, holder).await?;
    let outcome = keep_leased(store, integration, wish, &lease).await;
    lease::give_back(store, &lease).await;
    outcome
}

async fn keep_leased(
    store: &Store,
    integration: &Integration,
    wish: Option<&CaseField>,
    lease: &weir_store::Lease,
) -> Result<CasesRead, Message> {
    // As it is under the lease.
    let before = store.integration(&integration.name).await.map_err(said)?;
    let before = before.filter(|before| before.id == integration.id);
    let before = before.ok_or_else(|| Message::IntegrationChanged { name: integration.name.clone() })?;
    if let Some(wish) = wish {
        cases_wished(store, &before, wish).await.map_err(said)?;
    }
    let mut after = before.clone();
    after.settings.cases = wish.cloned();
    let read = cases_read(store, &after).await.map_err(said)?;
    let mut rows: Vec<(i64, IssueCase)> = Vec::new();
    let each = |document: &CaseDocument, values: Vec<Option<Vec<String>>>| {
        let mut seen = BTreeSet::new();
        for text in values.into_iter().flatten().flatten() {
            for case in read.spelling.cases(&text) {
                if seen.insert(case.case_id.clone()) {
                    rows.push((document.no, case));
                }
            }
        }
        ControlFlow::Continue(())
    };
    walk(store, &after, &read, 0, each).await.map_err(said)?;
    // What came before may have taken a while.
    if !store.renew_lease(lease).await.map_err(said)? {
        return Err(Message::RunBusy { name: before.name.clone() });
    }
    store.read_cases_as(lease, (&before, &after), &rows).await.map_err(said)?;
    Ok(read)
}

/// Goes through all issues after a number in which something stands in a field of these, with the texts of each value: none of a value of
/// another shape.
async fn walk(
    store: &Store,
    integration: &Integration,
    read: &CasesRead,
    mut after: i64,
    mut each: impl FnMut(&CaseDocument, Vec<Option<Vec<String>>>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let fields: Vec<&str> = read.fields.iter().map(|field| field.id.as_str()).collect();
    loop {
        let some = store.case_documents(&integration.id, &fields, (after, TOGETHER)).await?;
        for document in &some {
            after = document.no;
            let members: BTreeMap<String, &RawValue> =
                serde_json::from_str(&document.fields).map_err(crate::fields::unfit)?;
            let values = fields.iter().filter_map(|field| members.get(*field));
            let values: Vec<_> = values.map(|value| texts_of_cases(value.get())).collect();
            let is_filled = |value: &Option<Vec<String>>| {
                value.as_ref().is_none_or(|texts| texts.iter().any(|text| !text.trim().is_empty()))
            };
            if values.iter().any(is_filled) && each(document, values).is_break() {
                return Ok(());
            }
        }
        if some.len() < TOGETHER {
            return Ok(());
        }
    }
}

fn keep_last<T>(kept: &mut Vec<T>, one: T) {
    if kept.len() == EXAMPLES {
        kept.remove(0);
    }
    kept.push(one);
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}
