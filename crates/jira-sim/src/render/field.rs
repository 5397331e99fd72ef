//! The value of one field of one issue, as the v3 API writes it.

use super::{View, escaped};
use crate::json::{self, put};
use crate::rng::mix;
use crate::time::{write_date, write_stamp};
use crate::world::fields::{Slot, id};
use crate::world::issue::{Comment, Issue, Visibility, Worklog};
use crate::world::people::{ADMINISTRATORS, DEVELOPERS};
use crate::world::values::{custom_text, option_name};
use crate::world::{ATTACHMENTS, LABELS};

/// How many comments and worklogs an issue carries inside itself.
pub(crate) const EMBEDDED: usize = 20;

const NULL: &[u8] = b"null";

/// Whether a comment of Data Center shows its properties, which tell an internal one of a service desk from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Properties {
    Shown,
    Hidden,
}

/// Whether a field shows up in an issue's `fields` at all.
pub(crate) fn present(issue: &Issue, slot: Slot) -> bool {
    match slot {
        Slot::Thumbnail | Slot::Key => false,
        Slot::Parent => issue.parent.is_some(),
        _ => true,
    }
}

impl View<'_> {
    fn of(&self, out: &mut Vec<u8>, from: &[Vec<u8>], at: Option<usize>) {
        match at {
            Some(at) => out.extend_from_slice(&from[at]),
            None => out.extend_from_slice(NULL),
        }
    }

    pub(crate) fn person(&self, out: &mut Vec<u8>, person: Option<u32>) {
        self.of(out, &self.fragments.people, person.map(|at| at as usize));
    }

    pub(crate) fn stamp(&self, out: &mut Vec<u8>, at: i64) {
        out.push(b'"');
        write_stamp(out, at, &self.account.zone);
        out.push(b'"');
    }

    /// Writes the field's value; `null` when it has none.
    pub(crate) fn field(&self, out: &mut Vec<u8>, issue: &Issue, slot: Slot) {
        let fragments = self.fragments;
        let stamp = |out: &mut Vec<u8>, at: Option<i64>| match at {
            Some(at) => self.stamp(out, at),
            None => out.extend_from_slice(NULL),
        };
        let spent = || issue.worklogs.iter().map(|worklog| worklog.seconds).sum::<u32>();
        match slot {
            Slot::CategoryChanged => stamp(out, Some(issue.category_changed)),
            Slot::Created => stamp(out, Some(issue.created)),
            Slot::Updated => stamp(out, Some(issue.updated)),
            Slot::ResolutionDate => stamp(out, issue.resolved),
            Slot::IncidentStart => stamp(out, issue.custom.incident),
            Slot::LastViewed | Slot::Thumbnail | Slot::Key => out.extend_from_slice(NULL),
            Slot::DueDate => day(out, issue.due),
            Slot::StartDate => day(out, issue.custom.start),
            Slot::IssueType => out.extend_from_slice(&fragments.types[issue.kind as usize]),
            Slot::Project => out.extend_from_slice(&fragments.projects[issue.project as usize]),
            Slot::Status => out.extend_from_slice(&fragments.statuses[issue.status as usize]),
            Slot::StatusCategory => {
                out.extend_from_slice(&fragments.categories[self.world.category(issue) as usize])
            }
            Slot::Priority => self.of(out, &fragments.priorities, issue.priority.map(usize::from)),
            Slot::Resolution => self.of(out, &fragments.resolutions, issue.resolution.map(usize::from)),
            Slot::Security => self.of(out, &fragments.levels, issue.level.map(usize::from)),
            Slot::Assignee => self.person(out, issue.assignee),
            Slot::Reporter => self.person(out, issue.reporter),
            Slot::Creator => self.person(out, Some(issue.creator)),
            Slot::Reviewer => self.person(out, issue.custom.reviewer),
            Slot::Approvers if issue.custom.approvers.is_empty() => out.extend_from_slice(NULL),
            Slot::Approvers => {
                json::list(out, &issue.custom.approvers, |out, at| self.person(out, Some(*at)))
            }
            Slot::FixVersions => copies(out, &fragments.versions, &issue.fix_versions),
            Slot::Versions => copies(out, &fragments.versions, &issue.affects),
            Slot::Components => copies(out, &fragments.components, &issue.components),
            Slot::Sprint if issue.sprints.is_empty() => out.extend_from_slice(NULL),
            Slot::Sprint => copies(out, &fragments.sprints, &issue.sprints),
            Slot::Labels => json::list(out, &issue.labels, |out, at| json::string(out, LABELS[*at as usize])),
            Slot::Tags if issue.custom.tags.is_empty() => out.extend_from_slice(NULL),
            Slot::Tags => {
                json::list(out, &issue.custom.tags, |out, at| json::string(out, LABELS[*at as usize]))
            }
            Slot::Summary => json::string(out, &issue.summary),
            Slot::Description => self.body(out, issue.description.as_ref()),
            Slot::Environment => self.body(out, issue.environment.as_ref()),
            Slot::Criteria => self.body(out, issue.custom.criteria.as_ref()),
            Slot::Parent => match issue.parent {
                Some(parent) => self.small(out, parent),
                None => out.extend_from_slice(NULL),
            },
            Slot::SubTasks => json::list(out, &issue.subtasks, |out, at| self.small(out, *at)),
            Slot::IssueLinks => self.links(out, issue),
            Slot::TimeSpent | Slot::AggregateTimeSpent => match spent() {
                0 => out.extend_from_slice(NULL),
                seconds => json::number(out, seconds),
            },
            Slot::OriginalEstimate
            | Slot::AggregateOriginal
            | Slot::TimeEstimate
            | Slot::AggregateEstimate => match (issue.estimate, slot) {
                (None, _) => out.extend_from_slice(NULL),
                (Some(seconds), Slot::TimeEstimate | Slot::AggregateEstimate) => {
                    json::number(out, seconds.saturating_sub(spent()));
                }
                (Some(seconds), _) => json::number(out, seconds),
            },
            Slot::WorkRatio => match issue.estimate {
                Some(seconds) => json::number(out, spent() * 100 / seconds),
                None => out.extend_from_slice(b"-1"),
            },
            Slot::Progress | Slot::AggregateProgress => {
                put!(out, "{\"progress\":");
                json::number(out, spent());
                put!(out, ",\"total\":");
                json::number(out, spent().max(issue.estimate.unwrap_or(0)));
                out.push(b'}');
            }
            Slot::TimeTracking => tracking(out, issue.estimate, spent()),
            Slot::Watches => {
                self.sub_address(out, issue, "watchers");
                put!(out, "\"watchCount\":");
                json::number(out, issue.watches);
                put!(out, ",\"isWatching\":false}");
            }
            Slot::Votes => {
                self.sub_address(out, issue, "votes");
                put!(out, "\"votes\":");
                json::number(out, issue.votes);
                put!(out, ",\"hasVoted\":false}");
            }
            Slot::Restriction => put!(out, "{\"issuerestrictions\":{},\"shouldDisplay\":true}"),
            Slot::Attachment => self.attachments(out, issue),
            Slot::Comment => self.comments(out, issue),
            Slot::Worklog => self.worklogs(out, issue),
            _ => self.custom(out, issue, slot),
        }
    }

    fn custom(&self, out: &mut Vec<u8>, issue: &Issue, slot: Slot) {
        let custom = &issue.custom;
        let team_managed = self.world.projects[issue.project as usize].team_managed;
        match slot {
            Slot::Points if !team_managed => float(out, self.world.points(issue)),
            Slot::PointEstimate if team_managed => float(out, self.world.points(issue)),
            Slot::PointsText => json::optional(out, custom.points_text.as_deref()),
            Slot::TeamText => json::optional(out, custom.team_text.as_deref()),
            Slot::SeverityText => json::optional(out, custom.severity_text.as_deref()),
            Slot::Case => json::optional(out, custom.case.as_deref()),
            Slot::CustomerNote => json::optional(out, custom.note.as_deref()),
            Slot::EpicName => json::optional(out, custom.epic_name.as_deref()),
            Slot::EpicLink => match issue.epic {
                Some(epic) => json::string(out, &self.world.key(epic)),
                None => out.extend_from_slice(NULL),
            },
            Slot::Rank => {
                put!(out, "\"0|i");
                json::number(out, mix(issue.id.into()) >> 40);
                put!(out, ":\"");
            }
            Slot::Development if issue.id.is_multiple_of(7) => put!(
                out,
                "\"{pullrequest={dataType=pullrequest, state=OPEN, stateCount=1}, json={\\\"cachedValue\\\":{\\\"errors\\\":[],\\\"summary\\\":{}}}}\""
            ),
            Slot::Team => self.of(out, &self.fragments.teams, custom.team.map(usize::from)),
            Slot::Flagged if custom.flagged => {
                out.push(b'[');
                self.option(out, 10_019, "Impediment");
                out.push(b']');
            }
            Slot::Severity => match custom.severity {
                Some(at) => self.option(out, 10_200 + u32::from(at), &option_name("Severity", at.into())),
                None => out.extend_from_slice(NULL),
            },
            Slot::Platforms if custom.platforms > 0 => {
                let set = (0..4_u32).filter(|bit| custom.platforms >> bit & 1 == 1);
                json::list(out, set, |out, bit| {
                    self.option(out, 10_210 + bit, ["iOS", "Android", "Web", "TV, \"smart\""][bit as usize]);
                });
            }
            Slot::Region => match custom.region {
                Some((area, child)) => {
                    self.option(out, 10_220 + u32::from(area), &option_name("Region", area.into()));
                    if let Some(child) = child {
                        out.pop();
                        put!(out, ",\"child\":");
                        self.option(out, 10_230 + u32::from(child), &option_name("City", child.into()));
                        out.push(b'}');
                    }
                }
                None => out.extend_from_slice(NULL),
            },
            Slot::Effort => float(out, custom.effort.map(|quarters| f64::from(quarters) / 4.0)),
            Slot::Extra(which) => match custom.extras.iter().find(|(at, _)| *at == which) {
                Some((_, value)) => self.extra(out, issue, which, *value),
                None => out.extend_from_slice(NULL),
            },
            _ => out.extend_from_slice(NULL),
        }
    }

    pub(crate) fn extra(&self, out: &mut Vec<u8>, issue: &Issue, which: u8, value: u16) {
        let number = id::FIRST_EXTRA + u32::from(which);
        match which % 5 {
            0 => {
                json::string(out, &custom_text(&self.world.spec, number, issue.id, &format!("Value {value}")))
            }
            1 => float(out, Some(f64::from(value) / 8.0)),
            2 => self.option(out, 11_000 + u32::from(value % 5), &option_name("Choice", (value % 5).into())),
            3 => day(out, Some(20_000 + i32::from(value))),
            _ => {
                out.push(b'[');
                self.option(out, 12_000 + u32::from(value % 5), &option_name("Market", (value % 5).into()));
                out.push(b']');
            }
        }
    }

    fn option(&self, out: &mut Vec<u8>, option: u32, value: &str) {
        put!(out, "{\"self\":\"", self.fragments.api, "/customFieldOption/");
        json::number(out, option);
        put!(out, "\",\"value\":");
        json::string(out, value);
        put!(out, ",\"id\":\"");
        json::number(out, option);
        put!(out, if self.is_dc() { "\",\"disabled\":false}" } else { "\"}" });
    }

    fn is_dc(&self) -> bool {
        self.world.spec.flavor.is_dc()
    }

    fn body(&self, out: &mut Vec<u8>, body: Option<&crate::world::text::Body>) {
        match body {
            Some(body) => self.world.pool.write(out, body),
            None => out.extend_from_slice(NULL),
        }
    }

    /// `{"self":".../issue/KEY/what",`
    fn sub_address(&self, out: &mut Vec<u8>, issue: &Issue, what: &str) {
        put!(out, "{\"self\":\"", self.fragments.api, "/issue/");
        self.key_of(out, issue);
        put!(out, "/", what, "\",");
    }

    pub(crate) fn key_of(&self, out: &mut Vec<u8>, issue: &Issue) {
        put!(out, self.world.projects[issue.project as usize].key, "-");
        json::number(out, issue.number);
    }

    /// An issue inside another one: a parent, a sub-task, the other end of a link.
    fn small(&self, out: &mut Vec<u8>, at: u32) {
        let issue = &self.world.issues[at as usize];
        put!(out, "{\"id\":\"");
        json::number(out, issue.id);
        put!(out, "\",\"key\":\"");
        self.key_of(out, issue);
        put!(out, "\",\"self\":\"", self.fragments.api, "/issue/");
        json::number(out, issue.id);
        put!(out, "\",\"fields\":{\"summary\":");
        json::string(out, &issue.summary);
        put!(out, ",\"status\":", self.fragments.statuses[issue.status as usize], ",\"priority\":");
        self.of(out, &self.fragments.priorities, issue.priority.map(usize::from));
        put!(out, ",\"issuetype\":", self.fragments.types[issue.kind as usize], "}}");
    }

    fn links(&self, out: &mut Vec<u8>, issue: &Issue) {
        json::list(out, &issue.links, |out, link| {
            put!(out, "{\"id\":\"");
            json::number(out, link.id);
            put!(out, "\",\"self\":\"", self.fragments.api, "/issueLink/");
            json::number(out, link.id);
            put!(out, "\",\"type\":", self.fragments.link_types[link.kind as usize]);
            put!(out, if link.outward { ",\"outwardIssue\":" } else { ",\"inwardIssue\":" });
            self.small(out, link.other);
            out.push(b'}');
        });
    }

    fn attachments(&self, out: &mut Vec<u8>, issue: &Issue) {
        json::list(out, &issue.attachments, |out, attachment| {
            let (name, media) = ATTACHMENTS[attachment.kind as usize];
            put!(out, "{\"self\":\"", self.fragments.api, "/attachment/");
            json::number(out, attachment.id);
            put!(out, "\",\"id\":\"");
            json::number(out, attachment.id);
            put!(out, "\",\"filename\":");
            json::string(out, name);
            put!(out, ",\"author\":", self.fragments.people[issue.creator as usize], ",\"created\":");
            self.stamp(out, attachment.created);
            put!(out, ",\"size\":");
            json::number(out, attachment.size);
            put!(out, ",\"mimeType\":\"", media, "\",\"content\":\"");
            if self.is_dc() {
                put!(out, self.fragments.site, "/secure/attachment/");
                json::number(out, attachment.id);
                put!(out, "/", escaped(name));
            } else {
                put!(out, self.fragments.api, "/attachment/content/");
                json::number(out, attachment.id);
            }
            put!(out, "\"}");
        });
    }

    fn comments(&self, out: &mut Vec<u8>, issue: &Issue) {
        let readable =
            || issue.comments.iter().filter(|comment| self.world.may_read(self.account, comment.visibility));
        let total = readable().count();
        put!(out, "{\"comments\":");
        let most = if self.is_dc() { total } else { EMBEDDED };
        json::list(out, readable().skip(total.saturating_sub(most)), |out, comment| {
            self.comment(out, issue, comment, Properties::Hidden);
        });
        if !self.is_dc() {
            put!(out, ",\"self\":\"", self.fragments.api, "/issue/");
            json::number(out, issue.id);
            put!(out, "/comment\"");
        }
        put!(out, ",\"maxResults\":");
        json::number(out, total.min(most));
        put!(out, ",\"total\":");
        json::number(out, total);
        put!(out, ",\"startAt\":0}");
    }

    pub(crate) fn comment(
        &self,
        out: &mut Vec<u8>,
        issue: &Issue,
        comment: &Comment,
        properties: Properties,
    ) {
        put!(out, "{\"self\":\"", self.fragments.api, "/issue/");
        json::number(out, issue.id);
        put!(out, "/comment/");
        json::number(out, comment.id);
        put!(out, "\",\"id\":\"");
        json::number(out, comment.id);
        out.push(b'"');
        self.authors(out, comment.author, comment.update_author);
        put!(out, ",\"body\":");
        self.world.pool.write(out, &comment.body);
        put!(out, ",\"created\":");
        self.stamp(out, comment.created);
        put!(out, ",\"updated\":");
        self.stamp(out, comment.updated);
        self.visibility(out, comment.visibility);
        if !self.is_dc() {
            put!(
                out,
                if comment.public == Some(false) { ",\"jsdPublic\":false" } else { ",\"jsdPublic\":true" }
            );
        } else if properties == Properties::Shown {
            put!(out, ",\"properties\":[");
            if let Some(public) = comment.public {
                put!(out, "{\"key\":\"sd.public.comment\",\"value\":{\"internal\":");
                put!(out, if public { "false}}" } else { "true}}" });
            }
            out.push(b']');
        }
        out.push(b'}');
    }

    fn authors(&self, out: &mut Vec<u8>, author: Option<u32>, update_author: Option<u32>) {
        for (name, person) in [(",\"author\":", author), (",\"updateAuthor\":", update_author)] {
            if let Some(person) = person {
                put!(out, name, self.fragments.people[person as usize]);
            }
        }
    }

    fn visibility(&self, out: &mut Vec<u8>, visibility: Visibility) {
        let (kind, name, id) = match visibility {
            Visibility::Everyone => return,
            Visibility::Administrators => {
                let role = &self.world.roles[ADMINISTRATORS];
                ("role", role.name, role.id.to_string())
            }
            Visibility::Developers => {
                let group = &self.world.groups[DEVELOPERS];
                ("group", group.name, group.id.clone())
            }
        };
        put!(out, ",\"visibility\":{\"type\":\"", kind, "\",\"value\":");
        json::string(out, name);
        if !self.is_dc() {
            put!(out, ",\"identifier\":\"", id, "\"");
        }
        put!(out, "}");
    }

    fn worklogs(&self, out: &mut Vec<u8>, issue: &Issue) {
        let readable =
            || issue.worklogs.iter().filter(|worklog| self.world.may_read(self.account, worklog.visibility));
        put!(out, "{\"startAt\":0,\"maxResults\":20,\"total\":");
        json::number(out, readable().count());
        put!(out, ",\"worklogs\":");
        json::list(out, readable().take(EMBEDDED), |out, worklog| self.worklog(out, issue, worklog));
        out.push(b'}');
    }

    pub(crate) fn worklog(&self, out: &mut Vec<u8>, issue: &Issue, worklog: &Worklog) {
        put!(out, "{\"self\":\"", self.fragments.api, "/issue/");
        json::number(out, issue.id);
        put!(out, "/worklog/");
        json::number(out, worklog.id);
        put!(out, "\",\"id\":\"");
        json::number(out, worklog.id);
        put!(out, "\",\"issueId\":\"");
        json::number(out, issue.id);
        out.push(b'"');
        self.authors(out, worklog.author, worklog.update_author);
        if let Some(comment) = &worklog.comment {
            put!(out, ",\"comment\":");
            self.world.pool.write(out, comment);
        }
        put!(out, ",\"created\":");
        self.stamp(out, worklog.created);
        put!(out, ",\"updated\":");
        self.stamp(out, worklog.updated);
        put!(out, ",\"started\":");
        self.stamp(out, worklog.started);
        self.visibility(out, worklog.visibility);
        put!(out, ",\"timeSpent\":\"", duration(worklog.seconds), "\",\"timeSpentSeconds\":");
        json::number(out, worklog.seconds);
        out.push(b'}');
    }
}

fn copies(out: &mut Vec<u8>, from: &[Vec<u8>], which: &[u32]) {
    json::list(out, which, |out, at| out.extend_from_slice(&from[*at as usize]));
}

fn day(out: &mut Vec<u8>, days: Option<i32>) {
    match days {
        Some(days) => {
            out.push(b'"');
            write_date(out, days.into());
            out.push(b'"');
        }
        None => out.extend_from_slice(NULL),
    }
}

/// Numbers always carry a decimal point: `5.0`.
fn float(out: &mut Vec<u8>, value: Option<f64>) {
    match value {
        Some(value) => out.extend_from_slice(format!("{value:?}").as_bytes()),
        None => out.extend_from_slice(NULL),
    }
}

/// `1d 2h 30m` with days of eight hours.
fn duration(seconds: u32) -> String {
    let parts = [(seconds / 28_800, "d"), (seconds / 3600 % 8, "h"), (seconds / 60 % 60, "m")];
    let said: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if said.is_empty() { "0m".to_owned() } else { said.join(" ") }
}

fn tracking(out: &mut Vec<u8>, estimate: Option<u32>, spent: u32) {
    out.push(b'{');
    let write = |out: &mut Vec<u8>, name: &str, seconds: u32| {
        put!(
            out,
            if out.last() == Some(&b'{') { "\"" } else { ",\"" },
            name,
            "\":\"",
            duration(seconds),
            "\",\"",
            name,
            "Seconds\":"
        );
        json::number(out, seconds);
    };
    if let Some(estimate) = estimate {
        write(out, "originalEstimate", estimate);
        write(out, "remainingEstimate", estimate.saturating_sub(spent));
    }
    if spent > 0 {
        write(out, "timeSpent", spent);
    }
    out.push(b'}');
}
