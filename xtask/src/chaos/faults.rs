//! The faults that a sync must survive, by product, as the simulator takes them.

use super::draw::Draw;
use crate::site::Flavor;
use serde_json::{Value, json};

/// A fault with what it is called in the counts.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The simulator's word.
    pub(super) kind: &'static str,
    /// What it is given with, beside the kind.
    more: fn() -> Value,
    /// Where it happens.
    on: Where,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Both,
    Cloud,
    DataCenter,
}

const fn fault(kind: &'static str, on: Where, more: fn() -> Value) -> Fault {
    Fault { kind, more, on }
}

/// Waits are short, so that many runs fit into minutes. What the simulator would give until it is cleared has an end.
const ALL: &[Fault] = &[
    fault("rate_burst", Where::Cloud, || json!({ "retry_after": 1, "reset_after": 1, "count": 2 })),
    fault("rate_burst", Where::Cloud, || json!({ "retry_after": null, "reset_after": 1 })),
    fault("rate_tenant", Where::Cloud, || json!({ "retry_after": 1, "reset_after": 1 })),
    fault("rate_global", Where::Cloud, || json!({ "retry_after": 1, "reset_after": 1 })),
    fault("rate_cost", Where::Cloud, || json!({ "retry_after": 1, "reset_after": 1 })),
    fault("rate_dc", Where::DataCenter, || json!({ "retry_after": 1, "count": 2 })),
    fault("rate_bare", Where::Both, || json!({})),
    fault("beta_headers", Where::Cloud, || json!({ "count": 5 })),
    fault("error_500", Where::Both, || json!({ "count": 2 })),
    fault("error_502", Where::Both, || json!({})),
    fault("error_503", Where::Both, || json!({ "retry_after": 1 })),
    fault("error_503", Where::Both, || json!({ "count": 3, "every": 2 })),
    fault("error_504", Where::Both, || json!({})),
    fault("html_503", Where::Both, || json!({})),
    fault("empty_200", Where::Both, || json!({})),
    fault("login_html", Where::Both, || json!({})),
    fault("redirect", Where::Both, || json!({})),
    fault("reset", Where::Both, || json!({ "count": 2 })),
    fault("reset_body", Where::Both, || json!({})),
    fault("cut", Where::Both, || json!({ "count": 2 })),
    fault("cut_chunked", Where::Both, || json!({})),
    fault("drip", Where::Both, || json!({ "ms": 400 })),
    fault("slow", Where::Both, || json!({ "ms": 600 })),
    fault("unauthorized", Where::Both, || json!({})),
    fault("captcha", Where::DataCenter, || json!({ "count": 1 })),
    fault("anonymous", Where::Cloud, || json!({ "count": 3 })),
    fault("token_expired", Where::Cloud, || json!({})),
    fault("token_loop", Where::Cloud, || json!({})),
    fault("short_page", Where::Cloud, || json!({ "count": 20 })),
    fault("duplicates", Where::Cloud, || json!({ "count": 2 })),
    fault("duplicates", Where::DataCenter, || json!({ "count": 2 })),
    fault("half_pairs", Where::Both, || json!({ "count": 10 })),
];

/// The faults of a product.
pub(super) fn of(flavor: Flavor) -> Vec<Fault> {
    let there = |fault: &&Fault| match fault.on {
        Where::Both => true,
        Where::Cloud => flavor == Flavor::Cloud,
        Where::DataCenter => flavor == Flavor::Dc,
    };
    ALL.iter().filter(there).cloned().collect()
}

impl Fault {
    /// The orders that switch it on for one of the next requests. Those of pages come with the first that could show
    /// them, and on Cloud with short pages, since a small site otherwise has no second page.
    pub(super) fn orders(&self, draw: &mut Draw, within: u64) -> Vec<Value> {
        let of_pages = matches!(self.kind, "token_expired" | "token_loop" | "duplicates");
        let mut order = (self.more)();
        order["kind"] = json!(self.kind);
        order["after"] = json!(if of_pages { draw.range(0, 2) } else { draw.range(0, within.max(1)) });
        match of_pages && self.on != Where::DataCenter {
            true => vec![json!({ "kind": "short_page", "count": 4 }), order],
            false => vec![order],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_product_has_its_faults_alone_and_orders_name_their_kind() {
        let words = |flavor| of(flavor).iter().map(|fault| fault.kind).collect::<Vec<_>>();
        assert!(words(Flavor::Cloud).contains(&"anonymous") && !words(Flavor::Cloud).contains(&"captcha"));
        assert!(words(Flavor::Dc).contains(&"captcha") && !words(Flavor::Dc).contains(&"token_loop"));
        let mut draw = Draw::new(1, 1);
        for fault in of(Flavor::Cloud) {
            let orders = fault.orders(&mut draw, 20);
            let last = orders.last().unwrap();
            assert_eq!(last["kind"], fault.kind);
            assert!(last["after"].as_u64().unwrap() < 20);
        }
    }
}
