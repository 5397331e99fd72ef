//! Questions: a report, and its trend.

use super::{
    BlockedBecause, Question, Recent,
    blocked::{self, Blocked},
    known, name_of,
    not_asked::NotAsked,
    refusal,
    scan::{Planned, planned, scan},
    unfit,
};
use serde::Serialize;
use std::sync::Arc;
use weir_metrics::{
    Day, Field,
    hygiene::{
        Counts, Every, Plan, Rule, RuleId, RuleScore, Series, Tally, count, count_over_time, instants,
    },
};
use weir_model::{DAY_MS, HygieneWords as Words, Integration, Millis};
use weir_store::{Store, StoreError};

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct HygieneReport {
    /// The integration's name.
    pub integration: String,
    /// From 0 to 100; nothing where nothing is in scope, or nothing that is weighed was asked of any issue.
    pub score: Option<f64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_score: Option<NoScore>,
    /// The instant that it speaks of.
    pub as_of: String,
    /// Issues in scope.
    pub in_scope: u64,
    /// Each rule.
    pub rules: Vec<RuleLine>,
    /// How it was before, where the question compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// The same for each value of a field, those with most issues first, where the question parts the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupLine>,
}

/// Why there is no score.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoScore {
    /// No issue is in scope.
    NothingInScope,
    /// None of the rules has a weight.
    NothingWeighed,
    /// No rule that has a weight was asked of any issue.
    NothingAsked,
}

impl NoScore {
    pub(super) fn of(score: Option<f64>, in_scope: u64, rules: &[RuleLine]) -> Option<Self> {
        match (score, in_scope) {
            (Some(_), _) => None,
            (None, 0) => Some(Self::NothingInScope),
            (None, _) if rules.iter().any(|line| line.weight > 0.0) => Some(Self::NothingAsked),
            (None, _) => Some(Self::NothingWeighed),
        }
    }

    /// What programs read: `nothing_in_scope`, `nothing_weighed` or `nothing_asked`.
    pub fn word(self) -> &'static str {
        match self {
            Self::NothingInScope => "nothing_in_scope",
            Self::NothingWeighed => "nothing_weighed",
            Self::NothingAsked => "nothing_asked",
        }
    }

    /// The same as people read it.
    pub fn said(self) -> String {
        match self {
            Self::NothingInScope => Words::NothingInScope {},
            Self::NothingWeighed => Words::NothingWeighed {},
            Self::NothingAsked => Words::NothingAsked {},
        }
        .to_string()
    }
}

/// A rule's part in a report.
#[derive(Clone, Debug, Serialize)]
pub struct RuleLine {
    /// Its id.
    pub rule: String,
    /// What people call it.
    pub name: String,
    /// Issues that miss it.
    pub misses: u64,
    /// Issues in scope of which it is asked; where it is asked of none, all of them.
    pub in_scope: u64,
    /// Its weight.
    pub weight: f64,
    /// Points that it costs; nothing where nothing is in scope.
    pub points_lost: Option<f64>,
    /// The field that keeps it from being asked, so that it costs nothing.
    pub blocked_by: Option<String>,
    /// Why that field does.
    pub blocked_because: Option<BlockedBecause>,
    /// Where it is asked of some integrations of a report: the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_asked_in: Vec<NotAsked>,
}

impl RuleLine {
    /// What a rule takes from a score, and what keeps it from being asked.
    pub(super) fn of(rule: &Rule, score: RuleScore, blocked: Option<Blocked>) -> Self {
        Self {
            name: name_of(rule),
            rule: score.rule.to_string(),
            misses: score.misses,
            in_scope: score.in_scope,
            weight: score.weight,
            points_lost: score.points_lost,
            blocked_because: blocked.as_ref().map(|blocked| blocked.because),
            blocked_by: blocked.map(|blocked| blocked.field),
            not_asked_in: vec![],
        }
    }

    /// What keeps it from being asked.
    pub(super) fn blocked(&self) -> Option<Blocked> {
        Some(Blocked { field: self.blocked_by.clone()?, because: self.blocked_because? })
    }

    /// Whether somebody wrote it: people know it by its name, and not by its id.
    pub fn is_own(&self) -> bool {
        matches!(RuleId::from(self.rule.as_str()), RuleId::Custom(_))
    }

    /// Why it was not asked, as people read it at a terminal.
    pub fn blocked_said(&self) -> Option<String> {
        Some(self.blocked()?.said())
    }

    /// The same on a page.
    pub fn blocked_shown(&self) -> Option<String> {
        Some(self.blocked()?.shown())
    }
}

/// A score that another one is compared with.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The instant.
    pub at: String,
    /// The score then.
    pub score: Option<f64>,
    /// By how much the score is better now.
    pub change: Option<f64>,
}

/// A report on the issues that have one value of a field.
#[derive(Clone, Debug, Serialize)]
pub struct GroupLine {
    /// The value; nothing of those without one.
    pub value: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// Their score.
    pub score: Option<f64>,
    /// Those in scope.
    pub in_scope: u64,
    /// Each rule.
    pub rules: Vec<RuleLine>,
}

/// A report at many instants.
#[derive(Clone, Debug, Serialize)]
pub struct HygieneTrend {
    /// The integration's name.
    pub integration: String,
    /// Each instant, oldest first.
    pub points: Vec<TrendPoint>,
    /// How it was before, where the question compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
}

/// A report as it would have been.
#[derive(Clone, Debug, Serialize)]
pub struct TrendPoint {
    /// The instant.
    pub at: String,
    /// The day that it ends, in the integration's time zone.
    pub day: String,
    /// The score then.
    pub score: Option<f64>,
    /// Issues in scope then.
    pub in_scope: u64,
    /// Each rule then.
    pub rules: Vec<RuleLine>,
}

impl HygieneTrend {
    /// Its last point as a report, which it is.
    pub fn report(&self) -> Option<HygieneReport> {
        let last = self.points.last()?.clone();
        Some(HygieneReport {
            integration: self.integration.clone(),
            score: last.score,
            no_score: NoScore::of(last.score, last.in_scope, &last.rules),
            as_of: last.at,
            in_scope: last.in_scope,
            rules: last.rules,
            compared: self.compared.clone(),
            groups: vec![],
        })
    }
}

/// How healthy the backlog of an integration is at `now`, or was a moment ago, where that was counted.
pub async fn report(
    store: &Store,
    recent: &Recent,
    integration: &Integration,
    question: &Question,
    now: Millis,
) -> Result<HygieneReport, StoreError> {
    Ok(report_with_groups(store, recent, integration, (question, usize::MAX), now).await?.0)
}

/// The same with only so many groups, those with most issues, and with how many there are.
pub async fn report_with_groups(
    store: &Store,
    recent: &Recent,
    integration: &Integration,
    (question, most): (&Question, usize),
    now: Millis,
) -> Result<(HygieneReport, usize), StoreError> {
    let Counted { plan, at, counts } = counted((store, recent), integration, question, (now, None)).await?;
    let (score, rules) = scored(&plan, (question, integration), &counts.total)?;
    let compared = match question.compare_days {
        Some(days) => {
            let then = report_before((store, recent), integration, question, (at, days)).await?;
            Some(Compared::of(before(at, days), then.score, score))
        }
        None => None,
    };
    let all = if question.by.is_some() { counts.together(&plan) } else { vec![] };
    let groups = match &question.by {
        Some(field) => groups(store, integration, (question, field, most), (&plan, &all)).await?,
        None => vec![],
    };
    let report = HygieneReport::of(integration, at, (score, rules), counts.total.in_scope);
    Ok((HygieneReport { compared, groups, ..report }, all.len()))
}

/// What a report said as a whole so many days before `now`.
pub(super) async fn report_before(
    (store, recent): (&Store, &Recent),
    integration: &Integration,
    question: &Question,
    (now, days): (Millis, u32),
) -> Result<HygieneReport, StoreError> {
    let question = Question { by: None, compare_days: None, ..question.clone() };
    let Counted { plan, at, counts } =
        counted((store, recent), integration, &question, (now, Some(days))).await?;
    let scored = scored(&plan, (&question, integration), &counts.total)?;
    Ok(HygieneReport::of(integration, at, scored, counts.total.in_scope))
}

impl HygieneReport {
    /// As a whole, compared with nothing.
    fn of(
        integration: &Integration,
        at: Millis,
        (score, rules): (Option<f64>, Vec<RuleLine>),
        in_scope: u64,
    ) -> Self {
        Self {
            integration: integration.name.clone(),
            score,
            no_score: NoScore::of(score, in_scope, &rules),
            as_of: at.rfc3339(),
            in_scope,
            rules,
            compared: None,
            groups: vec![],
        }
    }
}

/// What was counted, by which plan, and of which instant.
struct Counted {
    plan: Arc<Plan>,
    at: Millis,
    counts: Arc<Counts>,
}

/// Counts as of `now`, or as of so many days before it; what was counted of a moment ago is as good.
async fn counted(
    (store, recent): (&Store, &Recent),
    integration: &Integration,
    question: &Question,
    (now, days): (Millis, Option<u32>),
) -> Result<Counted, StoreError> {
    let wanted = days.map_or(now, |days| before(now, days));
    // What is so today counts as today, as in a trend that ends now.
    let instants = if wanted < now { vec![wanted, now] } else { vec![now] };
    let Planned { mut plan, basis } = planned(store, integration, question, instants).await?;
    if let Some(field) = &question.by {
        plan = plan
            .by(field.clone())
            .map_err(|error| StoreError::from(refusal::of_rule(&error, &question.fields.types)))?;
    }
    let plan = Arc::new(plan);
    let counting = async {
        let counts = scan(store, integration, &plan, count, merged).await?;
        Ok::<_, StoreError>(counts.unwrap_or_default())
    };
    let (at, counts) = match days {
        None => recent.counts.or_count(basis, wanted, counting).await?,
        // Each day has a place of its own: a report and the day that it is compared with are asked for by turns.
        Some(days) => recent.compared.or_count(format!("{basis} {days}"), wanted, counting).await?,
    };
    Ok(Counted { plan, at, counts })
}

fn merged(mut all: Counts, some: Counts) -> Counts {
    all.merge(some);
    all
}

/// The instant so many days before.
pub(super) fn before(now: Millis, days: u32) -> Millis {
    Millis(now.0.saturating_sub(i64::from(days) * DAY_MS))
}

impl Compared {
    pub(super) fn of(at: Millis, then: Option<f64>, now: Option<f64>) -> Self {
        let change = now.zip(then).map(|(now, then)| now - then);
        Self { at: at.rfc3339(), score: then, change }
    }
}

async fn groups(
    store: &Store,
    integration: &Integration,
    (question, field, most): (&Question, &Field, usize),
    (plan, all): (&Plan, &[Grouped]),
) -> Result<Vec<GroupLine>, StoreError> {
    let is_person = matches!(field, Field::Assignee | Field::Reporter | Field::Creator);
    let people = match is_person {
        true => store.names_of_people(&integration.id).await?,
        false => Arc::default(),
    };
    let named = |(value, tally)| {
        let value: Option<&str> = Option::as_deref(value);
        (value, value.map(|value| people.get(value).map_or(value, String::as_str)), tally)
    };
    let mut groups: Vec<(Option<&str>, Option<&str>, &Tally)> =
        all.iter().map(|(value, tally)| named((value, tally))).collect();
    groups.sort_by(|(value, name, tally), (other_value, other_name, other)| {
        let by_issues = other.in_scope.cmp(&tally.in_scope);
        by_issues.then_with(|| name.cmp(other_name)).then_with(|| value.cmp(other_value))
    });
    let line = |(value, name, tally): (Option<&str>, Option<&str>, &Tally)| {
        let (score, rules) = scored(plan, (question, integration), tally)?;
        let (value, name) = (value.map(str::to_owned), name.map(str::to_owned));
        Ok(GroupLine { value, name, score, in_scope: tally.in_scope, rules })
    };
    groups.into_iter().take(most).map(line).collect()
}

/// A group by its value, with its counts.
type Grouped = (Option<Arc<str>>, Tally);

/// How it would have been at the ends of the last `count` days, weeks or months, and at `now` or a moment ago, where that was counted.
pub async fn trend(
    store: &Store,
    recent: &Recent,
    integration: &Integration,
    question: &Question,
    (every, points): (Every, usize),
    now: Millis,
) -> Result<HygieneTrend, StoreError> {
    let zone = known::zone(integration);
    let shown = |now| instants(every, points, now, &zone);
    let compared_at = |now| question.compare_days.map(|days| before(now, days));
    let mut at = shown(now);
    at.extend(compared_at(now));
    at.sort_unstable();
    at.dedup();
    let Planned { plan, basis } = planned(store, integration, question, at).await?;
    let plan = Arc::new(plan);
    let merge = |mut all: Series, some: Series| {
        all.merge(&some);
        all
    };
    let counting = async {
        let series = scan(store, integration, &plan, count_over_time, merge).await?;
        Ok::<_, StoreError>(series.unwrap_or_else(|| Series::new(&plan)).points())
    };
    let basis = format!("{basis} {every:?} {points} {:?}", question.compare_days);
    let (now, series) = recent.series.or_count(basis, now, counting).await?;
    let (shown, compared_at) = (shown(now), compared_at(now));
    let scores = |tally: &Tally| scored(&plan, (question, integration), tally);
    let point = |(at, tally): &(Millis, Tally)| {
        let (score, rules) = scores(tally)?;
        let day = Day::of(*at, &zone).map(|day| day.to_string()).unwrap_or_default();
        Ok(TrendPoint { at: at.rfc3339(), day, score, in_scope: tally.in_scope, rules })
    };
    let points = series.iter().filter(|(at, _)| shown.contains(at)).map(point);
    let points: Vec<TrendPoint> = points.collect::<Result<_, StoreError>>()?;
    let score = points.last().and_then(|last| last.score);
    let then = series.iter().find(|(at, _)| Some(*at) == compared_at);
    let compared = match then {
        Some((at, tally)) => Some(Compared::of(*at, scores(tally)?.0, score)),
        None => None,
    };
    Ok(HygieneTrend { integration: integration.name.clone(), points, compared })
}

/// The score, and each rule of the question in its order.
fn scored(
    plan: &Plan,
    (question, integration): (&Question, &Integration),
    tally: &Tally,
) -> Result<(Option<f64>, Vec<RuleLine>), StoreError> {
    // A rule that is blocked is no miss of anybody, and asked of nobody.
    let counted = |rule: &Rule| match plan.rules().iter().position(|asked| *asked == rule.id) {
        Some(place) => (tally.misses.get(place).copied().unwrap_or(0), tally.in_scope),
        None => (0, 0),
    };
    let ids: Vec<RuleId> = question.rules.iter().map(|rule| rule.id.clone()).collect();
    let counts: Vec<(u64, u64)> = question.rules.iter().map(counted).collect();
    let score = question.weights.score_of(&ids, (tally.in_scope, &counts)).map_err(unfit)?;
    let line = |(of, rule): (RuleScore, &Rule)| {
        let blocked = blocked::blocked(rule, &integration.settings.exclusions, &question.fields);
        RuleLine { in_scope: tally.in_scope, ..RuleLine::of(rule, of, blocked) }
    };
    Ok((score.score, score.rules.into_iter().zip(&question.rules).map(line).collect()))
}
