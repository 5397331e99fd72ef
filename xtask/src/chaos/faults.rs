//! The faults that a sync must survive, by product, as the simulator takes them.

use crate::draw::Draw;
use crate::site::Flavor;
use serde_json::{Value, json};

/// A way to give a fault.
#[derive(Debug, Clone, Copy)]
struct Fault {
    /// The simulator's word.
    kind: &'static str,
    /// Where it happens.
    on: Where,
    /// Which requests can meet it.
    meets: Meets,
    /// What it is given with, beside the kind.
    more: fn() -> Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Both,
    Cloud,
    DataCenter,
}

/// Which requests can meet a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meets {
    /// Any.
    Any,
    /// Those that read a second page, of which a small site has one only where pages are short.
    Pages,
    /// Those that search.
    Searches,
    /// Those about one board.
    Boards,
    /// Those that read one issue, which is chosen when it is ordered.
    Issue,
}

const fn fault(kind: &'static str, on: Where, meets: Meets, more: fn() -> Value) -> Fault {
    Fault { kind, on, meets, more }
}

/// Waits are short, so that many runs fit into minutes. What the simulator would give until it is cleared has an end, but
/// for what is wrong with one issue: that is cleared once it was met.
const ALL: &[Fault] = &[
    fault("rate_burst", Where::Cloud, Meets::Any, || json!({ "reset_after": 1, "count": 2 })),
    fault("rate_burst", Where::Cloud, Meets::Any, || json!({ "retry_after": null, "reset_after": 1 })),
    fault("rate_tenant", Where::Cloud, Meets::Any, || json!({ "reset_after": 1 })),
    fault("rate_tenant", Where::Cloud, Meets::Any, || json!({ "retry_after": null, "reset_after": 1 })),
    fault("rate_global", Where::Cloud, Meets::Any, || json!({ "reset_after": 1 })),
    fault("rate_global", Where::Cloud, Meets::Any, || json!({ "retry_after": null, "reset_after": 1 })),
    fault("rate_cost", Where::Cloud, Meets::Any, || json!({ "reset_after": 1 })),
    fault("rate_cost", Where::Cloud, Meets::Any, || json!({ "retry_after": null, "reset_after": 1 })),
    fault("rate_threads", Where::Cloud, Meets::Any, || json!({ "reset_after": 1 })),
    fault("rate_threads", Where::Cloud, Meets::Any, || json!({ "retry_after": null, "reset_after": 1 })),
    fault("rate_dc", Where::DataCenter, Meets::Any, || json!({ "count": 2 })),
    fault("rate_bare", Where::Both, Meets::Any, || json!({})),
    fault("beta_headers", Where::Cloud, Meets::Any, || json!({ "count": 5 })),
    fault("error_500", Where::Both, Meets::Any, || json!({ "count": 2 })),
    fault("error_502", Where::Both, Meets::Any, || json!({})),
    fault("error_503", Where::Both, Meets::Any, || json!({ "retry_after": 1 })),
    fault("error_503", Where::Both, Meets::Any, || json!({ "count": 3, "every": 2 })),
    fault("error_504", Where::Both, Meets::Any, || json!({})),
    fault("html_503", Where::Both, Meets::Any, || json!({})),
    fault("empty_200", Where::Both, Meets::Any, || json!({})),
    fault("login_html", Where::Both, Meets::Any, || json!({})),
    fault("redirect", Where::Both, Meets::Any, || json!({})),
    fault("reset", Where::Both, Meets::Any, || json!({ "count": 2 })),
    fault("reset_body", Where::Both, Meets::Any, || json!({})),
    fault("cut", Where::Both, Meets::Any, || json!({ "count": 2 })),
    fault("cut_chunked", Where::Both, Meets::Any, || json!({})),
    fault("drip", Where::Both, Meets::Any, || json!({ "ms": 400 })),
    fault("slow", Where::Both, Meets::Any, || json!({ "ms": 600 })),
    fault("unauthorized", Where::Both, Meets::Any, || json!({})),
    fault("captcha", Where::DataCenter, Meets::Any, || json!({ "count": 1 })),
    fault("anonymous", Where::Cloud, Meets::Any, || json!({ "count": 3 })),
    fault("token_expired", Where::Cloud, Meets::Pages, || json!({})),
    fault("token_loop", Where::Cloud, Meets::Pages, || json!({})),
    fault("short_page", Where::Cloud, Meets::Searches, || json!({ "count": 20 })),
    fault("duplicates", Where::Cloud, Meets::Pages, || json!({ "count": 2 })),
    fault("duplicates", Where::DataCenter, Meets::Searches, || json!({ "count": 2 })),
    fault("warnings", Where::Cloud, Meets::Searches, || json!({})),
    fault("omit", Where::Cloud, Meets::Searches, || json!({})),
    fault("issue_error", Where::Cloud, Meets::Searches, || json!({})),
    fault("board_403", Where::Both, Meets::Boards, || json!({})),
    fault("board_404", Where::Both, Meets::Boards, || json!({})),
    fault("half_pairs", Where::Both, Meets::Any, || json!({ "count": 10 })),
    fault("malformed", Where::Both, Meets::Issue, || json!({})),
    fault("poison", Where::Both, Meets::Issue, || json!({})),
];

/// The kinds of a product, each once.
pub(super) fn kinds_of(flavor: Flavor) -> Vec<&'static str> {
    let mut kinds: Vec<&'static str> = of(flavor).map(|fault| fault.kind).collect();
    kinds.dedup();
    kinds
}

fn of(flavor: Flavor) -> impl Iterator<Item = &'static Fault> {
    ALL.iter().filter(move |fault| match fault.on {
        Where::Both => true,
        Where::Cloud => flavor == Flavor::Cloud,
        Where::DataCenter => flavor == Flavor::Dc,
    })
}

/// What switches a fault on.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// As the simulator takes it.
    pub(super) body: Value,
    /// Of the issues that there are when it is given, the so-manieth is meant.
    pub(super) issue: Option<u64>,
}

/// How a kind is given to one of the next `within` requests that can meet it.
pub(super) fn orders(kind: &str, flavor: Flavor, draw: &mut Draw, within: u64) -> Vec<Order> {
    let ways: Vec<&Fault> = of(flavor).filter(|fault| fault.kind == kind).collect();
    let Some(way) = draw.pick(&ways) else { return Vec::new() };
    let mut body = (way.more)();
    body["kind"] = json!(kind);
    let within = match way.meets {
        Meets::Any => within,
        Meets::Boards | Meets::Pages | Meets::Searches => within.min(2),
        Meets::Issue => 1,
    };
    body["after"] = json!(draw.range(0, within.max(1)));
    let issue = (way.meets == Meets::Issue).then(|| draw.range(0, 1 << 20));
    let order = Order { body, issue };
    match way.meets {
        Meets::Pages => {
            let short = Order { body: json!({ "kind": "short_page", "count": 4 }), issue: None };
            vec![short, order]
        }
        _ => vec![order],
    }
}

/// Whether only a sync of everything is sure to meet a kind.
pub(super) fn wants_everything(kind: &str) -> bool {
    let is = |fault: &Fault| fault.kind == kind;
    ALL.iter().any(|fault| is(fault) && !matches!(fault.meets, Meets::Any | Meets::Boards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_product_has_its_faults_alone_and_each_of_them_once() {
        let (cloud, dc) = (kinds_of(Flavor::Cloud), kinds_of(Flavor::Dc));
        assert!(cloud.contains(&"anonymous") && !cloud.contains(&"captcha"));
        assert!(dc.contains(&"captcha") && !dc.contains(&"token_loop"));
        for mut kinds in [cloud, dc] {
            let all = kinds.len();
            kinds.sort_unstable();
            kinds.dedup();
            assert_eq!(kinds.len(), all);
        }
    }

    #[test]
    fn orders_name_their_kind_come_soon_and_choose_an_issue_where_one_is_meant() {
        let mut draw = Draw::new(1, 1);
        for flavor in [Flavor::Cloud, Flavor::Dc] {
            for kind in kinds_of(flavor) {
                let orders = orders(kind, flavor, &mut draw, 20);
                let last = orders.last().unwrap();
                assert_eq!(last.body["kind"], kind);
                assert!(last.body["after"].as_u64().unwrap() < 20);
                assert_eq!(last.issue.is_some(), matches!(kind, "malformed" | "poison"));
            }
        }
        assert!(wants_everything("token_loop") && !wants_everything("cut"));
    }

    #[test]
    fn every_fault_of_the_simulator_is_among_them() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/jira-sim/src/http/fault/kind.rs");
        let text = std::fs::read_to_string(source).unwrap();
        let (_, list) = text.split_once("kinds! {\n").unwrap();
        let (list, _) = list.split_once("\n}").unwrap();
        let mut known: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        let mut drawn: Vec<&str> = ALL.iter().map(|fault| fault.kind).collect();
        known.sort_unstable();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn, known);
    }
}
