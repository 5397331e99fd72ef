//! The agent inside a private network: it will read a site there and push what it read to a server.
//!
//! So far there is its file: [`config`] reads it, says what is wrong with it and where, and writes a first one. Credentials of
//! tools are in that file, or where it points to, and nowhere else.

pub mod config;
