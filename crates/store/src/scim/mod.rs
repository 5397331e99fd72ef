//! People and groups that identity providers push.
//!
//! A change names the revision that it was made of, so that of two that meet one is made anew. Members are rows of their own: a group
//! may have very many, and each change of it is about a few.

mod read;
mod write;

pub use read::ScimSought;
pub use write::ScimWritten;
pub(crate) use write::forget_directory;
