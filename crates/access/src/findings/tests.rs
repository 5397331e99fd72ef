use super::*;
use crate::sample::*;
use weir_model::access::*;

fn context() -> Context {
    Context { now: Millis(NOW), with_person: None }
}

/// The ids of what is found in the small site with some facts more.
fn found(more: impl IntoIterator<Item = Fact>) -> Vec<String> {
    let facts: Vec<Fact> = site().into_iter().chain(more).collect();
    let findings = Graph::new(&facts).findings(&Rules::default(), &context());
    findings.findings.into_iter().map(|finding| finding.id).collect()
}

#[track_caller]
fn finds(more: impl IntoIterator<Item = Fact>, wanted: &[&str]) {
    assert_eq!(found(more), wanted);
}

#[test]
fn an_orderly_site_has_no_findings() {
    finds([], &[]);
}

#[test]
fn grants_that_give_too_much_are_found() {
    let anyone = grant("9", "BROWSE_PROJECTS", Holder::Anyone);
    finds([anyone], &["public_permission/10000/BROWSE_PROJECTS/anyone"]);
    let everybody = grant("9", "DELETE_ISSUES", Holder::LoggedIn);
    finds([everybody], &["broad_permission/10000/DELETE_ISSUES/logged_in"]);
    // A group is broad with more than half of the accounts and more than twenty.
    let small = grant("9", "DELETE_ISSUES", in_group("g-all"));
    finds([small.clone()], &[]);
    let more = (0..30).flat_map(|number| {
        let id = format!("more{number}");
        [member("g-all", &id), Fact::User(user(&id))]
    });
    finds(more.chain([small]), &["broad_permission/10000/DELETE_ISSUES/group g-all"]);
    let one = grant("9", "EDIT_ISSUES", Holder::User { id: "u-eli".into() });
    finds([one], &["direct_grant/10000/EDIT_ISSUES/user u-eli"]);
}

#[test]
fn administrators_who_should_be_none_are_found() {
    let admin = |user: User| [member("g-admins", &user.id), Fact::User(user)];
    let weak = User { has_second_factor: Some(false), ..user("u-x") };
    finds(admin(weak), &["administrator_without_second_factor/u-x"]);
    // Where nobody tells, nothing is said.
    finds(admin(User { has_second_factor: None, is_managed: None, ..user("u-x") }), &[]);
    finds(admin(User { is_guest: true, ..user("u-x") }), &["outside_administrator/u-x"]);
    finds(admin(User { is_managed: Some(false), ..user("u-x") }), &["outside_administrator/u-x"]);
    finds([member("g-admins", "u-bot")], &["service_administrator/u-bot"]);
    let many = (0..6).flat_map(|number| admin(user(&format!("u-{number}"))));
    finds(many, &["many_administrators"]);
}

#[test]
fn accounts_that_nobody_uses_or_owns_are_found() {
    let seen = |days: i64| {
        let last_active_at = Some(NOW - days * DAY);
        [Fact::User(User { last_active_at, ..user("u-x") })]
    };
    finds(seen(91), &["dormant/u-x"]);
    // The site may be a day late.
    finds(seen(90), &[]);
    let graph = Graph::new(&site().into_iter().chain(seen(100)).collect::<Vec<_>>());
    let findings = graph.findings(&Rules::default(), &context());
    let evidence = &findings.findings[0].evidence;
    assert_eq!(*evidence, Evidence::LastActive { at: NOW - 100 * DAY, days: 99, delay_hours: 24 });

    let never = Fact::User(User { last_active_at: None, ..user("u-x") });
    let told = coverage(Part::Organisation, Outcome::Complete);
    finds([never.clone(), member("g-all", "u-x"), told], &["never_active/u-x"]);
    finds([never, member("g-all", "u-x")], &[]);

    let left = User { state: UserState::Inactive, ..user("u-x") };
    finds([Fact::User(left.clone())], &[]);
    finds([Fact::User(left.clone()), member("g-devs", "u-x")], &["inactive_with_access/u-x"]);
    let lead = Fact::Project(project("3", "OPS", "u-x"));
    finds([Fact::User(left), lead], &["lead_inactive/3"]);

    let private = [Fact::User(user("u-x")), member("g-all", "u-x"), profile("u-x", "X", "x@GMail.com")];
    finds(private, &["personal_mail/u-x"]);
    let customer = Fact::User(User { kind: UserKind::Customer, ..user("u-x") });
    finds([customer, member("g-devs", "u-x")], &["customer_inside/u-x"]);

    let mut context = context();
    context.with_person = Some(["u-dana", "u-fay"].map(str::to_owned).into());
    let findings = Graph::new(&site()).findings(&Rules::default(), &context);
    let ids: Vec<&str> = findings.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, ["no_person/u-eli"]);
}

#[test]
fn names_of_what_is_gone_and_groups_that_give_nothing_are_found() {
    let actor = |actor: Actor| Fact::RoleActor(RoleActor { project: "1".into(), role: "10".into(), actor });
    let gone = [
        actor(Actor::User { id: "u-gone".into() }),
        actor(Actor::Group { id: "g-gone".into() }),
        actor(Actor::Unresolved { text: "unknown".into() }),
        grant("9", "EDIT_ISSUES", in_group("g-gone")),
    ];
    finds(
        gone.clone(),
        &[
            "named_and_gone/grant%2F10000%2F9",
            "named_and_gone/role_actor%2F1%2F10%2Fgroup%2Fg-gone",
            "named_and_gone/role_actor%2F1%2F10%2Funresolved%2Funknown",
            "named_and_gone/role_actor%2F1%2F10%2Fuser%2Fu-gone",
        ],
    );
    // Where not all accounts and groups were read, they may be there.
    let unread = [coverage(Part::Users, Outcome::Partial), coverage(Part::Groups, Outcome::Denied)];
    finds(gone.into_iter().chain(unread), &["named_and_gone/role_actor%2F1%2F10%2Funresolved%2Funknown"]);
    finds([group("g-new", "new")], &["unused_group/g-new"]);
    let empty = [group("g-new", "new"), grant("9", "EDIT_ISSUES", in_group("g-new"))];
    finds(empty, &["empty_group_with_grant/g-new"]);
}

fn separation() -> Rules {
    let text = r#"{"separation": [{
        "id": "edit_and_administer", "name": "x", "severity": "high", "scope": "same_project",
        "one": {"permissions": ["EDIT_ISSUES"]}, "other": {"permissions": ["ADMINISTER_PROJECTS"]},
        "exceptions": [{"user": "u-dana", "owner": "fay", "until": "2024-10-03", "reason": "a small team"}]
    }]}"#;
    serde_json::from_str(text).unwrap()
}

#[test]
fn two_things_that_nobody_shall_have_together_are_found_with_the_facts_behind() {
    let graph = Graph::new(&site());
    let findings = graph.findings(&separation(), &context());
    let [finding] = &findings.findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.id, "edit_and_administer/u-dana");
    // She leads HR, too, and has no role there.
    assert_eq!(finding.evidence, Evidence::Meet { projects: vec!["ENG".into()], count: 1 });
    let facts: Vec<String> = finding.facts.iter().map(ToString::to_string).collect();
    assert_eq!(
        facts,
        [
            "grant/10000/2",
            "grant/10000/4",
            "member/g-devs/u-dana",
            "project/1",
            "role_actor/1/10/group/g-devs"
        ]
    );
    assert!(findings.not_judged.is_empty());
}

#[test]
fn an_exception_holds_to_the_end_of_its_last_day() {
    let ends = weir_model::PlainDate::parse("2024-10-03").unwrap().midnight().unwrap().0 + DAY;
    for (now, holds) in [(ends - 1, true), (ends, false)] {
        let context = Context { now: Millis(now), with_person: None };
        let findings = Graph::new(&site()).findings(&separation(), &context);
        let exception = findings.findings[0].exception.as_ref();
        assert_eq!(exception.map(|exception| exception.owner.as_str()), holds.then_some("fay"));
    }
}

#[test]
fn the_scope_says_where_two_things_must_meet() {
    let rule = |scope: &str| {
        let text = format!(
            r#"{{"separation": [{{"id": "r", "name": "x", "severity": "low", "scope": "{scope}",
            "one": {{"roles": ["Developers"]}}, "other": {{"roles": ["Approvers"]}}}}]}}"#
        );
        serde_json::from_str::<Rules>(&text).unwrap()
    };
    let category = Some("c".to_owned());
    let mut facts = site();
    facts.push(Fact::Role(Role {
        id: "11".into(),
        name: "Approvers".into(),
        project: None,
        is_system: false,
    }));
    let actor = Actor::User { id: "u-eli".into() };
    facts.push(Fact::RoleActor(RoleActor { project: "3".into(), role: "11".into(), actor }));
    let count =
        |facts: &[Fact], scope: &str| Graph::new(facts).findings(&rule(scope), &context()).findings.len();
    facts.push(Fact::Project(project("3", "OPS", "u-dana")));
    assert_eq!(["same_project", "same_category", "any"].map(|scope| count(&facts, scope)), [0, 0, 1]);
    for fact in &mut facts {
        if let Fact::Project(project) = fact {
            project.category = category.clone();
        }
    }
    assert_eq!(["same_project", "same_category", "any"].map(|scope| count(&facts, scope)), [0, 1, 1]);
}

#[test]
fn what_was_not_read_is_said_to_be_not_judged() {
    let facts: Vec<Fact> = site().into_iter().chain([coverage(Part::Globals, Outcome::Denied)]).collect();
    let findings = Graph::new(&facts).findings(&Rules::default(), &context());
    let rules: Vec<&str> = findings.not_judged.iter().map(|one| one.rule.as_str()).collect();
    for wanted in ["many_administrators", "unused_group", "manage_and_audit", "no_person", "never_active"] {
        assert!(rules.contains(&wanted), "{rules:?}");
    }
    assert!(!rules.contains(&"dormant"));
}

#[test]
fn findings_can_be_written_as_json() {
    let anyone = grant("9", "BROWSE_PROJECTS", Holder::Anyone);
    let seen = Fact::User(User { last_active_at: Some(NOW - 200 * DAY), ..user("u-x") });
    let facts: Vec<Fact> = site().into_iter().chain([anyone, seen]).collect();
    let findings = Graph::new(&facts).findings(&Rules::default(), &context());
    let json = serde_json::to_value(&findings).unwrap();
    let [public, dormant] = [&json["findings"][0], &json["findings"][1]];
    assert_eq!((&public["severity"], &public["subject"]["id"]), (&"critical".into(), &"10000".into()));
    assert_eq!(public["facts"][0], "grant/10000/9");
    let subject = serde_json::json!({"subject": "principal", "kind": "user", "id": "u-x", "name": "u-x"});
    assert_eq!((&dormant["rule"], &dormant["subject"]), (&"dormant".into(), &subject));
    assert_eq!(dormant["evidence"]["days"], 199);
    assert_eq!(json["not_judged"][0]["rule"], "never_active");
}
