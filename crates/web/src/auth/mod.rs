//! Who is there, and what they may do.
//!
//! `guard` stands before every handler: it finds out who asks ([`principal::Principal`]), what is asked for (a line of
//! [`routes::ROUTES`]) and whose it is ([`place`]), and has [`policy::decide`] decide. Handlers decide nothing; lists show
//! what [`policy::reach`] says.

pub(crate) mod access;
pub(crate) mod address;
pub(crate) mod csrf;
pub(crate) mod digest;
pub(crate) mod guard;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod oidc;
pub(crate) mod password;
pub(crate) mod place;
pub(crate) mod policy;
pub(crate) mod principal;
pub(crate) mod rates;
pub(crate) mod refusal;
pub(crate) mod routes;
pub(crate) mod routes_table;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod shown_once;
pub(crate) mod used;
