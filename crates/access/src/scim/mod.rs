//! SCIM 2.0 (RFC 7643, RFC 7644) over JSON values: what a server of it has to know, without the server.
//!
//! `schema` says what a user and a group are, and nothing is announced that is not kept. `resource` makes what a client sends into
//! what is kept; `patch` changes it; `filter` finds it; `projection` and `list` choose what is shown of it. Whatever is wrong is a
//! [`ScimError`] with the status and the word that RFC 7644 §3.12 has for it.
//!
//! A resource is a JSON object with the names that the schema has, an extension being an object under its URN. Clients write names in
//! whatever case; what is kept has that of the schema.

pub mod bulk;
pub mod discovery;
mod error;
pub mod filter;
mod fold;
pub mod list;
pub mod patch;
mod path;
mod projection;
mod resource;
pub mod schema;
mod value;
mod version;

#[cfg(test)]
mod tests;

pub use error::{ScimError, ScimType};
pub use filter::Filter;
pub use fold::{composed, folded};
pub use path::{AttributePath, Bound};
pub use projection::Projection;
pub use resource::{Draft, Known, draft, shown_whole};
pub use schema::ResourceKind;
pub use version::{lists, version_of};

/// Largest filter, path or other expression, in bytes.
pub const LONGEST_EXPRESSION: usize = 8_192;

/// How deep a filter may be nested.
pub const DEEPEST_FILTER: usize = 32;

/// Most operations of one PATCH.
pub const MOST_OPERATIONS: usize = 1_000;

/// Longest text of one attribute, in bytes; what is binary may be longer.
pub const LONGEST_TEXT: usize = 16_384;

/// Longest text that is looked for by an index: a name, an id of a client, an id of a member; in bytes.
pub const LONGEST_NAME: usize = 1_024;

/// Largest binary value, as base64.
pub const LONGEST_BINARY: usize = 131_072;

/// Most values of one attribute, but for members.
pub const MOST_VALUES: usize = 500;

/// Most members of one group.
pub const MOST_MEMBERS: usize = 100_000;

/// Most resources on one page.
pub const LARGEST_PAGE: u32 = 1_000;
