use super::*;
use crate::{
    Graph, Place, Principal, Verdict,
    sample::{grant, group, member, site},
};
use serde_json::Value;
use std::collections::BTreeSet;
use weir_model::access::{Fact, Holder, Subgroup};

fn odd_site() -> Vec<Fact> {
    let mut facts = site();
    facts.push(group("g-odd", "a \"b\", c\n=d"));
    facts.push(Fact::Subgroup(Subgroup { group: "g-odd".into(), parent: "g-devs".into() }));
    // Somebody whom no fact describes.
    facts.push(member("g-odd", "u-nobody"));
    facts.push(grant(
        "9",
        "EDIT_ISSUES",
        Holder::Unresolved { kind: "moon".into(), parameter: Some("full".into()) },
    ));
    facts.push(grant("10", "EDIT_ISSUES", Holder::Anyone));
    facts
}

fn read(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn both_ends_of_each_balkan_relation_are_entities() {
    let graph = Graph::new(&odd_site());
    let entities = read(&graph.balkan_entities("Jira").collect::<String>());
    let relations = read(&graph.balkan_relations("Jira").collect::<String>());
    assert_eq!(entities[0], ENTITY_COLUMNS);
    assert_eq!(relations[0], RELATION_COLUMNS);
    let known: BTreeSet<(&str, &str)> =
        entities[1..].iter().map(|row| (row[4].as_str(), row[2].as_str())).collect();
    assert_eq!(known.len(), entities.len() - 1, "no entity twice");
    for row in &relations[1..] {
        assert!(known.contains(&(row[1].as_str(), row[2].as_str())), "{row:?}");
        assert!(known.contains(&(row[3].as_str(), row[4].as_str())), "{row:?}");
        assert!(row[7].contains("connectionType") && row[7].contains("path_hash"), "{row:?}");
    }
    assert!(entities.iter().flatten().chain(relations.iter().flatten()).all(|cell| !cell.starts_with('=')));
    let named = |name: &str| entities.iter().find(|row| row[1] == name).unwrap().clone();
    assert_eq!(named("Robot")[2..6], ["identity", "jira", "u-bot", "service account"]);
    assert_eq!(named("ENG - Developers")[2..6], ["connection", "jira", "role:1:10", "project-role"]);
    assert_eq!(named("'=Fay+1")[4], "u-fay");
}

#[test]
fn balkan_files_that_were_written_here_can_be_read_here() {
    let graph = Graph::new(&odd_site());
    let entities: String = graph.balkan_entities("Jira").collect();
    let relations: String = graph.balkan_relations("Jira").collect();
    let facts = read_balkan(entities.as_bytes(), relations.as_bytes()).unwrap();
    let back = Graph::new(&facts);
    for (user, project, wanted) in [
        ("u-eli", "ENG", Verdict::Definite),
        ("u-nobody", "ENG", Verdict::Definite),
        ("u-fay", "ENG", Verdict::No),
        ("u-eli", "HR", Verdict::No),
    ] {
        let verdict =
            back.what(Principal::User(user)).unwrap().verdict("EDIT_ISSUES", Place::Project(project));
        assert_eq!(verdict, Ok(wanted), "{user} {project}");
    }
    let why = back.why("u-eli", "EDIT_ISSUES", Place::Project("ENG")).unwrap();
    let words = ["group jira-devs", "group ENG - Developers", "permission scheme Project ENG"];
    assert_eq!(why.paths[0].words(), words);
}

#[test]
fn what_is_wrong_with_balkan_files_is_told_by_line_and_column() {
    let entities = "\u{feff}Name*,Entity Type*,Source System*,Source ID*,Source Type*,Metadata\n\
        Ann,identity,hr,a,user,\n\
        Bob,person,hr,b,user,\n\
        ,identity,hr,c,user,\"{\"\"x\"\n\
        Ann,identity,hr,a,user,\n\
        Dev,connection,hr,dev,group,\n\
        short,identity\n\
        Disk,resource,hr,disk,disk,\n";
    let relations = "Parent Entity Source ID,Parent Entity Type,Entity Source ID,Entity Type,Metadata\n\
        a,identity,dev,connection,\n\
        z,identity,dev,connection,\n\
        disk,resource,dev,connection,\n\
        dev,connection,a,identity,\n\
        dev,connection,disk,resource,\"{\"\"privilegeValue\"\": 7}\"\n";
    let faults = read_balkan(entities.as_bytes(), relations.as_bytes()).unwrap_err();
    let told: Vec<(File, u64, Option<&str>, &Wrong)> =
        faults.iter().map(|fault| (fault.file, fault.line, fault.column.as_deref(), &fault.what)).collect();
    let words = ["identity", "connection", "resource", "insight"].map(str::to_owned).to_vec();
    let (entities, relations) = (File::Entities, File::Relations);
    assert_eq!(
        told,
        [
            (entities, 4, Some("Name"), &Wrong::Empty),
            (entities, 7, None, &Wrong::Cells { count: Some(2) }),
            (entities, 3, Some("Entity Type"), &Wrong::NotOneOf { words }),
            (entities, 4, Some("Metadata"), &Wrong::Metadata),
            (entities, 5, Some("Source ID"), &Wrong::Twice { line: 2 }),
            (relations, 3, Some("Parent Entity Source ID"), &Wrong::NoEntity),
            (relations, 4, Some("Parent Entity Type"), &Wrong::ResourceAsParent),
            (relations, 5, Some("Entity Type"), &Wrong::IdentityAsChild),
            (relations, 6, Some("Metadata"), &Wrong::PrivilegeValue),
        ]
    );
    let faults = read_balkan(b"Name,Colour\n", b"").unwrap_err();
    assert!(faults.contains(&Fault {
        file: File::Entities,
        line: 1,
        column: Some("Colour".into()),
        what: Wrong::ColumnUnknown
    }));
    assert_eq!(faults.iter().filter(|fault| fault.what == Wrong::ColumnMissing).count(), 8);
}

#[test]
fn baton_names_only_what_is_there() {
    let graph = Graph::new(&odd_site());
    let document = graph.baton();
    let list = |name: &str| document[name].as_array().unwrap().clone();
    let reference = |value: &Value| value.to_string();
    let resources: BTreeSet<String> = list("resources").iter().map(|row| reference(&row["id"])).collect();
    assert_eq!(resources.len(), list("resources").len());
    let entitlements: BTreeSet<String> =
        list("entitlements").iter().map(|row| row["id"].to_string()).collect();
    assert!(list("entitlements").iter().all(|row| resources.contains(&reference(&row["resource"]))));
    for grant in list("grants") {
        assert!(resources.contains(&reference(&grant["principal"])), "{grant}");
        assert!(entitlements.contains(&grant["entitlement"].to_string()), "{grant}");
        for through in grant["expandable"]["entitlement_ids"].as_array().into_iter().flatten() {
            assert!(entitlements.contains(&through.to_string()), "{grant}");
        }
    }
    let ids: BTreeSet<String> = list("grants").iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(ids.len(), list("grants").len());
    assert!(ids.contains("\"group:g-devs:member:user:u-eli\""));
    assert!(ids.contains("\"project:1:EDIT_ISSUES:project-role:1:10\""));
}

#[test]
fn oaa_names_only_what_is_there() {
    let graph = Graph::new(&odd_site());
    let payload = graph.oaa("Jira of Acme");
    let application = &payload["applications"][0];
    let ids = |name: &str| -> BTreeSet<String> {
        application[name].as_array().unwrap().iter().map(|row| row["id"].to_string()).collect()
    };
    let [users, groups, roles] = ["local_users", "local_groups", "local_roles"].map(ids);
    let resources = ids("resources");
    let permissions: BTreeSet<String> =
        payload["permissions"].as_array().unwrap().iter().map(|row| row["name"].to_string()).collect();
    for name in ["local_users", "local_groups"] {
        for row in application[name].as_array().unwrap() {
            assert!(
                row["groups"].as_array().unwrap().iter().all(|group| groups.contains(&group.to_string())),
                "{row}"
            );
        }
    }
    let mut met = 0;
    for row in payload["identity_to_permissions"].as_array().unwrap() {
        let known = if row["identity_type"] == "local_user" { &users } else { &groups };
        assert!(known.contains(&row["identity"].to_string()), "{row}");
        for permission in row["application_permissions"].as_array().unwrap() {
            assert!(permissions.contains(&permission["permission"].to_string()), "{row}");
            let named = permission["resources"].as_array();
            assert!(named.into_iter().flatten().all(|id| resources.contains(&id.to_string())), "{row}");
            met += 1;
        }
        for role in row["role_assignments"].as_array().unwrap() {
            assert!(roles.contains(&role["role"].to_string()), "{row}");
            met += 1;
        }
    }
    assert!(met > 5);
    let role = &application["local_roles"][0];
    assert_eq!((&role["name"], &role["permissions"][0]), (&"ENG - Developers".into(), &"EDIT_ISSUES".into()));
}

#[test]
fn the_listing_has_each_permission_of_each_account() {
    let graph = Graph::new(&site());
    let rows: Vec<ListingRow> = graph.listing().collect();
    let count = |permission: &str, project: Option<&str>| {
        let of =
            rows.iter().filter(|row| row.permission == permission && row.project_key.as_deref() == project);
        of.count()
    };
    assert_eq!(count("ADMINISTER", None), 1);
    assert_eq!(count("BROWSE_PROJECTS", Some("ENG")), 4);
    // Anybody may have reported an issue.
    assert_eq!((count("EDIT_ISSUES", Some("ENG")), count("EDIT_ISSUES", Some("HR"))), (4, 4));
    let dana = rows.iter().find(|row| row.permission == "EDIT_ISSUES" && row.user_id == "u-dana").unwrap();
    assert_eq!((dana.certainty, dana.ways), (Verdict::Definite, 2));
    assert_eq!(dana.way, "group jira-devs → role Developers → permission scheme Default");
    let lines: String = std::iter::once(listing_head()).chain(rows.iter().map(ListingRow::csv)).collect();
    let lines = read(&lines);
    assert_eq!((lines.len(), lines[0].as_slice()), (rows.len() + 1, &LISTING_COLUMNS.map(str::to_owned)[..]));
    assert!(lines.iter().flatten().all(|cell| !cell.starts_with('=')));
    let first: Value = serde_json::from_str(&rows[0].jsonl()).unwrap();
    assert_eq!(first["permission"], "ADMINISTER");
}

#[test]
fn whatever_stands_in_balkan_files_reading_them_ends() {
    let graph = Graph::new(&odd_site());
    let entities: String = graph.balkan_entities("Jira").collect();
    let relations: String = graph.balkan_relations("Jira").collect();
    let mut seed = 1_u64;
    let mut random = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % end
    };
    let mut wrong = 0;
    for _ in 0..2_000 {
        let mut files = [entities.clone().into_bytes(), relations.clone().into_bytes()];
        for file in &mut files {
            for _ in 0..random(4).min(file.len() - 1) {
                let place = random(file.len());
                match random(4) {
                    0 => file[place] = b"\",\n=\xff\0{"[random(7)],
                    1 => drop(file.remove(place)),
                    2 => file.truncate(place + 1),
                    _ => file.insert(place, b'"'),
                }
            }
        }
        if let Err(faults) = read_balkan(&files[0], &files[1]) {
            assert!(!faults.is_empty());
            wrong += 1;
        }
    }
    assert!(wrong > 500, "{wrong}");
}
