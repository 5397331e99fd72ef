//! The agent inside a private network: it reads a site there and pushes what it read to a server.
//!
//! [`config`] reads its file, says what is wrong with it and where, and writes a first one. [`run`] reports to the server, takes
//! errands from it, and does them with the same sources and the same `pull` as the server would; only the sink is another one:
//! it spools to disk and sends. Credentials of tools are in the file, or where it points to, and nowhere else.

pub mod config;
pub mod run;
