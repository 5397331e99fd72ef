//! What handlers share: how requests are read and answers are written.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod extract;
mod faults;
pub(crate) mod headers;
pub(crate) mod name;
pub(crate) mod number;
pub(crate) mod paging;
mod parsed;
mod problem;
pub(crate) mod repeat;
pub(crate) mod routes;
pub(crate) mod tag;
pub(crate) mod words;

pub(crate) use faults::Faults;
pub(crate) use problem::{Fault, Problem, ProblemDocument};
