//! Goals in days, per project, type and priority.

use super::{RuleError, condition::check_days};
use serde::{Deserialize, Serialize};

/// A goal for some issues.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Key of their project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Name of their type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name of their priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The goal.
    pub days: f64,
}

/// A goal for all issues, and others for some.
///
/// Of the goals that are for an issue the one holds that names most; of those that name as many, the one that names the
/// project, then the one that names the type.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goals {
    /// Where no other is for the issue.
    pub days: f64,
    /// Goals for some, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Goal>,
}

impl Goals {
    /// The same for all issues.
    pub fn of(days: f64) -> Self {
        Self { days, by: Vec::new() }
    }

    /// Whether they can make sense.
    ///
    /// # Errors
    /// When a number of days cannot be, when a goal names nothing, or when two name the same.
    pub fn check(&self) -> Result<(), RuleError> {
        check_days(self.days)?;
        for (at, goal) in self.by.iter().enumerate() {
            check_days(goal.days)?;
            if goal.rank().0 == 0 {
                return Err(RuleError::GoalForAll);
            }
            if self.by.iter().take(at).any(|other| other.whose() == goal.whose()) {
                return Err(RuleError::GoalTwice { goal: goal.clone() });
            }
        }
        Ok(())
    }

    /// Goals for some, the one that holds before others first.
    pub(super) fn most_specific_first(&self) -> Vec<&Goal> {
        let mut goals: Vec<_> = self.by.iter().collect();
        goals.sort_by_key(|goal| std::cmp::Reverse(goal.rank()));
        goals
    }
}

impl Goal {
    fn rank(&self) -> (usize, bool, bool) {
        let names = [&self.project, &self.kind, &self.priority].into_iter().flatten().count();
        (names, self.project.is_some(), self.kind.is_some())
    }

    fn whose(&self) -> [Option<String>; 3] {
        [&self.project, &self.kind, &self.priority].map(|name| name.as_deref().map(str::to_lowercase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(project: &str, kind: &str, priority: &str) -> Goal {
        let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        Goal { project: name(project), kind: name(kind), priority: name(priority), days: 1.0 }
    }

    #[test]
    fn the_goal_that_names_most_holds() {
        let by =
            vec![goal("", "", "High"), goal("", "Bug", "High"), goal("A", "", ""), goal("A", "", "High")];
        let goals = Goals { days: 2.0, by };
        goals.check().unwrap();
        let order: Vec<_> = goals.most_specific_first().into_iter().cloned().collect();
        assert_eq!(
            order,
            [goal("A", "", "High"), goal("", "Bug", "High"), goal("A", "", ""), goal("", "", "High")]
        );
    }

    #[test]
    fn goals_that_contradict_each_other_are_refused() {
        let twice = Goals { days: 2.0, by: vec![goal("A", "", ""), goal("a", "", "")] };
        assert!(matches!(twice.check(), Err(RuleError::GoalTwice { .. })));
        let for_all = Goals { days: 2.0, by: vec![goal("", "", "")] };
        assert_eq!(for_all.check(), Err(RuleError::GoalForAll));
        assert!(Goals::of(f64::NAN).check().is_err());
    }
}
