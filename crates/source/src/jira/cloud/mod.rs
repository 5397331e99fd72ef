//! What Cloud does otherwise than Data Center: searches by token, counts apart from searches, and bulk readings of
//! bodies and histories. `jira-api` §3.1-§4.2.

pub(super) mod bodies;
pub(super) mod histories;
pub(super) mod silent;
pub(super) mod tokens;
pub(super) mod window;
