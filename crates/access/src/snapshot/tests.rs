use super::*;
use weir_model::access::*;

fn member(group: &str, user: &str) -> Fact {
    Fact::Member(Member { group: group.into(), user: user.into(), direct: Certainty::Yes })
}

fn profile(user: &str) -> Fact {
    let (name, email) = (format!("Name of {user}"), Some(format!("{user}@example.com")));
    Fact::Profile(Profile { user: user.into(), name, login: None, email, email_source: None })
}

fn salt(user: u8) -> Salt {
    Salt(Hash([user; 32]))
}

fn snapshot(before: Option<&Snapshot>, leaves: Vec<Leaf>) -> Snapshot {
    let head = Head {
        parent: before.map(|before| Parent { id: before.id, root: before.head.root }),
        root: root(leaves.iter().map(|leaf| leaf.hash)),
        facts: leaves.len() as u64,
        site: "https://acme.example".into(),
        started_at: 1_000,
        ended_at: 2_000,
        version: "0.1.0".into(),
        credential: "token".into(),
        config: Hash([7; 32]),
        by: "dana".into(),
    };
    Snapshot { id: head.id(), head, leaves }
}

fn chain() -> Vec<Snapshot> {
    let leaves = |users: &[u8]| {
        let of = users.iter().flat_map(|user| {
            let name = format!("u{user}");
            [Leaf::new(member("g", &name), None), Leaf::new(profile(&name), Some(salt(*user)))]
        });
        of.collect::<Vec<_>>()
    };
    let first = snapshot(None, leaves(&[1, 2, 3]));
    let second = snapshot(Some(&first), leaves(&[1, 3]));
    let third = snapshot(Some(&second), leaves(&[1, 3, 4]));
    vec![first, second, third]
}

#[test]
fn the_same_state_has_the_same_root_in_any_order() {
    let app = |groups: &[&str]| {
        Fact::AppRole(AppRole {
            key: "jira-software".into(),
            name: "Jira".into(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            default_groups: Vec::new(),
            seats: None,
            used: None,
        })
    };
    let hash = |fact: &Fact| fact_hash(fact, None);
    assert_eq!(hash(&app(&["a", "b"])), hash(&app(&["b", "a", "b"])));
    let (a, b) = (hash(&member("g", "a")), hash(&member("g", "b")));
    assert_eq!(root([a, b]), root([b, a, b]));
    assert_ne!(root([a, b]), root([a]));
    assert_ne!(fact_hash(&profile("a"), Some(&salt(1))), fact_hash(&profile("a"), Some(&salt(2))));
    let text = String::from_utf8(canonical(&member("g", "a"))).unwrap();
    assert_eq!(text, r#"{"fact":"member","group":"g","user":"a","direct":"yes"}"#);
}

#[test]
fn a_chain_holds_also_when_somebody_is_forgotten() {
    let mut chain = chain();
    assert_eq!(verify(&chain), Ok(3));
    for snapshot in &mut chain {
        snapshot.leaves.iter_mut().for_each(Leaf::forget);
        assert!(!serde_json::to_string(snapshot).unwrap().contains("Name of"));
    }
    assert_eq!(verify(&chain), Ok(3));
    let text = serde_json::to_string(&chain).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Snapshot>>(&text).unwrap(), chain);
}

#[test]
fn the_first_break_is_named() {
    let fault = |change: &dyn Fn(&mut Vec<Snapshot>)| {
        let mut chain = chain();
        change(&mut chain);
        let found = verify(&chain).unwrap_err();
        (found.place, found.fault)
    };
    let (place, found) = fault(&|chain| chain[1].leaves[0].content = Content::Fact(member("g", "u9")));
    assert_eq!((place, found.to_string().as_str()), (2, "the fact member/g/u9 is not the one that was kept"));
    let (place, found) = fault(&|chain| {
        chain[2].leaves.pop();
    });
    assert!(place == 3 && matches!(found, Fault::Facts { facts: 5, .. }));
    let (place, found) = fault(&|chain| chain[2].leaves.push(Leaf::new(member("g", "u9"), None)));
    assert!(place == 3 && matches!(found, Fault::Facts { facts: 7, .. }));
    let (place, found) = fault(&|chain| chain[0].head.ended_at += 1);
    assert!(place == 1 && matches!(found, Fault::Id { .. }));
    let (place, found) = fault(&|chain| {
        chain.remove(1);
    });
    assert_eq!((place, found), (2, Fault::Parent));
    // One that was written anew as a whole breaks what follows.
    let (place, found) = fault(&|chain| {
        let leaves = vec![Leaf::new(member("g", "u9"), None)];
        chain[1] = snapshot(Some(&chain[0]), leaves);
    });
    assert_eq!((place, found), (3, Fault::Parent));
}

#[test]
fn each_flipped_byte_that_says_something_else_is_found() {
    let kept = chain();
    let bytes = serde_json::to_vec(&kept).unwrap();
    let mut found = 0;
    for place in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        let Ok(chain) = serde_json::from_slice::<Vec<Snapshot>>(&bytes) else { continue };
        // Another name of nothing says nothing else.
        if chain == kept {
            continue;
        }
        found += 1;
        assert!(
            verify(&chain).is_err(),
            "{}",
            String::from_utf8_lossy(&bytes[place.saturating_sub(30)..place + 9])
        );
    }
    assert!(found > 1_000, "{found}");
}
