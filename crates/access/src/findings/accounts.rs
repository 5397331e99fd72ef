//! Accounts that nobody uses, nobody owns, or that can do too much.

use super::{CheckId, Evidence, Found, Subject};
use crate::{
    answer::Certainty,
    graph::{Held, Kind, Player},
    key::FactKey,
    question::{ADMINISTRATION, Spot},
};
use weir_model::access::{Part, User, UserKind, UserState};

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// So late may the site be in telling who was active (access.md §5).
const DELAY_HOURS: i64 = 24;

pub(super) fn look(found: &mut Found<'_>) {
    match found.check.check {
        CheckId::ManyAdministrators => return too_many_administrators(found),
        CheckId::NoPerson if found.search.context.with_person.is_none() => return found.cannot(Vec::new()),
        CheckId::AdministratorWithoutSecondFactor
        | CheckId::OutsideAdministrator
        | CheckId::ServiceAdministrator => found.needs(&[Part::Users, Part::Globals, Part::Members]),
        CheckId::NeverActive | CheckId::PersonalMail => {
            found.needs(&[Part::Users, Part::AppRoles, Part::Members]);
        }
        CheckId::InactiveWithAccess => {
            found.needs(&[Part::Users, Part::Members, Part::RoleActors, Part::PermissionSchemes]);
        }
        _ => found.needs(&[Part::Users]),
    }
    let graph = found.search.graph;
    // Nobody tells of an account that was never active, but for the organisation.
    let organisation_tells = !graph.covered.has_gap(Part::Organisation, None);
    if found.check.check == CheckId::NeverActive && !organisation_tells {
        found.needs(&[Part::Organisation]);
    }
    let mut applications = graph.no_users();
    graph.add_logged_in(&mut applications);
    let users = graph.about.users.iter().enumerate();
    for (number, row) in users.filter_map(|(number, row)| Some((number as u32, row.as_ref()?))) {
        let is_active = row.state == UserState::Active;
        let administers = found.search.administrators.contains(number);
        let uses_something = applications.contains(number);
        let is_program = matches!(row.kind, UserKind::Service | UserKind::Agent);
        match found.check.check {
            CheckId::AdministratorWithoutSecondFactor
                if administers && is_active && row.has_second_factor == Some(false) =>
            {
                administrator(found, number, row);
            }
            CheckId::OutsideAdministrator
                if administers && is_active && (row.is_guest || row.is_managed == Some(false)) =>
            {
                administrator(found, number, row);
            }
            CheckId::ServiceAdministrator if administers && is_active && is_program => {
                administrator(found, number, row);
            }
            CheckId::NoPerson => {
                let known = found.search.context.with_person.as_ref();
                let is_owned = known.is_some_and(|known| known.contains(&row.id));
                if is_active && row.kind == UserKind::Person && !is_owned {
                    account(found, number, row, Evidence::AsTheFactsSay, Vec::new());
                }
            }
            CheckId::InactiveWithAccess => inactive(found, number, row),
            CheckId::Dormant => dormant(found, number, row),
            CheckId::NeverActive
                if is_active && uses_something && organisation_tells && row.last_active_at.is_none() =>
            {
                account(found, number, row, Evidence::AsTheFactsSay, Vec::new());
            }
            CheckId::PersonalMail => {
                let profile = graph.about.profiles[number as usize].as_ref();
                let mail = profile.and_then(|profile| profile.email.as_deref());
                let domain =
                    mail.and_then(|mail| mail.rsplit_once('@')).map(|(_, domain)| domain.to_lowercase());
                let domain = domain.filter(|domain| found.check.domains.contains(domain));
                if let (Some(domain), true) = (domain, is_active && uses_something) {
                    let profile = FactKey::new("profile", [&row.id]);
                    account(found, number, row, Evidence::Domain { domain }, vec![profile]);
                }
            }
            _ => {}
        }
    }
}

fn account(found: &mut Found<'_>, number: u32, row: &User, evidence: Evidence, more: Vec<FactKey>) {
    let mut facts = vec![found.search.user_key(number)];
    facts.extend(more);
    found.push(found.search.user(number), &[&row.id], evidence, facts);
}

fn administrator(found: &mut Found<'_>, number: u32, row: &User) {
    let graph = found.search.graph;
    let paths = ADMINISTRATION.iter().flat_map(|key| {
        graph.routes(number, graph.known_permission(key), Spot::Everywhere).found.into_iter()
    });
    let sure = paths.filter(|route| route.certainty == Certainty::Definite);
    let mut facts: Vec<FactKey> =
        sure.flat_map(|route| route.edges).filter_map(|edge| graph.edge_key(edge)).collect();
    facts.sort_unstable();
    facts.dedup();
    account(found, number, row, Evidence::AsTheFactsSay, facts);
}

fn too_many_administrators(found: &mut Found<'_>) {
    found.needs(&[Part::Users, Part::Globals, Part::Members]);
    let mut who = found.search.administrators.clone();
    who.keep(&found.search.active);
    let (count, of) = (who.len(), found.search.active.len());
    let allowed = found.check.most.unwrap_or(0).max((of as f64 * found.check.share.unwrap_or(0.0)) as usize);
    if count > allowed {
        let facts = who.iter().map(|user| found.search.user_key(user)).collect();
        found.push(Subject::Site, &[], Evidence::TooMany { count, of }, facts);
    }
}

/// Everything that gives something to an account that cannot sign in.
fn inactive(found: &mut Found<'_>, number: u32, row: &User) {
    if row.state == UserState::Active {
        return;
    }
    let graph = found.search.graph;
    let id = row.id.as_str();
    let groups = graph.wires.seats.of(number).iter().filter(|group| found.search.giving.contains(**group));
    let mut facts: Vec<FactKey> =
        groups.map(|group| FactKey::new("member", [graph.id(Kind::Group, *group), id])).collect();
    for (project, (role, player)) in graph.wires.actors.pairs() {
        if player == Player::User(number) {
            let (project, role) = (graph.id(Kind::Project, project), graph.id(Kind::Role, role));
            facts.push(FactKey::new("role_actor", [project, role, "user", id]));
        }
    }
    for (scheme, grant) in graph.wires.grants.pairs() {
        if grant.held == Held::User(number) {
            facts.push(FactKey::new(
                "grant",
                [graph.id(Kind::Scheme, scheme), graph.id(Kind::Grant, grant.id)],
            ));
        }
    }
    if !facts.is_empty() {
        let count = facts.len();
        account(found, number, row, Evidence::Gives { count }, facts);
    }
}

fn dormant(found: &mut Found<'_>, number: u32, row: &User) {
    let Some(at) = row.last_active_at.filter(|_| row.state == UserState::Active) else { return };
    let days = (found.search.context.now.0 - DELAY_HOURS * HOUR - at).div_euclid(DAY);
    if days >= i64::from(found.check.days.unwrap_or(90)) {
        let evidence = Evidence::LastActive { at, days, delay_hours: DELAY_HOURS };
        account(found, number, row, evidence, Vec::new());
    }
}
