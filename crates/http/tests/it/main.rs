//! The client against small servers on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod addresses;
mod bodies;
mod patience;
mod proxies;
mod redirects;
mod retries;
mod secrets;
mod server;
mod setup;
mod tls;
