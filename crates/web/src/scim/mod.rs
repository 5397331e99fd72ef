//! SCIM 2.0 (RFC 7644): where identity providers push people and groups to. A door of its own, for keys of the scope `scim` alone.
//!
//! What SCIM is lies in `weir_access::scim`; here a request is read, rows of the store become resources and back, and what was done is
//! noted. It has a description of its own, which it serves, and is no part of the API's document. Whatever a key pushes is in the
//! directory of the key's workspace, or in that of the server where the key has none.

mod answer;
mod ask;
mod bulk;
mod change;
mod discovery;
mod find;
mod noted;
mod shelf;
mod single;

pub(crate) use answer::{MEDIA_TYPE, error_of};

use crate::http::routes::Routes;

/// The address of it all, behind that of the server.
const BASE: &str = "/scim/v2";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/scim/v2/ServiceProviderConfig", discovery::config)
        .get("/scim/v2/ResourceTypes", discovery::types)
        .get("/scim/v2/ResourceTypes/{id}", discovery::one_type)
        .get("/scim/v2/Schemas", discovery::schemas)
        .get("/scim/v2/Schemas/{id}", discovery::one_schema)
        .get("/scim/v2/Users", find::list)
        .post("/scim/v2/Users", single::create)
        .post("/scim/v2/Users/.search", find::search)
        .get("/scim/v2/Users/{id}", single::show)
        .put("/scim/v2/Users/{id}", single::replace)
        .patch("/scim/v2/Users/{id}", single::patch)
        .delete("/scim/v2/Users/{id}", single::remove)
        .get("/scim/v2/Groups", find::list)
        .post("/scim/v2/Groups", single::create)
        .post("/scim/v2/Groups/.search", find::search)
        .get("/scim/v2/Groups/{id}", single::show)
        .put("/scim/v2/Groups/{id}", single::replace)
        .patch("/scim/v2/Groups/{id}", single::patch)
        .delete("/scim/v2/Groups/{id}", single::remove)
        .post("/scim/v2/.search", find::search)
        .post("/scim/v2/Bulk", bulk::bulk)
        .get("/scim/v2/Me", discovery::no_me)
        .post("/scim/v2/Me", discovery::no_me)
        .put("/scim/v2/Me", discovery::no_me)
        .patch("/scim/v2/Me", discovery::no_me)
        .delete("/scim/v2/Me", discovery::no_me)
}
