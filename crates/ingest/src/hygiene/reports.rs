//! Reports that people keep: over which integrations, which issues, with which weights, compared with when. Over several integrations
//! the counts are added up before they are weighed.

use super::{
    Base, HygieneReport, KnownFields, Question, Recent, RuleLine,
    ask::{Compared, NoScore, before, report, report_before},
    blocked::{self, Blocked},
    not_asked::NotAsked,
    question::scope,
    refusal::{self, Refused},
    settings::{own_rules_within, settings_of, weighed},
    unfit,
    words::name_of,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use weir_metrics::hygiene::{BuiltIn, Rule, RuleId, Scope, Weights};
use weir_model::{
    Entropy, HygieneFault, HygieneReportId, Integration, IntegrationId, KeptReport, Message, Millis, Reach,
    Workspace, WorkspaceId,
};
use weir_store::{Store, StoreError};

/// Characters that the name of a report has at most.
const LONGEST_NAME: usize = 40;

/// Days that a report can look back at most for what it is compared with: ten years.
pub const MOST_COMPARED_DAYS: u32 = 3_650;

/// What a report asks.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SavedQuestion {
    /// The integrations; all that its workspace sees, where there is none.
    pub integrations: Vec<IntegrationId>,
    /// Which time counts, in words.
    pub basis: Option<String>,
    /// Filters, in words.
    pub filters: Vec<String>,
    /// Points of rules; those that are kept, where there is none.
    pub weights: BTreeMap<RuleId, f64>,
    /// Days before, with which it is compared.
    pub compare_days: Option<u32>,
}

impl SavedQuestion {
    /// With each integration once, however often it is named.
    fn each_once(mut self) -> Self {
        let mut seen = BTreeSet::new();
        self.integrations.retain(|id| seen.insert(*id));
        self
    }
}

/// A report that somebody keeps.
#[derive(Clone, PartialEq, Debug)]
pub struct SavedReport {
    /// Its id.
    pub id: HygieneReportId,
    /// Whose it is; nothing where it belongs to the installation.
    pub workspace: Option<WorkspaceId>,
    /// What people call it.
    pub name: String,
    /// What it asks.
    pub question: SavedQuestion,
    /// Grows by one with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it changed last.
    pub changed_at: Millis,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct SavedResult {
    /// The counts of all its integrations together.
    pub whole: HygieneReport,
    /// The same of each of them.
    pub parts: Vec<HygieneReport>,
    /// Names of those that are not asked, because they wait to be deleted.
    pub left_out: Vec<String>,
    /// How many of those that it names are gone: deleted, or not seen by its workspace any more.
    pub gone: usize,
}

impl SavedReport {
    fn of(kept: KeptReport) -> Result<Self, StoreError> {
        let question = serde_json::from_str(&kept.document).map_err(unfit)?;
        let KeptReport { id, workspace, name, revision, created_at, changed_at, .. } = kept;
        Ok(Self { id, workspace, name, question, revision, created_at, changed_at })
    }

    fn kept(&self) -> Result<KeptReport, StoreError> {
        let document = serde_json::to_string(&self.question).map_err(unfit)?;
        let Self { id, workspace, name, revision, created_at, changed_at, .. } = self.clone();
        Ok(KeptReport { id, workspace, name, document, revision, created_at, changed_at })
    }

    /// What is said where so many of the integrations that it names are gone.
    pub fn gone_said(&self, gone: usize) -> Option<Message> {
        let (report, all) = (self.name.clone(), self.question.integrations.len());
        let left = all.saturating_sub(gone);
        Some(match (gone, left) {
            (0, _) => return None,
            (_, 0) => HygieneFault::ReportAllGone { report }.into(),
            _ => HygieneFault::ReportSomeGone { report, left: left as u64, all: all as u64 }.into(),
        })
    }

    /// How many of the integrations that it names are gone, where its workspace sees these.
    pub fn gone(&self, seen: &[Integration]) -> usize {
        let named = self.question.integrations.iter();
        named.filter(|id| !seen.iter().any(|one| one.id == **id)).count()
    }

    /// Which issues it asks about, of an integration that has these fields.
    ///
    /// # Errors
    /// `hygiene.report_outdated` where a filter names what is not read any more, or is read differently.
    fn scope(&self, integration: &Integration, fields: &KnownFields) -> Result<Scope, Message> {
        let asked = (self.question.basis.as_deref(), self.question.filters.as_slice());
        scope_of(asked, integration, fields).map_err(|fault| {
            let (report, integration) = (self.name.clone(), integration.name.clone());
            let reason = fault.to_string();
            match fault {
                Message::HygieneFault(HygieneFault::FieldLeftOut { .. }) => {
                    HygieneFault::ReportLeftOut { report, integration, reason }
                }
                Message::HygieneFault(HygieneFault::FieldNotReadYet { .. }) => {
                    HygieneFault::ReportNotReadYet { report, integration, reason }
                }
                _ => HygieneFault::ReportOutdated { report, integration, reason },
            }
            .into()
        })
    }
}

/// Which issues are asked about, of an integration that has these fields.
fn scope_of(
    (basis, filters): (Option<&str>, &[String]),
    integration: &Integration,
    fields: &KnownFields,
) -> Result<Scope, Message> {
    let scope = scope(basis, filters, fields)?;
    match blocked::asked_for(&scope, &integration.settings.exclusions, fields) {
        Some(fault) => Err(fault.into()),
        None => Ok(scope),
    }
}

fn is_left_out(fault: &Message) -> bool {
    matches!(fault, Message::HygieneFault(HygieneFault::FieldLeftOut { .. }))
}

/// Each of the integrations has to have what is asked about; what is to be read again soon will be there.
fn can_be_asked(asked: (Option<&str>, &[String]), of: &[(&Integration, KnownFields)]) -> Result<(), Message> {
    if of.is_empty() {
        return scope(asked.0, asked.1, &KnownFields::default()).map(drop);
    }
    let fault = |(one, fields): &(&Integration, KnownFields)| {
        let fault = scope_of(asked, one, fields).err()?;
        let is_to_come = matches!(fault, Message::HygieneFault(HygieneFault::FieldNotReadYet { .. }));
        (!is_to_come).then(|| (one.name.clone(), fault))
    };
    let faults: Vec<(String, Message)> = of.iter().filter_map(fault).collect();
    let Some((integration, fault)) = faults.first().cloned() else { return Ok(()) };
    let reason = fault.to_string();
    if is_left_out(&fault) {
        return Err(HygieneFault::AskedLeftOut { integration, reason }.into());
    }
    // What means nothing anywhere is not about one of them.
    match faults.len() == of.len() && faults.iter().all(|(_, other)| *other == fault) {
        true => Err(fault),
        false => Err(HygieneFault::AskedNotThere { integration, reason }.into()),
    }
}

/// Reports within reach, by name.
pub async fn saved_reports(store: &Store, reach: &Reach) -> Result<Vec<SavedReport>, StoreError> {
    store.hygiene_reports(reach).await?.into_iter().map(SavedReport::of).collect()
}

/// One report.
pub async fn saved_report(store: &Store, id: &HygieneReportId) -> Result<Option<SavedReport>, StoreError> {
    store.hygiene_report(id).await?.map(SavedReport::of).transpose()
}

/// The integrations that a workspace sees; all of them where there is none.
async fn within(store: &Store, workspace: Option<&WorkspaceId>) -> Result<Vec<Integration>, StoreError> {
    let reach = workspace.map_or(Reach::Everything, |workspace| Reach::Workspaces(vec![*workspace]));
    store.integrations_within(&reach, None, u32::MAX).await
}

/// A name and a question that can be kept in a workspace. What is kept of it already is not looked at again, so that a report that
/// cannot be asked any more can have another name; of other integrations it is asked anew.
///
/// # Errors
/// Why not, and about which member.
async fn checked(
    store: &Store,
    workspace: Option<&WorkspaceId>,
    (name, question): (&str, &SavedQuestion),
    kept: Option<&SavedQuestion>,
) -> Result<String, Refused> {
    let name = name.trim();
    let length = name.chars().count();
    if name.is_empty() {
        return Err(Refused::at(HygieneFault::ReportNoName {}, "/name"));
    }
    if length > LONGEST_NAME {
        let (length, most) = (length as u64, LONGEST_NAME as u64);
        return Err(Refused::at(HygieneFault::NameLong { length, most }, "/name"));
    }
    if name.chars().any(char::is_control) {
        return Err(Refused::at(HygieneFault::NameOdd {}, "/name"));
    }
    let seen = within(store, workspace).await?;
    let mut asked_of = vec![];
    let named = &question.integrations;
    for one in seen.iter().filter(|one| named.is_empty() || named.contains(&one.id)) {
        asked_of.push((one, KnownFields::of(store, one).await?));
    }
    let all = |of: &SavedQuestion| of.integrations.iter().copied().collect::<BTreeSet<_>>();
    let of_same = kept.filter(|kept| all(kept) == all(question));
    if of_same.is_none_or(|kept| kept.basis != question.basis) {
        can_be_asked((question.basis.as_deref(), &[]), &asked_of)
            .map_err(|fault| Refused::at(fault, "/basis"))?;
    }
    let is_new = |filter: &String| of_same.is_none_or(|kept| !kept.filters.contains(filter));
    for (place, filter) in question.filters.iter().enumerate().filter(|(_, filter)| is_new(filter)) {
        can_be_asked((None, std::slice::from_ref(filter)), &asked_of)
            .map_err(|fault| Refused::at(fault, &format!("/filters/{place}")))?;
    }
    let is_known = |id: &IntegrationId| {
        seen.iter().any(|one| one.id == *id) || kept.is_some_and(|kept| kept.integrations.contains(id))
    };
    if let Some(id) = question.integrations.iter().find(|id| !is_known(id)) {
        let name = id.to_string();
        return Err(Refused::at(Message::IntegrationUnknown { name }, "/integrations"));
    }
    if let Some(days) = question.compare_days.filter(|days| !(1..=MOST_COMPARED_DAYS).contains(days)) {
        let fault = HygieneFault::CompareDays { days, most: MOST_COMPARED_DAYS };
        return Err(Refused::at(fault, "/compare_days"));
    }
    if !question.weights.is_empty() && of_same.is_none_or(|kept| kept.weights != question.weights) {
        let own = own_rules_within(store, workspace).await?;
        let is_there = |of: &str| asked_of.iter().any(|(one, _)| one.name == of);
        let known: BTreeSet<RuleId> =
            own.iter().filter(|(of, _)| is_there(of)).map(|(_, own)| own.asked().id).collect();
        if let Some(rule) =
            question.weights.keys().find(|rule| matches!(rule, RuleId::Custom(_)) && !known.contains(rule))
        {
            // A rule of an integration that it does not ask is told by its name.
            let elsewhere = own.iter().map(|(_, own)| own.asked()).find(|own| own.id == *rule);
            let name = elsewhere.as_ref().map_or_else(|| rule.to_string(), name_of);
            let name = weir_model::clean(&name, 60);
            let known = BuiltIn::ALL.map(BuiltIn::as_str).join(", ");
            return Err(Refused::at(HygieneFault::RuleUnknown { name, known }, "/weights"));
        }
        Weights::new(question.weights.clone())
            .map_err(|error| Refused::at(refusal::of_asked_weights(&error), "/weights"))?;
    }
    Ok(name.to_owned())
}

/// Keeps a report.
///
/// # Errors
/// `hygiene.report_taken`, and why it cannot be.
pub async fn add_report(
    store: &Store,
    workspace: Option<WorkspaceId>,
    (name, question): (&str, SavedQuestion),
    (now, entropy): (Millis, &dyn Entropy),
) -> Result<SavedReport, Refused> {
    let question = question.each_once();
    let name = checked(store, workspace.as_ref(), (name, &question), None).await?;
    let id = HygieneReportId::generate(now, entropy);
    let made = SavedReport { id, workspace, name, question, revision: 1, created_at: now, changed_at: now };
    store.add_hygiene_report(&made.kept()?).await.map_err(|error| about_name(&error))?;
    Ok(made)
}

/// Makes a report what it is to be, as it was seen.
///
/// # Errors
/// `hygiene.report_taken`, `hygiene.report_gone`, `changed.meanwhile`, and why it cannot be.
pub async fn change_report(
    store: &Store,
    seen: &SavedReport,
    (name, question): (&str, SavedQuestion),
    now: Millis,
) -> Result<SavedReport, Refused> {
    let question = without_gone(store, seen, question.each_once()).await?;
    // What it asked already is not asked anew, without those that are gone either.
    let kept =
        without_gone(store, seen, seen.question.clone()).await.unwrap_or_else(|_| seen.question.clone());
    let name = checked(store, seen.workspace.as_ref(), (name, &question), Some(&kept)).await?;
    let changed =
        SavedReport { name, question, revision: seen.revision + 1, changed_at: now, ..seen.clone() };
    store.change_hygiene_report(&changed.kept()?).await.map_err(|error| about_name(&error))?;
    Ok(changed)
}

/// A question without those integrations that the report named and that are gone. Where no other is named, it would ask all.
async fn without_gone(
    store: &Store,
    seen: &SavedReport,
    mut question: SavedQuestion,
) -> Result<SavedQuestion, Refused> {
    let here = within(store, seen.workspace.as_ref()).await?;
    let is_gone =
        |id: &IntegrationId| seen.question.integrations.contains(id) && !here.iter().any(|one| one.id == *id);
    let is_for_all = question.integrations.is_empty();
    question.integrations.retain(|id| !is_gone(id));
    match question.integrations.is_empty() && !is_for_all {
        true => Err(Refused::at(HygieneFault::ReportAllGone { report: seen.name.clone() }, "/integrations")),
        false => Ok(question),
    }
}

fn about_name(error: &StoreError) -> Refused {
    match error.message() {
        Message::HygieneFault(fault @ HygieneFault::ReportTaken { .. }) => {
            Refused::at(fault.clone(), "/name")
        }
        other => other.clone().into(),
    }
}

/// The integrations of a report.
struct Found {
    asked_of: Vec<Integration>,
    /// Names of those that are not asked, because they wait to be deleted.
    left_out: Vec<String>,
    /// How many of those that it names are gone.
    gone: usize,
}

async fn integrations_of(store: &Store, saved: &SavedReport) -> Result<Found, StoreError> {
    let mut integrations = within(store, saved.workspace.as_ref()).await?;
    let gone = saved.gone(&integrations);
    let named = &saved.question.integrations;
    integrations.retain(|one| named.is_empty() || named.contains(&one.id));
    let (mut asked_of, mut left_out) = (vec![], vec![]);
    for integration in integrations {
        match store.deletion(&integration.id).await? {
            Some(_) => left_out.push(integration.name),
            None => asked_of.push(integration),
        }
    }
    Ok(Found { asked_of, left_out, gone })
}

/// What keeps each of these reports from being opened, or from having a score, where something does; else how many of its integrations
/// are gone.
pub async fn troubles(store: &Store, reports: &[SavedReport]) -> Result<Vec<Option<Message>>, StoreError> {
    let mut known: BTreeMap<IntegrationId, KnownFields> = BTreeMap::new();
    let mut all = vec![];
    for saved in reports {
        let mut trouble = None;
        let question = &saved.question;
        // Without words there is nothing that could have changed.
        let is_wordless = question.filters.is_empty() && question.basis.is_none();
        let (asked_of, gone) = match is_wordless && question.integrations.is_empty() {
            true => (vec![], 0),
            false => integrations_of(store, saved).await.map(|found| (found.asked_of, found.gone))?,
        };
        for integration in asked_of.into_iter().filter(|_| !is_wordless) {
            let fields = match known.entry(integration.id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(KnownFields::of(store, &integration).await?),
            };
            trouble = trouble.or(saved.scope(&integration, fields).err());
        }
        trouble = trouble.or_else(|| saved.gone_said(gone));
        if trouble.is_none() && !saved.question.weights.is_empty() {
            trouble = unweighed(store, saved).await?;
        }
        all.push(trouble);
    }
    Ok(all)
}

/// What is said of a report none of whose weighted rules its integrations have.
async fn unweighed(store: &Store, saved: &SavedReport) -> Result<Option<Message>, StoreError> {
    let asked = questions(store, saved).await?.asked;
    let is_weighed =
        |(_, question): &(Integration, Question)| weighed(&saved.question.weights, &question.rules).is_some();
    let report = saved.name.clone();
    let is_bare = !asked.is_empty() && !asked.iter().any(is_weighed);
    Ok(is_bare.then(|| HygieneFault::ReportUnweighed { report }.into()))
}

/// What a report asks of each of its integrations.
pub(super) struct Questions {
    pub(super) asked: Vec<(Integration, Question)>,
    workspace: Option<Workspace>,
    left_out: Vec<String>,
    pub(super) gone: usize,
}

/// What a report asks. Its weights are for all of its integrations together, and not in here.
pub(super) async fn questions(store: &Store, saved: &SavedReport) -> Result<Questions, StoreError> {
    let Found { asked_of, left_out, gone } = integrations_of(store, saved).await?;
    let workspace = match &saved.workspace {
        Some(id) => store.workspace(id).await?,
        None => None,
    };
    let mut asked = vec![];
    for integration in asked_of {
        let base = Base::within(store, &integration, workspace.as_ref()).await?;
        let question = Question { scope: saved.scope(&integration, &base.fields)?, ..Question::from(base) };
        asked.push((integration, question));
    }
    Ok(Questions { asked, workspace, left_out, gone })
}

/// What a report says at `now`. An integration that its workspace does not see any more is passed over; so is one that waits to be
/// deleted. Both are said.
pub async fn open_report(
    store: &Store,
    recent: &Recent,
    saved: &SavedReport,
    now: Millis,
) -> Result<SavedResult, StoreError> {
    let Questions { mut asked, workspace, left_out, gone } = questions(store, saved).await?;
    let mut rules = all_rules(asked.iter().map(|(_, question)| question));
    let settings = settings_of(store, workspace.as_ref()).await?.settings;
    if asked.is_empty() {
        rules = settings.rules(&[]);
    }
    // Weights of its own are for the rules that it names, and for no others.
    let points = &saved.question.weights;
    let weights_of = |rules: &[Rule]| match points.is_empty() {
        true => settings.weights_of(rules),
        false => weighed(points, rules).unwrap_or_else(Weights::none),
    };
    for (_, question) in &mut asked {
        question.weights = weights_of(&question.rules);
    }
    let by = (rules.as_slice(), &weights_of);
    let (mut whole, parts) = added_up((store, recent), &asked, by, (now, None)).await?;
    if let Some(days) = saved.question.compare_days {
        let (then, _) = added_up((store, recent), &asked, by, (now, Some(days))).await?;
        whole.compared = Some(Compared::of(before(now, days), then.score, whole.score));
    }
    Ok(SavedResult { whole, parts, left_out, gone })
}

/// The rules of several questions, each once.
fn all_rules<'a>(questions: impl Iterator<Item = &'a Question>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = vec![];
    for rule in questions.flat_map(|question| &question.rules) {
        if !rules.iter().any(|known| known.id == rule.id) {
            rules.push(rule.clone());
        }
    }
    rules
}

/// What all integrations that a rule is asked of say of it together.
struct Counted {
    misses: u64,
    /// Issues in scope of those integrations.
    asked: u64,
    /// The same; all issues in scope, where it is asked of no integration.
    in_scope: u64,
    /// Why it is asked of none.
    blocked: Option<Blocked>,
    /// The others, where it is asked of some.
    not_asked_in: Vec<NotAsked>,
}

fn counted(rule: &Rule, parts: &[HygieneReport], all: u64) -> Counted {
    let id = rule.id.to_string();
    let (mut asked_of, mut misses, mut in_scope, mut not_asked_in) = (0, 0, 0, vec![]);
    let mut blocked = None;
    for part in parts {
        let line = part.rules.iter().find(|line| line.rule == id);
        match NotAsked::of(&part.integration, line) {
            Some(not_asked) => {
                blocked = blocked.or_else(|| line.and_then(RuleLine::blocked));
                not_asked_in.push(not_asked);
            }
            None => {
                asked_of += 1;
                misses += line.map_or(0, |line| line.misses);
                in_scope += part.in_scope;
            }
        }
    }
    match asked_of {
        0 => Counted { misses: 0, asked: 0, in_scope: all, blocked, not_asked_in: vec![] },
        _ => Counted { misses, asked: in_scope, in_scope, blocked: None, not_asked_in },
    }
}

/// The counts of several integrations together, and those of each; as of now, or as of so many days before. A rule that none of those
/// with issues in scope has is as none: as in each of them, its weight falls to the others.
async fn added_up(
    (store, recent): (&Store, &Recent),
    asked: &[(Integration, Question)],
    (rules, weights_of): (&[Rule], &impl Fn(&[Rule]) -> Weights),
    (now, days): (Millis, Option<u32>),
) -> Result<(HygieneReport, Vec<HygieneReport>), StoreError> {
    let mut parts = vec![];
    for (integration, question) in asked {
        parts.push(match days {
            None => report(store, recent, integration, question, now).await?,
            Some(days) => report_before((store, recent), integration, question, (now, days)).await?,
        });
    }
    let in_scope = parts.iter().map(|part| part.in_scope).sum();
    let with_issues = asked.iter().zip(&parts).filter(|(_, part)| part.in_scope > 0);
    let weights = match in_scope {
        0 => weights_of(rules),
        _ => weights_of(&all_rules(with_issues.map(|((_, question), _)| question))),
    };
    let counts: Vec<Counted> = rules.iter().map(|rule| counted(rule, &parts, in_scope)).collect();
    let ids: Vec<RuleId> = rules.iter().map(|rule| rule.id.clone()).collect();
    let of_rules: Vec<(u64, u64)> = counts.iter().map(|counted| (counted.misses, counted.asked)).collect();
    let score = weights.score_of(&ids, (in_scope, &of_rules)).map_err(unfit)?;
    let lines = score.rules.into_iter().zip(rules).zip(counts).map(|((of, rule), counted)| RuleLine {
        in_scope: counted.in_scope,
        not_asked_in: counted.not_asked_in,
        ..RuleLine::of(rule, of, counted.blocked)
    });
    let lines: Vec<RuleLine> = lines.collect();
    let whole = HygieneReport {
        integration: parts.iter().map(|part| part.integration.as_str()).collect::<Vec<_>>().join(", "),
        score: score.score,
        no_score: NoScore::of(score.score, in_scope, &lines),
        // The oldest of what its parts speak of.
        as_of: parts.iter().map(|part| part.as_of.clone()).min().unwrap_or_else(|| now.rfc3339()),
        in_scope,
        rules: lines,
        compared: None,
        groups: vec![],
    };
    Ok((whole, parts))
}
