//! What is odd on real sites, one by one (access.md §7, edge cases).

use crate::{
    Aim, Graph, Lookup, Obstacle, Place, Principal, Sample, StepKind, Unknown, Verdict,
    sample::{complete, coverage, grant, group, in_group, member, project, site, user},
};
use weir_model::access::*;

fn with(more: impl IntoIterator<Item = Fact>) -> Graph {
    Graph::new(&site().into_iter().chain(more).collect::<Vec<_>>())
}

const ENG: Place<'_> = Place::Project("ENG");

#[track_caller]
fn verdict(graph: &Graph, user: &str, permission: &str) -> Verdict {
    let who = graph.who(permission, ENG).unwrap().verdict(user).unwrap();
    assert_eq!(graph.why(user, permission, ENG).unwrap().verdict, who);
    who
}

fn obstacles(graph: &Graph, user: &str, permission: &str) -> Vec<Obstacle> {
    graph.why(user, permission, ENG).unwrap().obstacles
}

#[test]
fn a_path_reads_as_people_say_it() {
    let why = with([]).why("Dana K.", "EDIT_ISSUES", ENG).unwrap();
    let words = ["group jira-devs", "role Developers", "permission scheme Default"];
    assert_eq!(why.paths[0].words(), words);
    assert_eq!(why.paths[1].words(), ["reporter of the issue", "permission scheme Default"]);
    assert_eq!(why.paths[2].words(), ["group jira-admins", "global permission ADMINISTER"]);
    let facts: Vec<String> =
        why.paths[0].steps.iter().flat_map(|step| &step.fact).map(ToString::to_string).collect();
    assert_eq!(facts, ["member/g-devs/u-dana", "role_actor/1/10/group/g-devs", "grant/10000/2"]);
    let who = with([]);
    assert_eq!(who.who("EDIT_ISSUES", ENG).unwrap().paths("u-dana"), why.paths);
    let json = serde_json::to_value(&why.paths[0].steps[1]).unwrap();
    assert_eq!(
        (&json["kind"], &json["id"], &json["name"]),
        (&"role".into(), &"10".into(), &"Developers".into())
    );
}

#[test]
fn the_same_user_by_three_ways_is_one_row_with_three_paths() {
    let named = Holder::User { id: "u-eli".into() };
    let graph = with([grant("7", "EDIT_ISSUES", in_group("g-all")), grant("8", "EDIT_ISSUES", named)]);
    let who = graph.who("EDIT_ISSUES", ENG).unwrap();
    assert_eq!(who.rows().filter(|row| row.id == "u-eli").count(), 1);
    let why = graph.why("u-eli", "EDIT_ISSUES", ENG).unwrap();
    assert_eq!(why.paths.iter().filter(|path| path.conditions.is_empty()).count(), 3);
    let removal = graph.removal("u-eli", "EDIT_ISSUES", ENG, Aim::ForSure, 100).unwrap();
    // One grant names them, and the two others can each be cut in more than one place.
    assert!(removal.cuts.iter().all(|cut| cut.links.len() == 3));
    assert_eq!(removal.cuts.len(), 2 * 3);
    assert_eq!(removal.cuts[0].effects.verdict, Verdict::Conditional);
}

#[test]
fn an_inactive_member_is_told_with_the_reason_why_it_cannot_be_used() {
    let left = User { state: UserState::Inactive, ..user("u-x") };
    let graph = with([Fact::User(left), member("g-devs", "u-x"), member("g-admins", "u-x")]);
    assert_eq!(verdict(&graph, "u-x", "EDIT_ISSUES"), Verdict::Definite);
    assert_eq!(
        obstacles(&graph, "u-x", "EDIT_ISSUES"),
        [Obstacle::AccountInactive, Obstacle::NoApplication, Obstacle::CannotBrowse]
    );
}

#[test]
fn who_may_use_no_application_browses_nothing_that_asks_for_it() {
    let graph = with([Fact::User(user("u-x")), member("g-devs", "u-x")]);
    assert_eq!(verdict(&graph, "u-x", "BROWSE_PROJECTS"), Verdict::No);
    let open = with([
        Fact::User(user("u-x")),
        member("g-devs", "u-x"),
        grant("9", "BROWSE_PROJECTS", Holder::Anyone),
    ]);
    assert_eq!(verdict(&open, "u-x", "BROWSE_PROJECTS"), Verdict::Definite);
    assert_eq!(obstacles(&open, "u-x", "BROWSE_PROJECTS"), []);
    assert!(open.who("BROWSE_PROJECTS", ENG).unwrap().anonymous);
    let what = open.what(Principal::Anonymous).unwrap();
    assert_eq!(what.verdict("BROWSE_PROJECTS", ENG), Ok(Verdict::Definite));
    assert_eq!(what.verdict("EDIT_ISSUES", ENG), Ok(Verdict::No));
}

#[test]
fn an_application_of_another_kind_is_not_enough() {
    let desk = Project { kind: "service_desk".into(), ..project("1", "ENG", "u-dana") };
    let mut facts = site();
    facts.retain(|fact| !matches!(fact, Fact::Project(row) if row.id == "1"));
    facts.push(Fact::Project(desk));
    let graph = Graph::new(&facts);
    let key = "jira-servicedesk".to_owned();
    assert_eq!(obstacles(&graph, "u-eli", "EDIT_ISSUES"), [Obstacle::NotThisApplication { key }]);
}

#[test]
fn an_empty_application_role_and_one_without_groups_name_nobody() {
    let empty = AppRole {
        key: "jira-core".into(),
        name: "Work".into(),
        groups: Vec::new(),
        default_groups: Vec::new(),
        seats: None,
        used: None,
    };
    let by = |key: &str| grant("9", "DELETE_ISSUES", Holder::AppRole { key: key.into() });
    for holder in ["jira-core", "gone"] {
        let graph = with([Fact::AppRole(empty.clone()), by(holder)]);
        assert_eq!(
            graph
                .who("DELETE_ISSUES", ENG)
                .unwrap()
                .rows()
                .filter(|row| row.certainty == Verdict::Definite)
                .count(),
            0
        );
    }
}

#[test]
fn a_group_that_is_gone_names_nobody_unless_not_all_groups_were_read() {
    let named = || grant("9", "DELETE_ISSUES", in_group("g-gone"));
    assert_eq!(verdict(&with([named()]), "u-eli", "DELETE_ISSUES"), Verdict::No);
    let graph = with([named(), coverage(Part::Groups, Outcome::Partial)]);
    assert_eq!(verdict(&graph, "u-eli", "DELETE_ISSUES"), Verdict::Unknown);
    let [Unknown::NotRead(gap)] = &graph.who("DELETE_ISSUES", ENG).unwrap().unknown[..] else { panic!() };
    assert_eq!((gap.part, gap.outcome), (Part::Groups, Some(Outcome::Partial)));
    let json = serde_json::to_value(Unknown::NotRead(gap.clone())).unwrap();
    assert_eq!(
        (&json["unknown"], &json["part"], &json["outcome"]),
        (&"not_read".into(), &"groups".into(), &"partial".into())
    );
}

#[test]
fn a_member_whom_a_data_center_lists_somehow_is_told_so() {
    let direct = Certainty::Unknown;
    let seat = Fact::Member(Member { group: "g-devs".into(), user: "u-fay".into(), direct });
    let why = with([seat]).why("u-fay", "EDIT_ISSUES", ENG).unwrap();
    assert_eq!(why.paths[0].steps[0].kind, StepKind::GroupSomehow);
}

#[test]
fn groups_in_a_circle_are_walked_once() {
    let inside =
        |group: &str, parent: &str| Fact::Subgroup(Subgroup { group: group.into(), parent: parent.into() });
    let graph = with([
        group("g-a", "a"),
        group("g-b", "b"),
        inside("g-a", "g-b"),
        inside("g-b", "g-a"),
        inside("g-b", "g-devs"),
        member("g-a", "u-fay"),
    ]);
    let why = graph.why("u-fay", "EDIT_ISSUES", ENG).unwrap();
    assert_eq!(why.paths[0].words()[..3], ["group a", "group b", "group jira-devs"]);
    assert_eq!(why.paths.iter().filter(|path| path.conditions.is_empty()).count(), 1);
}

#[test]
fn a_chain_of_thousands_of_groups_is_one_path() {
    let chain = (1..5_000).flat_map(|number| {
        let pair = Subgroup { group: format!("c{number}"), parent: format!("c{}", number - 1) };
        [group(&format!("c{number}"), "c"), Fact::Subgroup(pair)]
    });
    let top = Fact::Subgroup(Subgroup { group: "c0".into(), parent: "g-devs".into() });
    let graph = with(chain.chain([group("c0", "c"), top, member("c4999", "u-fay")]));
    let why = graph.why("u-fay", "EDIT_ISSUES", ENG).unwrap();
    assert_eq!((why.paths[0].steps.len(), why.is_cut_short), (5_000 + 3, false));
}

#[test]
fn groups_that_are_all_in_each_other_are_given_up_in_time() {
    let all = (0..40).flat_map(|a| {
        let pair = move |b: i32| Fact::Subgroup(Subgroup { group: format!("c{a}"), parent: format!("c{b}") });
        (0..40).map(pair).chain([group(&format!("c{a}"), "c"), member(&format!("c{a}"), "u-fay")])
    });
    let graph = with(all.chain([grant("9", "DELETE_ISSUES", in_group("c7"))]));
    let why = graph.why("u-fay", "DELETE_ISSUES", ENG).unwrap();
    assert!(why.is_cut_short && why.verdict == Verdict::Definite);
    assert_eq!(why.paths[0].words(), ["group c", "permission scheme Default"]);
    let removal = graph.removal("u-fay", "DELETE_ISSUES", ENG, Aim::ForSure, 5).unwrap();
    assert_eq!(removal.cuts[0].links.len(), 1);
}

#[test]
fn where_very_much_has_to_go_one_way_is_told() {
    let many = (0..40).flat_map(|number| {
        let id = format!("c{number}");
        [group(&id, "c"), member(&id, "u-fay"), grant(&id, "DELETE_ISSUES", in_group(&id))]
    });
    let removal = with(many).removal("u-fay", "DELETE_ISSUES", ENG, Aim::ForSure, 5).unwrap();
    assert!(removal.is_cut_short);
    assert_eq!(removal.cuts.iter().map(|cut| cut.links.len()).collect::<Vec<_>>(), [40]);
    assert_eq!(removal.cuts[0].effects.verdict, Verdict::No);
}

#[test]
fn a_holder_of_a_kind_that_nobody_knows_makes_an_unknown_of_a_no() {
    let moon = Holder::Unresolved { kind: "moon".into(), parameter: Some("full".into()) };
    let graph = with([grant("9", "DELETE_ISSUES", moon)]);
    assert_eq!(verdict(&graph, "u-eli", "DELETE_ISSUES"), Verdict::Unknown);
    let unknown = &graph.who("DELETE_ISSUES", ENG).unwrap().unknown;
    let (kind, parameter) = ("moon".to_owned(), Some("full".to_owned()));
    assert_eq!(unknown[..], [Unknown::Holder { kind, parameter, by: "10000/9".into() }]);
    let json = serde_json::to_value(unknown).unwrap();
    assert_eq!(
        json[0],
        serde_json::json!({"unknown": "holder", "kind": "moon", "parameter": "full", "by": "10000/9"})
    );
}

#[test]
fn an_actor_who_is_gone_names_nobody() {
    let actor = Actor::Unresolved { text: "unknown".into() };
    let graph = with([Fact::RoleActor(RoleActor { project: "1".into(), role: "10".into(), actor })]);
    let who = graph.who("EDIT_ISSUES", ENG).unwrap();
    assert_eq!((who.counts().0, who.unknown.len()), (2, 0));
}

#[test]
fn a_project_whose_scheme_was_not_read_is_unknown_and_one_without_is_no() {
    let graph = with([Fact::Project(project("3", "OPS", "u-dana"))]);
    let asked =
        |graph: &Graph| graph.who("EDIT_ISSUES", Place::Project("OPS")).unwrap().verdict("u-eli").unwrap();
    assert_eq!(asked(&graph), Verdict::No);
    let denied = coverage(Part::ProjectSchemes, Outcome::Denied);
    assert_eq!(asked(&with([Fact::Project(project("3", "OPS", "u-dana")), denied])), Verdict::Unknown);
}

#[test]
fn a_team_managed_project_that_may_be_open_is_unknown_to_others() {
    let ours = Project { style: ProjectStyle::TeamManaged, ..project("3", "OPS", "u-dana") };
    let own = |holder: Holder| {
        let (scheme, id, permission) = ("own".to_owned(), "1".to_owned(), "EDIT_ISSUES".to_owned());
        Fact::Grant(Grant { scheme, id, permission, holder })
    };
    let uses = || Fact::UsesScheme(UsesScheme { project: "3".into(), scheme: "own".into() });
    let asked = |is_private: Option<bool>, holder: Holder| {
        let project = Fact::Project(Project { is_private, ..ours.clone() });
        let graph = with([project, uses(), own(holder)]);
        ["u-eli", "u-fay"]
            .map(|user| graph.who("EDIT_ISSUES", Place::Project("OPS")).unwrap().verdict(user).unwrap())
    };
    assert_eq!(asked(Some(false), in_group("g-devs")), [Verdict::Definite, Verdict::Unknown]);
    assert_eq!(asked(None, in_group("g-devs")), [Verdict::Definite, Verdict::Unknown]);
    assert_eq!(asked(Some(true), in_group("g-devs")), [Verdict::Definite, Verdict::No]);
    assert_eq!(asked(Some(false), Holder::LoggedIn), [Verdict::Definite, Verdict::Definite]);
}

#[test]
fn archived_and_deleted_projects_are_told_beside_the_answer() {
    for (state, wanted) in [
        (ProjectState::Archived, Obstacle::ProjectArchived),
        (ProjectState::Deleted, Obstacle::ProjectDeleted),
    ] {
        let mut facts = site();
        facts.retain(|fact| !matches!(fact, Fact::Project(row) if row.id == "1"));
        facts.push(Fact::Project(Project { state, ..project("1", "ENG", "u-dana") }));
        assert_eq!(obstacles(&Graph::new(&facts), "u-eli", "EDIT_ISSUES"), [wanted]);
    }
}

#[test]
fn the_role_of_the_site_for_its_apps_is_told_apart() {
    let role = Role {
        id: "20".into(),
        name: "atlassian-addons-project-access".into(),
        project: None,
        is_system: true,
    };
    let actor = Actor::User { id: "u-bot".into() };
    let graph = with([
        Fact::Role(role),
        Fact::RoleActor(RoleActor { project: "1".into(), role: "20".into(), actor }),
        grant("9", "EDIT_ISSUES", Holder::ProjectRole { id: "20".into() }),
    ]);
    assert_eq!(graph.why("u-bot", "EDIT_ISSUES", ENG).unwrap().paths[0].steps[0].kind, StepKind::AppsRole);
}

#[test]
fn what_is_asked_for_is_found_as_people_call_it() {
    let graph = with([]);
    assert!(graph.why("ELI", "edit_issues", Place::Project("eng")).is_ok());
    assert!(graph.what(Principal::User("U-ELI@acme.example")).is_ok());
    assert!(graph.what(Principal::Group("jira-devs")).is_ok());
    let missing = graph.why("nobody", "EDIT_ISSUES", ENG).unwrap_err();
    assert!(matches!(missing, Lookup::Missing { gap: None, .. }));
    let twice = with([Fact::User(user("u-x")), crate::sample::profile("u-x", "Eli", "x@acme.example")]);
    let Err(Lookup::Ambiguous { ids, .. }) = twice.what(Principal::User("Eli")) else { panic!() };
    assert_eq!(ids, ["u-eli", "u-x"]);
    let unread = with([coverage(Part::Users, Outcome::Partial)]);
    assert!(matches!(unread.what(Principal::User("nobody")), Err(Lookup::Missing { gap: Some(_), .. })));
}

#[test]
fn a_reading_that_says_nothing_of_what_it_read_knows_of_no_no() {
    let mut facts = site();
    facts.retain(|fact| !matches!(fact, Fact::Coverage(_)));
    assert_eq!(verdict(&Graph::new(&facts), "u-fay", "ADMINISTER_PROJECTS"), Verdict::Unknown);
    facts.extend(complete());
    assert_eq!(verdict(&Graph::new(&facts), "u-fay", "ADMINISTER_PROJECTS"), Verdict::No);
    // She administers the site.
    let nobody = grant("9", "DELETE_ISSUES", in_group("g-gone"));
    assert_eq!(verdict(&with([nobody]), "u-dana", "DELETE_ISSUES"), Verdict::Latent);
}

#[test]
fn levels_of_a_project_are_those_of_its_scheme() {
    let (scheme, project) = ("77".to_owned(), "1".to_owned());
    let level =
        SecurityLevel { scheme: scheme.clone(), id: "5".into(), name: "Secret".into(), is_default: true };
    let graph = with([
        Fact::SecurityScheme(SecurityScheme { id: scheme.clone(), name: "Levels".into() }),
        Fact::SecurityLevel(level),
        Fact::UsesSecurity(UsesSecurity { project, scheme }),
        Fact::LevelHolder(LevelHolder { level: "5".into(), holder: in_group("g-devs") }),
    ]);
    let levels = graph.levels("ENG").unwrap();
    assert_eq!((levels.levels[0].name.as_str(), levels.levels[0].scheme_name.as_str()), ("Secret", "Levels"));
    assert!(graph.levels("HR").unwrap().levels.is_empty());
    let who = graph.who_sees("5", "ENG").unwrap();
    assert_eq!(who.rows().map(|row| row.id).collect::<Vec<_>>(), ["u-dana", "u-eli"]);
    let words: Vec<Vec<String>> = who.paths("u-eli").iter().map(|path| path.words()).collect();
    let browses =
        ["group jira-users", "application Jira Software", "any signed-in user", "permission scheme Default"];
    assert_eq!(words, [["group jira-devs", "security level Secret"].as_slice(), &browses]);
}

#[test]
fn what_the_site_says_is_compared_and_each_disagreement_is_named() {
    let left = User { state: UserState::Inactive, ..user("u-x") };
    let moon = Holder::Unresolved { kind: "moon".into(), parameter: None };
    let graph = with([Fact::User(left), member("g-devs", "u-x"), grant("9", "DELETE_ISSUES", moon)]);
    let sample = |user: &str, permission: &str, allowed: bool| Sample {
        user: user.into(),
        permission: permission.into(),
        project: Some("1".into()),
        allowed,
    };
    let mut samples = vec![
        sample("u-eli", "EDIT_ISSUES", true),
        // Had on a condition, which the site takes for a yes; and by somebody who cannot sign in.
        sample("u-fay", "EDIT_ISSUES", true),
        sample("u-x", "EDIT_ISSUES", false),
        sample("u-eli", "ADMINISTER_PROJECTS", false),
        sample("u-eli", "DELETE_ISSUES", true),
        sample("u-gone", "EDIT_ISSUES", false),
    ];
    let agreement = graph.agreement(&samples);
    assert_eq!((agreement.agree, agreement.unknown, agreement.missing), (4, 1, 1));
    assert!(agreement.false_allow.is_empty() && agreement.false_deny.is_empty());
    samples[0].allowed = false;
    samples[3].allowed = true;
    let agreement = graph.agreement(&samples);
    assert_eq!(agreement.false_allow[0].user, "u-eli");
    assert_eq!(agreement.false_deny[0].permission, "ADMINISTER_PROJECTS");
}
