//! Whether the graph says what the site itself says of a sample (access.md §7). The site's answer makes no difference between
//! what is had for sure and on a condition, and says no to whoever cannot use what they have.

use crate::{
    answer::{Obstacle, Verdict},
    graph::{Graph, Lookup},
    question::{Place, Spot},
    usable::Usable,
};
use foldhash::{HashMap, HashMapExt};
use serde::Serialize;

/// With one of these the site says no. It asks for one permission at a time, so that what it says of another is no matter here.
const HINDERS: [Obstacle; 5] = [
    Obstacle::AccountInactive,
    Obstacle::AccountDeleted,
    Obstacle::AccountMissing,
    Obstacle::NoApplication,
    Obstacle::ProjectDeleted,
];

/// What the site said when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The account's id.
    pub user: String,
    /// The permission's key.
    pub permission: String,
    /// The project's id; None for everywhere.
    pub project: Option<String>,
    /// What it said.
    pub allowed: bool,
}

/// How far the two agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// Samples of which both say the same.
    pub agree: usize,
    /// The graph says yes and the site no.
    pub false_allow: Vec<Disagreement>,
    /// The graph says no and the site yes.
    pub false_deny: Vec<Disagreement>,
    /// Samples of which the graph cannot say.
    pub unknown: usize,
    /// Samples of what the reading does not have.
    pub missing: usize,
}

/// A sample of which the two do not say the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Disagreement {
    /// The account's id.
    pub user: String,
    /// The permission's key.
    pub permission: String,
    /// The project's id; None for everywhere.
    pub project: Option<String>,
}

impl Graph {
    /// Compares with what the site said.
    pub fn agreement(&self, samples: &[Sample]) -> Agreement {
        let mut all = Agreement::default();
        let mut asked: HashMap<(u32, Spot), Vec<(u32, &Sample)>> = HashMap::new();
        for sample in samples {
            match self.numbers(sample) {
                Ok((user, permission, spot)) => {
                    asked.entry((permission, spot)).or_default().push((user, sample))
                }
                Err(_) => all.missing += 1,
            }
        }
        for ((permission, spot), samples) in asked {
            let who = self.who_has(permission, spot);
            let usable = Usable::new(&who);
            for (user, sample) in samples {
                let says = match who.verdict_of(user) {
                    Verdict::Unknown => None,
                    Verdict::Definite | Verdict::Conditional => {
                        let obstacles = usable.obstacles(user);
                        let is_unclear = obstacles.contains(&Obstacle::ApplicationUnknown);
                        let hinders = obstacles.iter().any(|obstacle| HINDERS.contains(obstacle));
                        if hinders { Some(false) } else { (!is_unclear).then_some(true) }
                    }
                    Verdict::Latent | Verdict::No => Some(false),
                };
                all.count(says, sample);
            }
        }
        all.false_allow.sort_unstable();
        all.false_deny.sort_unstable();
        all
    }

    fn numbers(&self, sample: &Sample) -> Result<(u32, u32, Spot), Lookup> {
        let place = sample.project.as_deref().map_or(Place::Everywhere, Place::Project);
        Ok((self.find_user(&sample.user)?, self.find_permission(&sample.permission)?, self.spot(place)?))
    }
}

impl Agreement {
    fn count(&mut self, says: Option<bool>, sample: &Sample) {
        let disagreement = || Disagreement {
            user: sample.user.clone(),
            permission: sample.permission.clone(),
            project: sample.project.clone(),
        };
        match says {
            None => self.unknown += 1,
            Some(says) if says == sample.allowed => self.agree += 1,
            Some(true) => self.false_allow.push(disagreement()),
            Some(false) => self.false_deny.push(disagreement()),
        }
    }
}
