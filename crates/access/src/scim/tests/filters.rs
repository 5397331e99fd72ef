//! Filters on a user.

use super::*;
use crate::scim::{
    DEEPEST_FILTER, LONGEST_EXPRESSION,
    list::{Search, SortKey, in_order, sort_key},
};
use proptest::prelude::*;

fn holds(text: &str) -> bool {
    let filter = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    filter.matches(ResourceKind::User, &barbara())
}

#[test]
fn comparisons_are_by_what_the_attribute_is() {
    for text in [
        "userName eq \"BJensen@Example.com\"",
        "USERNAME Eq \"bjensen@example.com\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"bj\"",
        "name.familyName co \"ENS\"",
        "title ew \"guide\"",
        "title gt \"Tour\" and title le \"tour guide\"",
        "active eq true and active eq \"True\"",
        "externalId eq \"701984\"",
        "nickName ne \"x\"",
        "nickName eq null",
        "title ne null",
        "emails pr and emails.type pr and not (nickName pr)",
        "emails co \"jensen.org\"",
        "emails.value eq \"babs@jensen.org\"",
        "emails[type eq \"work\" and value co \"@example.com\"]",
        "emails[type eq \"home\"].value eq \"babs@jensen.org\"",
        "emails.type ne \"other\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"tours\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"m1\"",
        "userName eq \"x\" or active eq true and title pr",
        "not(userName eq \"x\")",
        "(((title pr)))",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "externalId eq \"70198\"",
        "emails.type ne \"home\"",
        "emails[type eq \"home\" and value co \"example.com\"]",
        "nickName pr",
        "title eq null",
        "title gt null",
        "userName eq \"x\" and active eq true",
        "profileUrl co \"x\"",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn case_means_something_where_the_schema_says_so() {
    let other = user(json!({"userName": "a", "externalId": "Ab"}));
    let holds = |text| read(text).expect("a filter").matches(ResourceKind::User, &other);
    assert!(holds("externalId eq \"Ab\"") && !holds("externalId eq \"ab\""));
    assert!(holds("userName eq \"A\""));
}

#[test]
fn moments_are_compared_as_moments() {
    let mut kept = barbara();
    kept.insert("meta".into(), json!({"lastModified": "2026-03-01T10:00:00Z", "resourceType": "User"}));
    let holds = |text| read(text).expect("a filter").matches(ResourceKind::User, &kept);
    assert!(holds("meta.lastModified eq \"2026-03-01T12:00:00+02:00\""));
    assert!(holds(
        "meta.lastModified gt \"2026-02-28T23:59:59Z\" and meta.lastModified lt \"2026-03-01T10:00:01\""
    ));
    assert!(holds("meta.resourceType eq \"User\"") && !holds("meta.resourceType eq \"user\""));
}

#[test]
fn what_cannot_be_read_or_compared_is_said_with_its_place() {
    let said = |text: &str| {
        let error = read(text).expect_err(text);
        assert_eq!(error.scim_type.map(|word| word.as_str()), Some("invalidFilter"), "{text}");
        error.detail
    };
    assert_eq!(
        said("userName xx \"a\""),
        "The filter cannot be read: an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr) is missing at column 10"
    );
    assert!(said("userName eq \"a").ends_with("a text is not closed at column 13"));
    assert!(said("(title pr").ends_with("a parenthesis is not closed at column 10"));
    assert!(said("title pr title").ends_with("something is left at column 10"));
    assert_eq!(said("passwd eq \"a\""), "There is no attribute \"passwd\"");
    for text in [
        "",
        "userName",
        "userName eq",
        "userName eq 'a'",
        "userName eq 5",
        "active gt true",
        "active eq \"maybe\"",
        "name eq \"x\"",
        "name[familyName eq \"x\"]",
        "emails[emails[type pr]]",
        "emails.value[type pr]",
        "meta.created gt \"yesterday\"",
        "x509Certificates.value co \"a\"",
        "emails[nope eq \"x\"]",
        "title pr and",
        "or title pr",
        "title eq \"\u{1}\"",
        "title eq \"\\x\"",
        "title eq \"\\u0000\"",
    ] {
        said(text);
    }
}

#[test]
fn a_filter_is_neither_long_nor_deep() {
    let deep = |n: usize| format!("{}title pr{}", "(".repeat(n), ")".repeat(n));
    assert!(read(&deep(DEEPEST_FILTER - 1)).is_ok());
    assert!(read(&deep(DEEPEST_FILTER)).is_err());
    assert!(read(&"(".repeat(LONGEST_EXPRESSION)).is_err());
    assert!(read(&format!("title eq \"{}\"", "a".repeat(LONGEST_EXPRESSION))).is_err());
}

#[test]
fn an_index_is_asked_where_nothing_else_can_match() {
    let asked = |text| read(text).expect("a filter").equal_to("userName", None).map(str::to_owned);
    assert_eq!(asked("userName eq \"A\"").as_deref(), Some("A"));
    assert_eq!(asked("active eq true and USERNAME eq \"b\"").as_deref(), Some("b"));
    assert_eq!(asked("active eq true or userName eq \"b\""), None);
    assert_eq!(asked("not (userName eq \"b\")"), None);
    assert_eq!(asked("userName sw \"b\""), None);
    for text in ["emails eq \"a\"", "emails.value eq \"a\" and title pr", "emails[value eq \"a\"]"] {
        let filter = read(text).expect("a filter");
        assert_eq!(filter.equal_to("emails", Some("value")), Some("a"), "{text}");
        assert!(filter.mentions("EMAILS") && !filter.mentions("name"), "{text}");
    }
}

#[test]
fn a_list_is_asked_for_by_query_and_by_body_alike() {
    let kinds = [ResourceKind::User];
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let query = [
        pair("filter", "title pr"),
        pair("startIndex", "0"),
        pair("count", "-3"),
        pair("sortBy", "name.familyName"),
        pair("sortOrder", "descending"),
        pair("attributes", "userName, emails.value"),
        pair("other", "x"),
    ];
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "title pr", "startIndex": 1, "count": 0, "sortBy": "name.familyName",
        "sortOrder": "descending", "attributes": ["userName", "emails.value"],
    });
    let by_query = Search::of_query(&query, &kinds).expect("a search");
    assert_eq!(by_query, Search::of_body(&body, &kinds).expect("a search"));
    assert_eq!((by_query.start_index, by_query.count), (1, 0));
    for (name, value) in [("count", "x"), ("sortBy", "nope"), ("sortOrder", "up")] {
        assert!(Search::of_query(&[pair(name, value)], &kinds).is_err(), "{name}");
    }
    let both = [pair("attributes", "title"), pair("excludedAttributes", "emails")];
    assert!(Search::of_query(&both, &kinds).is_err());
}

#[test]
fn resources_are_sorted_by_the_primary_value_and_those_without_come_last() {
    let path = Search::of_query(&[("sortBy".into(), "emails".into())], &[ResourceKind::User])
        .expect("a search")
        .sort_by
        .expect("a path");
    let key = |kept: &Draft| sort_key(&path, ResourceKind::User, kept);
    assert_eq!(key(&barbara()), SortKey::Text("bjensen@example.com".into()));
    let none = key(&user(json!({"userName": "a"})));
    assert_eq!(none, SortKey::Nothing);
    assert!(in_order(&key(&barbara()), &none, false).is_lt());
    assert!(in_order(&key(&barbara()), &none, true).is_gt());
}

/// A filter, and whether it holds of a user whose attributes are these texts, as worked out beside it.
fn tree() -> impl Strategy<Value = (String, bool)> {
    let values = prop::sample::select(vec!["a", "b", "ab", ""]);
    let leaf = (values, prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]))
        .prop_map(|(value, operator)| {
            let actual = "ab";
            let holds = match operator {
                "eq" => actual == value,
                "ne" => actual != value,
                "co" => actual.contains(value),
                "sw" => actual.starts_with(value),
                "ew" => actual.ends_with(value),
                "gt" => actual > value,
                "ge" => actual >= value,
                "lt" => actual < value,
                _ => actual <= value,
            };
            (format!("title {operator} \"{value}\""), holds)
        });
    leaf.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| (format!("{} and {}", group_of(&a.0), group_of(&b.0)), a.1 && b.1)),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| (format!("{} or {}", group_of(&a.0), group_of(&b.0)), a.1 || b.1)),
            inner.prop_map(|a| (format!("not ({})", a.0), !a.1)),
        ]
    })
}

fn group_of(text: &str) -> String {
    format!("({text})")
}

proptest! {
    #[test]
    fn a_filter_holds_as_its_parts_do((text, expected) in tree()) {
        let kept = user(json!({"userName": "u", "title": "AB"}));
        let filter = read(&text).expect("a filter");
        prop_assert_eq!(filter.matches(ResourceKind::User, &kept), expected, "{}", text);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,60}") {
        _ = read(&text);
    }

    #[test]
    fn no_expression_breaks_the_reader(parts in prop::collection::vec(prop::sample::select(vec![
        "userName", "emails", "[", "]", "(", ")", "not", "and", "or", "eq", "pr", "\"a\"", "\"", "\\", ".", "5", "null", ":",
        "urn:ietf:params:scim:schemas:core:2.0:User:", " ", "ä",
    ]), 0..20)) {
        let text = parts.concat();
        _ = read(&text);
        let operation = json!([{"op": "replace", "path": text, "value": "x"}]);
        _ = patched(ResourceKind::User, &barbara(), operation);
    }
}
