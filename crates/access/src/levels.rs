//! The security levels of a project.

use crate::graph::{Gap, Graph, Kind, Lookup};
use serde::Serialize;
use weir_model::access::Part;

/// The levels that issues of a project may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Levels {
    /// In the order of ids.
    pub levels: Vec<Level>,
    /// What was not read: there may be more.
    pub gaps: Vec<Gap>,
}

/// A security level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Level {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its scheme.
    pub scheme: String,
    /// The name of its scheme.
    pub scheme_name: String,
    /// Whether new issues have it.
    pub is_default: bool,
}

impl Graph {
    /// The levels of a project; who sees them says [`Graph::who_sees`].
    pub fn levels(&self, project: &str) -> Result<Levels, Lookup> {
        let project = self.find_project(project)?;
        let schemes = self.wires.securities.of(project);
        let mut levels = Vec::new();
        let mut gaps = Vec::new();
        if schemes.is_empty() {
            gaps.extend(self.covered.gap(Part::ProjectSecurity, Some(self.id(Kind::Project, project))));
        }
        for scheme in schemes {
            gaps.extend(self.covered.gap(Part::SecuritySchemes, Some(self.id(Kind::Security, *scheme))));
            levels.extend(self.wires.levels.of(*scheme).iter().map(|level| Level {
                id: self.id(Kind::Level, *level).to_owned(),
                name: self.name(Kind::Level, *level).to_owned(),
                scheme: self.id(Kind::Security, *scheme).to_owned(),
                scheme_name: self.name(Kind::Security, *scheme).to_owned(),
                is_default: self.about.levels[*level as usize].as_ref().is_some_and(|row| row.is_default),
            }));
        }
        levels.sort_unstable();
        Ok(Levels { levels, gaps })
    }
}
