//! Projects with their versions, components, boards and sprints.

use super::people::{Kind, Person};
use super::{WorldSpec, catalog};
use crate::rng::Rng;
use crate::time::{DAY, HOUR};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Live,
    Archived,
    Trashed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Software,
    Business,
    ServiceDesk,
}

impl Type {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Type::Software => "software",
            Type::Business => "business",
            Type::ServiceDesk => "service_desk",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: u32,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) team_managed: bool,
    /// Index into `CATEGORIES`.
    pub(crate) category: Option<u8>,
    pub(crate) lead: u32,
    pub(crate) state: State,
    pub(crate) versions: Vec<u32>,
    pub(crate) components: Vec<u32>,
    /// Statuses in the order of its workflow.
    pub(crate) workflow: Vec<u16>,
    pub(crate) types: Vec<u16>,
}

pub(crate) const CATEGORIES: [(&str, &str, &str); 3] = [
    ("10000", "Platform", "Things others build on"),
    ("10001", "Products", "Things customers buy"),
    ("10002", "Operations", ""),
];

#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) id: u32,
    pub(crate) project: u16,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) released: bool,
    pub(crate) archived: bool,
    pub(crate) start: Option<i64>,
    pub(crate) release: Option<i64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Component {
    pub(crate) id: u32,
    pub(crate) project: u16,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) lead: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoardKind {
    Scrum,
    Kanban,
    Simple,
}

impl BoardKind {
    pub(crate) fn wire(self) -> &'static str {
        match self {
            BoardKind::Scrum => "scrum",
            BoardKind::Kanban => "kanban",
            BoardKind::Simple => "simple",
        }
    }
}

/// What `/board/{id}/sprint` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SprintList {
    /// Indexes of sprints: closed, active, future.
    Sprints(Vec<u32>),
    /// 400: the board does not support sprints.
    Unsupported,
    /// 404: the board's filter is lost.
    Lost,
}

#[derive(Debug, Clone)]
pub(crate) struct Board {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) kind: BoardKind,
    pub(crate) project: u16,
    pub(crate) sprints: SprintList,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SprintState {
    Closed,
    Active,
    Future,
}

impl SprintState {
    pub(crate) fn wire(self) -> &'static str {
        match self {
            SprintState::Closed => "closed",
            SprintState::Active => "active",
            SprintState::Future => "future",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Sprint {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) state: SprintState,
    pub(crate) board: u32,
    pub(crate) goal: Option<String>,
    pub(crate) created: i64,
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    pub(crate) complete: Option<i64>,
}

#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("APOLLO", "Apollo Platform"), ("BEACON", "Beacon (team)"), ("CEDAR", "Cedar Support"), ("DELTA", "Delta Marketing"),
    ("EMBER", "Ember Payments"), ("FJORD", "Fjord Mobile"), ("GROVE", "Grove Data"), ("HARBOR", "Harbor Gateway"),
    ("IRIS", "Iris <Design> & Co"), ("JUNO", "Juno Billing"), ("KITE", "Kite Search"), ("LUMEN", "Lumen Identity"),
    ("MAPLE", "Maple Insights"), ("NOVA", "Nova Edge"), ("ORBIT", "Orbit Scheduler"), ("PRISM", "Prism Reports"),
    ("QUARTZ", "Quartz Storage"), ("RIDGE", "Ridge Network"), ("SIERRA", "Sierra Mobile"), ("TIDAL", "Tidal Stream"),
];

/// The live projects, then one archived and one trashed.
pub(crate) fn projects(spec: &WorldSpec, people: &[Person]) -> Vec<Project> {
    let mut rng = Rng::new(spec.seed, 4);
    let staff: Vec<u32> =
        (0..people.len() as u32).filter(|index| people[*index as usize].kind == Kind::Atlassian).collect();
    let live = spec.live_projects();
    (0..live + 2)
        .map(|index| {
            let state = match index {
                _ if index < live => State::Live,
                _ if index == live => State::Archived,
                _ => State::Trashed,
            };
            let (key, name) = match state {
                State::Archived => ("OLDIE".to_owned(), "Oldie (archived)".to_owned()),
                State::Trashed => ("TRASH".to_owned(), "Trash (deleted)".to_owned()),
                State::Live => {
                    let (key, name) = NAMES[index % NAMES.len()];
                    let round = index / NAMES.len();
                    if round == 0 {
                        (key.to_owned(), name.to_owned())
                    } else {
                        (format!("{key}{round}"), format!("{name} {round}"))
                    }
                }
            };
            let kind = match (state, index) {
                (State::Live, 2) => Type::ServiceDesk,
                (State::Live, 3) => Type::Business,
                _ => Type::Software,
            };
            Project {
                id: 10_000 + index as u32,
                key,
                name,
                kind,
                team_managed: !spec.flavor.is_dc()
                    && state == State::Live
                    && kind == Type::Software
                    && index % 3 == 1,
                category: (index % 4 != 3).then_some((index % 3) as u8),
                lead: *rng.pick(&staff),
                state,
                versions: Vec::new(),
                components: Vec::new(),
                workflow: Vec::new(),
                types: Vec::new(),
            }
        })
        .collect()
}

/// Gives every project its workflow and issue types out of the catalogue.
pub(crate) fn configure(projects: &mut [Project], catalog: &catalog::Catalog) {
    use catalog::{kind, status};
    for (index, project) in projects.iter_mut().enumerate() {
        let own = |scope: Option<u16>| scope == Some(index as u16);
        if project.team_managed {
            let places = |scopes: Vec<Option<u16>>| -> Vec<u16> {
                (0..scopes.len() as u16).filter(|at| own(scopes[*at as usize])).collect()
            };
            project.workflow = places(catalog.statuses.iter().map(|status| status.scope).collect());
            project.types = places(catalog.types.iter().map(|kind| kind.scope).collect());
            continue;
        }
        (project.workflow, project.types) = match project.kind {
            Type::Software => (
                vec![
                    status::BACKLOG,
                    status::TO_DO,
                    status::IN_PROGRESS,
                    status::IN_REVIEW,
                    status::READY_FOR_QA,
                    status::DONE,
                    status::WONT_DO,
                    status::PARKED,
                ],
                vec![kind::EPIC, kind::STORY, kind::TASK, kind::BUG, kind::SUB_TASK],
            ),
            Type::Business => {
                (vec![status::TO_DO, status::IN_PROGRESS, status::DONE], vec![kind::TASK, kind::SUB_TASK])
            }
            Type::ServiceDesk => (
                vec![status::TO_DO, status::IN_PROGRESS, status::WAITING, status::RESOLVED],
                vec![kind::REQUEST, kind::INCIDENT, kind::SUB_TASK],
            ),
        };
    }
}

pub(crate) fn versions(spec: &WorldSpec, projects: &mut [Project]) -> Vec<Version> {
    let mut rng = Rng::new(spec.seed, 5);
    let today = spec.base_ms / DAY;
    let mut versions = Vec::new();
    for (index, project) in
        projects.iter_mut().enumerate().filter(|(_, project)| project.kind == Type::Software)
    {
        let count = if index == 0 { 60 } else { 6 + rng.below(8) };
        for number in 0..count {
            let release = today - 30 * (count as i64 - number as i64 - 3);
            let released = release < today;
            project.versions.push(versions.len() as u32);
            versions.push(Version {
                id: 20_000 + versions.len() as u32,
                project: index as u16,
                name: if number % 9 == 4 {
                    format!("{}.0, \"LTS\"", number)
                } else {
                    format!("{}.{}", number / 4, number % 4)
                },
                description: (number % 3 == 0).then(|| format!("Release train {number}")),
                released,
                archived: released && number < count / 4,
                start: (number % 2 == 0).then_some(release - 30),
                release: (number % 7 != 6).then_some(release),
            });
        }
    }
    versions
}

pub(crate) fn components(spec: &WorldSpec, projects: &mut [Project]) -> Vec<Component> {
    let mut rng = Rng::new(spec.seed, 6);
    let names = ["API", "Web", "Mobile", "Database", "Billing, invoices", "Search", "Docs", "Infra", "Auth"];
    let mut components = Vec::new();
    for (index, project) in projects.iter_mut().enumerate().filter(|(_, project)| !project.team_managed) {
        for (at, name) in names.iter().take(3 + rng.below(7)).enumerate() {
            project.components.push(components.len() as u32);
            components.push(Component {
                id: 30_000 + components.len() as u32,
                project: index as u16,
                name: (*name).to_owned(),
                description: (at % 2 == 0).then(|| format!("Everything about {name}")),
                lead: (at % 3 == 0).then_some(project.lead),
            });
        }
    }
    components
}

/// Boards of every kind and the sprints that began on them.
pub(crate) fn boards(spec: &WorldSpec, projects: &[Project]) -> (Vec<Board>, Vec<Sprint>) {
    let mut rng = Rng::new(spec.seed, 7);
    let mut boards: Vec<Board> = Vec::new();
    let mut sprints: Vec<Sprint> = Vec::new();
    for (index, project) in projects.iter().enumerate().filter(|(_, project)| project.state == State::Live) {
        let id = 1 + boards.len() as u32;
        let first = sprints.len() as u32;
        let (kind, sprintless) = match (project.kind, project.team_managed) {
            (Type::Software, true) => (BoardKind::Simple, index % 6 == 4),
            (Type::Software, false) => (BoardKind::Scrum, false),
            _ => (BoardKind::Kanban, true),
        };
        if !sprintless {
            let closed = if index == 0 { 60 } else { 18 + rng.below(6) };
            train(spec, project, id, closed, &mut sprints);
        }
        boards.push(Board {
            id,
            name: format!("{} board", project.key),
            kind,
            project: index as u16,
            sprints: if sprintless {
                SprintList::Unsupported
            } else {
                SprintList::Sprints((first..sprints.len() as u32).collect())
            },
        });
    }
    extra_boards(&mut boards, projects, &mut sprints, spec);
    (boards, sprints)
}

/// A second kanban board, one that shows another board's sprints, and one whose filter is lost.
fn extra_boards(boards: &mut Vec<Board>, projects: &[Project], sprints: &mut Vec<Sprint>, spec: &WorldSpec) {
    let shared: Vec<u32> = match &boards[0].sprints {
        SprintList::Sprints(own) => own.iter().copied().rev().take(5).rev().collect(),
        _ => Vec::new(),
    };
    let mut push = |name: &str, kind, sprints| {
        let id = 1 + boards.len() as u32;
        boards.push(Board { id, name: name.to_owned(), kind, project: 0, sprints });
        id
    };
    push("Apollo support (kanban)", BoardKind::Kanban, SprintList::Unsupported);
    push("Across teams", BoardKind::Scrum, SprintList::Sprints(shared));
    let lost = push("Lost filter", BoardKind::Scrum, SprintList::Lost);
    train(spec, &projects[0], lost, 2, sprints);
}

/// A sprint every two weeks: `closed` of them, an active one, two future ones.
fn train(spec: &WorldSpec, project: &Project, board: u32, closed: usize, sprints: &mut Vec<Sprint>) {
    let monday = (spec.base_ms / DAY - 5) * DAY + 9 * HOUR;
    for number in 0..closed + 3 {
        let start = monday - 14 * DAY * (closed as i64 - number as i64);
        let end = start + 14 * DAY - 2 * HOUR;
        let state = match number {
            _ if number < closed => SprintState::Closed,
            _ if number == closed => SprintState::Active,
            _ => SprintState::Future,
        };
        let name = match number % 8 {
            3 => format!("{} Sprint {number}, hardening", project.key),
            5 => format!("{} Sprint {number} [x=1]", project.key),
            _ => format!("{} Sprint {number}", project.key),
        };
        let planned = state != SprintState::Future;
        sprints.push(Sprint {
            id: 1 + sprints.len() as u32,
            name,
            state,
            board,
            goal: match number % 4 {
                0 => Some(format!("Ship part {number}, then = rest")),
                1 => Some(String::new()),
                _ => None,
            },
            created: start - 20 * DAY,
            start: planned.then_some(start),
            end: planned.then_some(end),
            complete: (state == SprintState::Closed).then_some(end + 3 * HOUR + 17),
        });
    }
}
