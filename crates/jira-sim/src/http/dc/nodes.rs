//! Several nodes behind one address. Every node has an index of its own, and each further one is a little more behind
//! (Atlassian's knowledge base, "inconsistent paginated API search result").
//!
//! A load balancer hands requests to the nodes in turn and gives a cookie; who sends the cookie stays with its node.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use crate::http::request::Request;

/// More nodes than that there cannot be.
pub(crate) const MOST_NODES: usize = 4;

const COOKIE: &str = "JIRA-NODE";

#[derive(Debug)]
pub(crate) struct Nodes {
    count: AtomicUsize,
    /// Milliseconds that each node's index is behind that of the node before it.
    lag: AtomicI64,
    next: AtomicUsize,
}

/// The node that answers a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// From 0.
    number: usize,
    /// Whether the client has to be told.
    greets: bool,
    /// How far its index is behind, in milliseconds.
    pub(crate) behind: i64,
}

impl Nodes {
    pub(crate) fn new(count: usize, lag: i64) -> Nodes {
        Nodes {
            count: AtomicUsize::new(count.clamp(1, MOST_NODES)),
            lag: AtomicI64::new(lag),
            next: AtomicUsize::new(0),
        }
    }

    pub(crate) fn set(&self, count: usize, lag: i64) {
        self.count.store(count.clamp(1, MOST_NODES), Ordering::Relaxed);
        self.lag.store(lag, Ordering::Relaxed);
    }

    /// How far the last node's index is behind the first one's, in milliseconds.
    pub(crate) fn slowest(&self) -> i64 {
        (self.count.load(Ordering::Relaxed) as i64 - 1) * self.lag.load(Ordering::Relaxed)
    }

    /// Who answers; None where there is but one.
    pub(crate) fn choose(&self, request: &Request) -> Option<Node> {
        let count = self.count.load(Ordering::Relaxed);
        if count < 2 {
            return None;
        }
        let sticky = request.cookie(COOKIE).and_then(|value| value.strip_prefix("node")?.parse().ok());
        let sticky = sticky.filter(|number| (1..=count).contains(number)).map(|number: usize| number - 1);
        let number = sticky.unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed) % count);
        let behind = number as i64 * self.lag.load(Ordering::Relaxed);
        Some(Node { number, greets: sticky.is_none(), behind })
    }
}

impl Node {
    /// From 1, as its id tells.
    pub(crate) fn number(self) -> u64 {
        self.number as u64 + 1
    }

    /// Name and value of the headers that a reply of the node carries.
    pub(crate) fn headers(self) -> Vec<(&'static str, String)> {
        let name = format!("node{}", self.number + 1);
        let cookie = format!("{COOKIE}={name}; Path=/; HttpOnly");
        let mut headers = vec![("x-anodeid", name)];
        if self.greets {
            headers.push(("set-cookie", cookie));
        }
        headers
    }
}
