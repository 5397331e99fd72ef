//! The score out of counts. Other weights need no scan.

use super::{BuiltIn, RuleId, Tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All weights together, in hundredths of a point.
const WHOLE: i64 = 10_000;

/// Weights of rules. They add up to 100; a rule of weight 0, or of none, is not counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<RuleId, f64>", into = "BTreeMap<RuleId, f64>")]
pub struct Weights(BTreeMap<RuleId, u32>);

/// Why weights cannot be.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum WeightError {
    /// A weight is negative, no number, or has more than two decimals.
    #[error("{rule} cannot have the weight {weight}")]
    NotAWeight {
        /// The rule.
        rule: RuleId,
        /// Its weight.
        weight: f64,
    },
    /// They do not add up to 100.
    #[error("the weights add up to {sum} and not to 100")]
    Sum {
        /// What they add up to.
        sum: f64,
    },
}

impl Weights {
    /// From points for each rule.
    ///
    /// # Errors
    /// When one of them cannot be a weight, or they do not add up to 100.
    pub fn new(points: impl IntoIterator<Item = (RuleId, f64)>) -> Result<Self, WeightError> {
        let mut weights: BTreeMap<RuleId, u32> = BTreeMap::new();
        let mut sum = 0_i64;
        for (rule, weight) in points {
            let hundredths = (weight * 100.0).round();
            let is_exact = (weight * 100.0 - hundredths).abs() < 1e-6;
            if !(0.0..=1e9).contains(&hundredths) || !is_exact {
                return Err(WeightError::NotAWeight { rule, weight });
            }
            let replaced = weights.insert(rule, hundredths as u32).unwrap_or(0);
            sum += hundredths as i64 - i64::from(replaced);
        }
        if sum == WHOLE { Ok(Self(weights)) } else { Err(WeightError::Sum { sum: sum as f64 / 100.0 }) }
    }

    /// In the same proportions, together 100; the last hundredths go to those that lose most by rounding. `None` where nothing
    /// has a weight.
    pub fn scaled(points: impl IntoIterator<Item = (RuleId, f64)>) -> Option<Self> {
        let hundredths = |points: f64| (points.clamp(0.0, 1e9) * 100.0).round() as u64;
        let given: BTreeMap<RuleId, u64> =
            points.into_iter().map(|(rule, points)| (rule, hundredths(points))).collect();
        let shares = shared(WHOLE as u64, &given.values().copied().collect::<Vec<_>>())?;
        Some(Self(given.into_keys().zip(shares).collect()))
    }

    /// No rule has a weight, so that nothing makes a score.
    pub fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// The same for each of these rules, as far as hundredths go; `None` where there is none.
    pub fn equal(rules: impl IntoIterator<Item = RuleId>) -> Option<Self> {
        Self::scaled(rules.into_iter().map(|rule| (rule, 1.0)))
    }

    /// With other points for one rule; the others share what is left as they did before, and alike where none of them had any.
    ///
    /// # Errors
    /// When these cannot be its points, or there is no other rule that could have what is left.
    pub fn giving(&self, rule: &RuleId, points: f64) -> Result<Self, WeightError> {
        let given = Self::new([(rule.clone(), points), (RuleId::Custom(String::new()), 100.0 - points)])?;
        let left = WHOLE as u64 - u64::from(given.hundredths(rule));
        let others: Vec<(&RuleId, u64)> = self
            .0
            .iter()
            .filter(|(other, _)| *other != rule)
            .map(|(other, hundredths)| (other, u64::from(*hundredths)))
            .collect();
        let weights: Vec<u64> = others.iter().map(|(_, hundredths)| *hundredths).collect();
        let shares = match left {
            0 => Some(vec![0; others.len()]),
            _ => shared(left, &weights).or_else(|| shared(left, &vec![1; others.len()])),
        };
        let shares = shares.ok_or(WeightError::Sum { sum: points })?;
        let others = others.into_iter().map(|(other, _)| other.clone()).zip(shares);
        Ok(Self(others.chain([(rule.clone(), given.hundredths(rule))]).collect()))
    }

    /// Each rule that has a place here, with its points.
    pub fn points(&self) -> impl Iterator<Item = (&RuleId, f64)> {
        self.0.iter().map(|(rule, hundredths)| (rule, f64::from(*hundredths) / 100.0))
    }

    /// Points of a rule.
    pub fn of(&self, rule: &RuleId) -> f64 {
        f64::from(self.hundredths(rule)) / 100.0
    }

    fn hundredths(&self, rule: &RuleId) -> u32 {
        self.0.get(rule).copied().unwrap_or(0)
    }

    /// The score: `100 - sum(weight * misses / in scope)`. `rules` names those of the tally, in its order; the order makes no
    /// difference.
    ///
    /// # Errors
    /// When a rule with a weight was not counted.
    pub fn score(&self, rules: &[RuleId], tally: &Tally) -> Result<Score, NotCounted> {
        let counts: Vec<(u64, u64)> = tally.misses.iter().map(|misses| (*misses, tally.in_scope)).collect();
        self.score_of(rules, (tally.in_scope, &counts))
    }

    /// The same where not each rule is asked of all issues in scope: the misses of each are out of those of which it is asked. A
    /// rule that is asked of none costs nothing; where no rule with a weight is asked of any, there is no score.
    ///
    /// # Errors
    /// When a rule with a weight was not counted.
    pub fn score_of(
        &self,
        rules: &[RuleId],
        (in_scope, counts): (u64, &[(u64, u64)]),
    ) -> Result<Score, NotCounted> {
        let weighted = self.0.iter().filter(|(_, weight)| **weight > 0).map(|(rule, _)| rule);
        if let Some(rule) = weighted.into_iter().find(|rule| !rules.contains(rule)) {
            return Err(NotCounted(rule.clone()));
        }
        // Hundredths of a point, times issues in scope: whole numbers, so that no order of adding makes a difference.
        let lost = |rule: &RuleId, misses: u64| i128::from(self.hundredths(rule)) * i128::from(misses);
        let out_of = |lost: i128, all: u64| if all > 0 { lost as f64 / (100.0 * all as f64) } else { 0.0 };
        let of_rules: Vec<RuleScore> = rules
            .iter()
            .zip(counts)
            .map(|(rule, (misses, asked))| RuleScore {
                rule: rule.clone(),
                misses: *misses,
                in_scope: *asked,
                weight: self.of(rule),
                points_lost: (in_scope > 0).then(|| out_of(lost(rule, *misses), *asked)),
            })
            .collect();
        // Those that are out of as many issues are added up first.
        let mut by_asked: BTreeMap<u64, i128> = BTreeMap::new();
        for (rule, (misses, asked)) in rules.iter().zip(counts) {
            *by_asked.entry(*asked).or_default() += lost(rule, *misses);
        }
        let of_all = by_asked.remove(&in_scope).unwrap_or_default();
        let kept = out_of(i128::from(WHOLE) * i128::from(in_scope) - of_all, in_scope);
        let of_some: f64 = by_asked.into_iter().map(|(asked, lost)| out_of(lost, asked)).sum();
        // Full marks for what nobody was asked would be for no reason.
        let is_asked = |of: &RuleScore| self.hundredths(&of.rule) > 0 && of.in_scope > 0;
        let is_told = in_scope > 0 && of_rules.iter().any(is_asked);
        Ok(Score { score: is_told.then(|| (kept - of_some).max(0.0)), rules: of_rules })
    }
}

/// A whole parted by weights; the rest that comes of rounding goes to those that lose most by it, the first of them first.
/// `None` where nothing has a weight.
fn shared(whole: u64, weights: &[u64]) -> Option<Vec<u32>> {
    let sum: u64 = weights.iter().sum();
    if sum == 0 {
        return None;
    }
    let mut shares: Vec<u64> = weights.iter().map(|weight| weight * whole / sum).collect();
    let mut by_loss: Vec<usize> = (0..weights.len()).collect();
    by_loss.sort_by_key(|place| std::cmp::Reverse(weights[*place] * whole % sum));
    let rest = whole - shares.iter().sum::<u64>();
    by_loss.into_iter().take(rest as usize).for_each(|place| shares[place] += 1);
    Some(shares.into_iter().map(|share| share as u32).collect())
}

impl Default for Weights {
    /// 12.5 for each of the eight built-in rules.
    fn default() -> Self {
        Self(BuiltIn::ALL.into_iter().map(|rule| (RuleId::BuiltIn(rule), 1_250)).collect())
    }
}

impl TryFrom<BTreeMap<RuleId, f64>> for Weights {
    type Error = WeightError;

    fn try_from(points: BTreeMap<RuleId, f64>) -> Result<Self, WeightError> {
        Self::new(points)
    }
}

impl From<Weights> for BTreeMap<RuleId, f64> {
    fn from(weights: Weights) -> Self {
        weights.0.into_iter().map(|(rule, hundredths)| (rule, f64::from(hundredths) / 100.0)).collect()
    }
}

/// A rule that has a weight and was not counted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} has a weight and was not counted")]
pub struct NotCounted(pub RuleId);

/// A score and what it is made of.
#[derive(Clone, PartialEq, Debug)]
pub struct Score {
    /// From 0 to 100; `None` where nothing is in scope, or nothing that has a weight is asked of any issue.
    pub score: Option<f64>,
    /// Each rule, in the order of the tally.
    pub rules: Vec<RuleScore>,
}

/// A rule's part in a score.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleScore {
    /// The rule.
    pub rule: RuleId,
    /// Issues that miss it.
    pub misses: u64,
    /// Issues in scope of which it is asked.
    pub in_scope: u64,
    /// Its weight in points.
    pub weight: f64,
    /// Points that it costs; `None` where nothing is in scope.
    pub points_lost: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(points: &[f64]) -> Result<Weights, WeightError> {
        Weights::new(points.iter().enumerate().map(|(at, points)| (RuleId::from(&*at.to_string()), *points)))
    }

    #[test]
    fn weights_add_up_to_a_hundred_exactly() {
        assert!(weights(&[33.33, 33.33, 33.34, 0.0]).is_ok());
        assert_eq!(weights(&[33.33, 33.33, 33.33]), Err(WeightError::Sum { sum: 99.99 }));
        assert!(matches!(weights(&[33.333, 66.667]), Err(WeightError::NotAWeight { .. })));
        assert!(matches!(weights(&[-1.0, 101.0]), Err(WeightError::NotAWeight { .. })));
        assert!(matches!(weights(&[f64::NAN]), Err(WeightError::NotAWeight { .. })));
        assert!(weights(&[]).is_err());
    }

    #[test]
    fn weights_are_read_as_they_are_written() {
        let json = serde_json::to_string(&Weights::default()).unwrap();
        assert!(json.contains(r#""idle":12.5"#), "{json}");
        assert_eq!(serde_json::from_str::<Weights>(&json).unwrap(), Weights::default());
        assert!(serde_json::from_str::<Weights>(r#"{"idle":99.0}"#).is_err());
    }

    #[test]
    fn the_score_is_what_the_misses_leave() {
        let weights = weights(&[60.0, 40.0, 0.0]).unwrap();
        let rules = ["0", "1", "2"].map(RuleId::from);
        let score = weights.score(&rules, &Tally { in_scope: 10, misses: vec![5, 1, 10] }).unwrap();
        assert_eq!(score.score, Some(66.0));
        let lost: Vec<_> = score.rules.iter().map(|rule| rule.points_lost.unwrap()).collect();
        assert_eq!(lost, [30.0, 4.0, 0.0]);
        let worst = Tally { in_scope: 3, misses: vec![3, 3, 3] };
        assert_eq!(weights.score(&rules, &worst).unwrap().score, Some(0.0));
        let nothing = Tally { in_scope: 0, misses: vec![0; 3] };
        assert_eq!(weights.score(&rules, &nothing).unwrap().score, None);
        let unweighted = Weights::none().score(&rules, &worst).unwrap();
        assert_eq!((unweighted.score, unweighted.rules[0].points_lost), (None, Some(0.0)));
        assert_eq!(weights.score(&rules[..1], &nothing), Err(NotCounted(RuleId::from("1"))));
    }

    #[test]
    fn a_rule_that_is_asked_of_some_issues_counts_among_those() {
        let weights = weights(&[60.0, 40.0]).unwrap();
        let rules = ["0", "1"].map(RuleId::from);
        let score = weights.score_of(&rules, (10, &[(5, 10), (1, 2)])).unwrap();
        assert_eq!((score.score, score.rules[1].in_scope), (Some(50.0), 2));
        assert_eq!(score.rules[1].points_lost, Some(20.0));
        let nowhere = weights.score_of(&rules, (10, &[(5, 10), (0, 0)])).unwrap();
        assert_eq!((nowhere.score, nowhere.rules[1].points_lost), (Some(70.0), Some(0.0)));
        let nobody = weights.score_of(&rules, (10, &[(0, 0), (0, 0)])).unwrap();
        assert_eq!((nobody.score, nobody.rules[1].points_lost), (None, Some(0.0)));
    }

    #[test]
    fn weights_are_scaled_shared_and_given() {
        let of = |weights: &Weights| weights.points().map(|(_, points)| points).collect::<Vec<_>>();
        let rule = |id: &str| RuleId::from(id);
        let scaled = Weights::scaled([(rule("a"), 12.5), (rule("b"), 12.5), (rule("c"), 12.5)]).unwrap();
        assert_eq!(of(&scaled), [33.34, 33.33, 33.33]);
        assert_eq!(Weights::equal([rule("a"), rule("b"), rule("c")]), Some(scaled));
        assert_eq!(Weights::scaled([(rule("a"), 0.0)]), None);
        assert_eq!(Weights::equal([]), None);
        let given = Weights::default().giving(&rule("new"), 20.0).unwrap();
        assert_eq!((given.of(&rule("new")), given.of(&rule("idle"))), (20.0, 10.0));
        let back = given.giving(&rule("new"), 0.0).unwrap();
        assert_eq!(back.of(&rule("idle")), 12.5);
        let all = back.giving(&rule("idle"), 100.0).unwrap();
        assert_eq!((all.of(&rule("idle")), all.of(&rule("no_assignee"))), (100.0, 0.0));
        let shared = all.giving(&rule("idle"), 10.0).unwrap();
        assert_eq!(shared.points().map(|(_, points)| points).sum::<f64>().round(), 100.0);
        for bad in [-1.0, 100.5, 0.001, f64::NAN] {
            assert!(all.giving(&rule("idle"), bad).is_err(), "{bad}");
        }
        let alone = Weights::new([(rule("a"), 100.0)]).unwrap();
        assert!(alone.giving(&rule("a"), 50.0).is_err(), "nobody could have the other half");
    }
}
