//! How things are counted: thresholds, goals and weights of a workspace, or of everything where nothing else holds.

use super::{
    KnownFields,
    called::one_called,
    question::{quoted, split, unquoted},
    refusal::{self, Refused},
    rules::{OwnRule, own_rules},
    unfit,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use weir_metrics::{
    FieldTypes,
    hygiene::{BuiltIn, Check, Goal, Goals, Response, Rule, RuleId, WeightError, Weights},
};
use weir_model::{HygieneFault, Integration, KeptSettings, Message, Millis, Reach, Workspace, WorkspaceId};
use weir_store::{Store, StoreError};

/// Goals that settings can have at most for one rule, besides the one for all.
pub const MOST_GOALS: usize = 200;

/// Thresholds and goals of the built-in rules, which of them are on, and the weights of all.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HygieneSettings {
    /// Days after which an issue is idle.
    pub idle_days: f64,
    /// Words that a description has at least.
    pub description_words: u64,
    /// Goals for the first response.
    pub response: ResponseSettings,
    /// Goals for the resolution.
    pub resolution: ResolutionSettings,
    /// Built-in rules that are not asked.
    pub off: BTreeSet<RuleId>,
    /// Points of rules; those that are not named have none. Together 100.
    pub weights: BTreeMap<RuleId, f64>,
}

/// Goals for the first response.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseSettings {
    /// Days, where no other goal is for the issue.
    pub days: f64,
    /// Other goals for some issues.
    pub goals: Vec<Goal>,
    /// What counts as a response.
    pub by: BTreeSet<Response>,
}

/// Goals for the resolution.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolutionSettings {
    /// Days, where no other goal is for the issue.
    pub days: f64,
    /// Other goals for some issues.
    pub goals: Vec<Goal>,
    /// Names of statuses in which time does not count.
    pub left_out: Vec<String>,
}

impl Default for HygieneSettings {
    /// Those of the rules as they are, each with the same weight.
    fn default() -> Self {
        Self {
            idle_days: 30.0,
            description_words: 10,
            response: ResponseSettings {
                days: 2.0,
                goals: vec![],
                by: [Response::StatusChange, Response::Comment].into(),
            },
            resolution: ResolutionSettings { days: 14.0, goals: vec![], left_out: vec![] },
            off: BTreeSet::new(),
            weights: Weights::default().into(),
        }
    }
}

impl HygieneSettings {
    /// The built-in rules with these thresholds; those too that are off.
    pub fn built_in(&self) -> Vec<Rule> {
        let check = |rule| match rule {
            BuiltIn::Idle => Check::Idle { days: self.idle_days },
            BuiltIn::PoorDescription => Check::PoorDescription { words: self.description_words },
            BuiltIn::NoDueDate => Check::NoDueDate,
            BuiltIn::NoAssignee => Check::NoAssignee,
            BuiltIn::NoComponents => Check::NoComponents,
            BuiltIn::MissedResponseTime => Check::MissedResponseTime {
                goals: Goals { days: self.response.days, by: self.response.goals.clone() },
                by: self.response.by.clone(),
            },
            BuiltIn::MissedResolutionTime => Check::MissedResolutionTime {
                goals: Goals { days: self.resolution.days, by: self.resolution.goals.clone() },
                left_out: self.resolution.left_out.clone(),
            },
            BuiltIn::InactiveAssignee => Check::InactiveAssignee,
        };
        BuiltIn::ALL.map(|rule| Rule { id: RuleId::BuiltIn(rule), check: check(rule) }).to_vec()
    }

    /// The rules that are asked of an integration with these of its own.
    pub fn rules(&self, own: &[OwnRule]) -> Vec<Rule> {
        let mut rules = self.built_in();
        rules.retain(|rule| !self.off.contains(&rule.id));
        rules.extend(own.iter().map(OwnRule::asked));
        rules
    }

    /// The weights of some rules. What other rules have falls to these in proportion; where none of them has any, the built-in
    /// ones weigh the same. One that somebody wrote gets none by itself.
    pub fn weights_of(&self, rules: &[Rule]) -> Weights {
        let built_in = || rules.iter().map(|rule| &rule.id).filter(|id| matches!(id, RuleId::BuiltIn(_)));
        weighed(&self.weights, rules)
            .or_else(|| Weights::equal(built_in().cloned()))
            .unwrap_or_else(Weights::none)
    }

    /// Whether they can be; weights of rules that are off are left out.
    ///
    /// # Errors
    /// Why not, and about which member.
    pub fn checked(mut self, known: &BTreeSet<RuleId>) -> Result<Self, Refused> {
        for rule in &self.off {
            if !matches!(rule, RuleId::BuiltIn(_)) {
                return Err(Refused::at(unknown(rule, &BTreeSet::new()), "/off"));
            }
        }
        for (goals, at) in
            [(&self.response.goals, "/response/goals"), (&self.resolution.goals, "/resolution/goals")]
        {
            if goals.len() > MOST_GOALS {
                let (count, most) = (goals.len() as u64, MOST_GOALS as u64);
                return Err(Refused::at(HygieneFault::GoalsMany { count, most }, at));
            }
        }
        let types = FieldTypes::default();
        for rule in self.built_in() {
            let at = match &rule.check {
                Check::Idle { .. } => "/idle_days",
                Check::PoorDescription { .. } => "/description_words",
                Check::MissedResponseTime { .. } => "/response",
                _ => "/resolution",
            };
            rule.check(&types).map_err(|error| Refused::at(refusal::of_rule(&error, &types), at))?;
        }
        if let Some(rule) =
            self.weights.keys().find(|rule| matches!(rule, RuleId::Custom(_)) && !known.contains(rule))
        {
            return Err(Refused::at(unknown(rule, known), "/weights"));
        }
        self.weights.retain(|rule, points| !self.off.contains(rule) && *points != 0.0);
        if self.weights.is_empty() {
            return Err(Refused::at(HygieneFault::WeightsNone {}, "/weights"));
        }
        let weights = Weights::new(self.weights.clone());
        let weights = weights.map_err(|error| Refused::at(refusal::of_weights(&error), "/weights"))?;
        self.weights = weights.into();
        Ok(self)
    }
}

/// The weights of some rules, as points are given; `None` where none of them has any.
pub(super) fn weighed(points: &BTreeMap<RuleId, f64>, rules: &[Rule]) -> Option<Weights> {
    let points_of = |rule: &Rule| (rule.id.clone(), points.get(&rule.id).copied().unwrap_or(0.0));
    Weights::scaled(rules.iter().map(points_of))
}

fn unknown(rule: &RuleId, known: &BTreeSet<RuleId>) -> HygieneFault {
    let all = BuiltIn::ALL.map(|rule| rule.as_str().to_owned()).into_iter();
    let known: Vec<String> = all.chain(known.iter().map(ToString::to_string)).collect();
    HygieneFault::RuleUnknown { name: weir_model::clean(&rule.to_string(), 60), known: known.join(", ") }
}

/// A goal out of words: `project=ENG,type=Bug,priority=High:3`, of which one has to be named.
///
/// # Errors
/// `hygiene.goal`.
pub fn goal_of(text: &str) -> Result<Goal, Message> {
    let bad = || Message::from(HygieneFault::GoalForm { text: weir_model::clean(text, 100) });
    let (which, days) = text.rsplit_once(':').ok_or_else(bad)?;
    let days: f64 = days.trim().parse().map_err(|_| bad())?;
    let mut goal = Goal { project: None, kind: None, priority: None, days };
    for part in split(which, ',') {
        let (what, name) = part.split_once('=').ok_or_else(bad)?;
        let name = unquoted(name.trim());
        let place = match what.trim() {
            "project" => &mut goal.project,
            "type" => &mut goal.kind,
            "priority" => &mut goal.priority,
            _ => return Err(bad()),
        };
        if name.is_empty() || place.replace(name).is_some() {
            return Err(bad());
        }
    }
    Ok(goal)
}

/// The words of a goal.
pub fn words_of_goal(goal: &Goal) -> String {
    let named = [("project", &goal.project), ("type", &goal.kind), ("priority", &goal.priority)];
    let named = named.iter().filter_map(|(what, name)| Some(format!("{what}={}", quoted(name.as_deref()?))));
    format!("{}:{}", named.collect::<Vec<_>>().join(","), goal.days)
}

/// Whose settings they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Those of a workspace.
    Workspace(Workspace),
    /// Those of the installation.
    Installation,
    /// Nobody kept any: they are those of the rules.
    Default,
}

impl Origin {
    /// What programs read: `workspace`, `installation` or `default`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Workspace(_) => "workspace",
            Self::Installation => "installation",
            Self::Default => "default",
        }
    }
}

/// What stands for the settings of the installation where a workspace can be named.
pub const INSTALLATION: &str = "installation";

/// Settings that hold, whose they are, and which revision of theirs it is; 0 where that place keeps none of its own.
#[derive(Clone, PartialEq, Debug)]
pub struct Held {
    /// The settings.
    pub settings: HygieneSettings,
    /// Whose they are.
    pub origin: Origin,
    /// The revision of those that the asked place keeps; 0 where it keeps none.
    pub revision: i64,
}

/// The settings that hold in a workspace, or where there is none: its own, else those of the installation, else the usual ones. The
/// weight of a rule that is not there any more, or is none of the workspace, falls to the others.
pub async fn settings_of(store: &Store, workspace: Option<&Workspace>) -> Result<Held, StoreError> {
    let mut held = kept(store, workspace).await?;
    let has_own = held.settings.weights.keys().any(|rule| matches!(rule, RuleId::Custom(_)));
    if has_own {
        let known = own_rules_within(store, workspace.map(|workspace| &workspace.id)).await?;
        let is_known = |id: &RuleId| {
            matches!(id, RuleId::BuiltIn(_)) || known.iter().any(|(_, own)| own.asked().id == *id)
        };
        let settings = &mut held.settings;
        if settings.weights.keys().any(|rule| !is_known(rule)) {
            settings.weights.retain(|rule, _| is_known(rule));
            let on = settings.built_in().into_iter().filter(|rule| !settings.off.contains(&rule.id));
            let on: Vec<Rule> = on.chain(known.iter().map(|(_, own)| own.asked())).collect();
            settings.weights = settings.weights_of(&on).into();
            settings.weights.retain(|_, points| *points != 0.0);
        }
    }
    Ok(held)
}

/// The same as they are kept.
async fn kept(store: &Store, workspace: Option<&Workspace>) -> Result<Held, StoreError> {
    let read = |kept: &KeptSettings| serde_json::from_str(&kept.document).map_err(unfit);
    if let Some(workspace) = workspace
        && let Some(kept) = store.hygiene_settings(Some(&workspace.id)).await?
    {
        let origin = Origin::Workspace(workspace.clone());
        return Ok(Held { settings: read(&kept)?, origin, revision: kept.revision });
    }
    match store.hygiene_settings(None).await? {
        Some(kept) => Ok(Held {
            settings: read(&kept)?,
            origin: Origin::Installation,
            revision: if workspace.is_none() { kept.revision } else { 0 },
        }),
        None => Ok(Held { settings: HygieneSettings::default(), origin: Origin::Default, revision: 0 }),
    }
}

/// Keeps settings that were checked, in the place of those of the revision that was seen.
///
/// # Errors
/// `changed.meanwhile`.
pub async fn keep_settings(
    store: &Store,
    workspace: Option<&WorkspaceId>,
    (settings, seen): (&HygieneSettings, i64),
    now: Millis,
) -> Result<(), StoreError> {
    let document = serde_json::to_string(settings).map_err(unfit)?;
    let kept = KeptSettings { document, revision: seen + 1, changed_at: now };
    store.keep_hygiene_settings(workspace, &kept).await
}

/// The workspace whose settings hold for an integration: the one that is asked for; else the only one that sees it; else none, and
/// those of the installation hold.
///
/// # Errors
/// `hygiene.workspace` for one that does not see it.
pub async fn workspace_for(
    store: &Store,
    integration: &Integration,
    asked: Option<Workspace>,
) -> Result<Option<Workspace>, StoreError> {
    let seen_by = store.workspaces_of(&integration.id).await?;
    match (asked, seen_by.as_slice()) {
        (Some(workspace), _) if seen_by.contains(&workspace.id) => Ok(Some(workspace)),
        (Some(workspace), _) => Err(Message::from(HygieneFault::WorkspaceUnmapped {
            workspace: workspace.name,
            integration: integration.name.clone(),
        })
        .into()),
        (None, [only]) => store.workspace(only).await,
        (None, _) => Ok(None),
    }
}

/// The rules of their own that integrations of a workspace have, or all integrations, each with the name of its integration.
pub async fn own_rules_within(
    store: &Store,
    workspace: Option<&WorkspaceId>,
) -> Result<Vec<(String, OwnRule)>, StoreError> {
    let reach = workspace.map_or(Reach::Everything, |workspace| Reach::Workspaces(vec![*workspace]));
    let rules = store.hygiene_rules_within(&reach).await?.into_iter();
    rules.map(|(integration, kept)| Ok((integration, OwnRule::of(kept)?))).collect()
}

/// Settings with other points for one rule; the other rules share what is left as they did before.
///
/// # Errors
/// `hygiene.weight`, `weights.none`.
pub fn giving(settings: &HygieneSettings, rule: &RuleId, points: f64) -> Result<HygieneSettings, Refused> {
    let refused = |error: WeightError| match error {
        WeightError::Sum { .. } => Refused::at(HygieneFault::WeightsNone {}, "/weight"),
        WeightError::NotAWeight { .. } => {
            let fault = HygieneFault::WeightBad { rule: rule.to_string(), weight: points.to_string() };
            Refused::at(fault, "/weight")
        }
    };
    let before = Weights::scaled(settings.weights.clone()).unwrap_or_default();
    let mut weights: BTreeMap<RuleId, f64> = before.giving(rule, points).map_err(refused)?.into();
    weights.retain(|_, points| *points != 0.0);
    Ok(HygieneSettings { weights, ..settings.clone() })
}

/// What an integration is asked where a question says nothing else.
#[derive(Clone, PartialEq, Debug)]
pub struct Base {
    /// The rules that are on: the built-in ones, then those of its own.
    pub rules: Vec<Rule>,
    /// Their weights.
    pub weights: Weights,
    /// Whose settings hold.
    pub origin: Origin,
    /// What may be named beside the fields that every site has.
    pub fields: KnownFields,
}

impl Default for Base {
    fn default() -> Self {
        let settings = HygieneSettings::default();
        let rules = settings.rules(&[]);
        Self {
            weights: settings.weights_of(&rules),
            rules,
            origin: Origin::Default,
            fields: KnownFields::default(),
        }
    }
}

impl Base {
    /// What holds for an integration in this workspace, or where there is none.
    pub(super) async fn within(
        store: &Store,
        integration: &Integration,
        workspace: Option<&Workspace>,
    ) -> Result<Self, StoreError> {
        let held = kept(store, workspace).await?;
        let rules = held.settings.rules(&own_rules(store, &integration.id).await?);
        let fields = KnownFields::of(store, integration).await?;
        Ok(Self { weights: held.settings.weights_of(&rules), rules, origin: held.origin, fields })
    }

    /// What holds for an integration, in a workspace where one is asked for.
    ///
    /// # Errors
    /// `hygiene.workspace` for a workspace that does not see it.
    pub async fn of(
        store: &Store,
        integration: &Integration,
        workspace: Option<Workspace>,
    ) -> Result<Self, StoreError> {
        let workspace = workspace_for(store, integration, workspace).await?;
        Self::within(store, integration, workspace.as_ref()).await
    }

    /// What holds for an integration by the settings of the installation, whichever workspaces see it.
    pub async fn of_installation(store: &Store, integration: &Integration) -> Result<Self, StoreError> {
        Self::within(store, integration, None).await
    }

    /// A rule by its id, or by its name in any case of letters.
    ///
    /// # Errors
    /// `hygiene.rule` for one that it does not have.
    pub fn rule(&self, name: &str) -> Result<&Rule, Message> {
        one_called(&self.rules, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut HygieneSettings)) -> Result<HygieneSettings, Refused> {
        let mut settings = HygieneSettings::default();
        change(&mut settings);
        settings.checked(&[RuleId::from("mine")].into())
    }

    #[test]
    fn usual_settings_are_the_rules_as_they_are() {
        let settings = with(|_| {}).expect("they can be");
        assert_eq!(settings.built_in(), BuiltIn::ALL.map(BuiltIn::by_default).to_vec());
        assert_eq!(settings.weights_of(&settings.rules(&[])), Weights::default());
        let json = serde_json::to_string(&settings).expect("JSON");
        assert_eq!(serde_json::from_str::<HygieneSettings>(&json).expect("settings"), settings);
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_member() {
        let goal = |project: Option<&str>| Goal {
            project: project.map(str::to_owned),
            kind: None,
            priority: None,
            days: 1.0,
        };
        type Change = Box<dyn FnOnce(&mut HygieneSettings)>;
        let cases: [(Change, &str, &str); 9] = [
            (Box::new(|all| all.idle_days = -1.0), "hygiene.range", "/idle_days"),
            (Box::new(|all| all.description_words = 0), "hygiene.range", "/description_words"),
            (Box::new(|all| all.response.by.clear()), "hygiene.response", "/response"),
            (Box::new(move |all| all.response.goals = vec![goal(None)]), "hygiene.goal", "/response"),
            (
                Box::new(move |all| all.resolution.goals = vec![goal(Some("A")), goal(Some("a"))]),
                "hygiene.goal",
                "/resolution",
            ),
            (Box::new(|all| all.off.extend([RuleId::from("mine")])), "hygiene.rule", "/off"),
            (Box::new(|all| all.weights.extend([(RuleId::from("other"), 1.0)])), "hygiene.rule", "/weights"),
            (Box::new(|all| all.weights.extend([(RuleId::from("idle"), 20.0)])), "weights.sum", "/weights"),
            (Box::new(|all| all.weights.clear()), "weights.none", "/weights"),
        ];
        for (change, code, at) in cases {
            let refused = with(change).expect_err(code);
            assert_eq!((refused.message.id(), refused.at.as_deref()), (code, Some(at)));
        }
        let sum = with(|all| all.weights.extend([(RuleId::from("idle"), 16.5)])).expect_err("too much");
        assert_eq!(sum.message.to_string(), "Weights add up to 104. They must add up to 100.");
    }

    #[test]
    fn a_rule_without_weight_gets_none_by_itself() {
        let mine = RuleId::from("mine");
        let settings = with(|all| all.weights = [(mine.clone(), 100.0)].into()).expect("they can be");
        let own = |id: &str| Rule { id: RuleId::from(id), check: Check::NoComponents };
        let mut rules = settings.rules(&[]);
        rules.push(own("other"));
        let weights = settings.weights_of(&rules);
        assert_eq!((weights.of(&RuleId::from("idle")), weights.of(&RuleId::from("other"))), (12.5, 0.0));
        assert_eq!(settings.weights_of(&[own("other")]), Weights::none());
        rules.push(own("mine"));
        assert_eq!(settings.weights_of(&rules).of(&mine), 100.0);
    }

    #[test]
    fn a_goal_is_read_as_it_is_written() {
        for text in ["project=ENG:3", "project=ENG,type=Bug,priority=High:0.5", "type=\"a, b: c\":2"] {
            assert_eq!(words_of_goal(&goal_of(text).expect(text)), text);
        }
        for bad in ["", "3", "project=ENG", "project=:3", "colour=red:3", "type=A,type=B:1", "type=Bug:soon"]
        {
            assert_eq!(goal_of(bad).expect_err(bad).id(), "hygiene.goal");
        }
    }

    #[test]
    fn the_weight_of_a_rule_that_is_not_asked_falls_to_the_others() {
        let settings = with(|all| {
            all.weights = [("idle", 30.0), ("no_assignee", 20.0), ("mine", 50.0)]
                .map(|(rule, points)| (RuleId::from(rule), points))
                .into();
        })
        .expect("they can be");
        let weights = settings.weights_of(&settings.rules(&[]));
        assert_eq!(
            (weights.of(&RuleId::from("idle")), weights.of(&RuleId::from("no_assignee"))),
            (60.0, 40.0)
        );
        let given = giving(&settings, &RuleId::from("mine"), 0.0).expect("others have some");
        assert_eq!(given.weights.len(), 2);
        assert_eq!(given.weights[&RuleId::from("idle")], 60.0);
        assert_eq!(
            giving(&settings, &RuleId::from("new"), 101.0).expect_err("too much").message.id(),
            "hygiene.weight"
        );
    }
}
