//! Messages to people and to other programs: a digest as mail, or as a signed webhook; a bulletin as either, or for a chat.
//!
//! What is told arrives here as plain data, already worked out and already in words ([`Digest`], [`Bulletin`]). This crate writes it down so
//! that no text of it can become markup or a header, and hands it over: mail to the one server that the operator named, webhooks
//! through the client of `weir-http` with its address policy. Each way says what became of a message ([`Outcome`]), and tells a
//! message that was certainly not taken from one of which nobody knows.

mod bulletin;
mod chat;
mod digest;
mod html;
mod mail;
mod opt_out;
mod outcome;
mod secret;
mod smtp;
mod text;
mod webhook;

pub use bulletin::{Bulletin, BulletinItem};
pub use digest::{Digest, Item, Miss};
pub use mail::{Letter, Mail, MailAddress, MailError};
pub use opt_out::{OptOutKey, Ticket};
pub use outcome::Outcome;
pub use secret::{SecretError, WebhookSecret};
pub use smtp::{Mailer, Protection, SmtpSettings, SmtpSettingsError};
pub use webhook::{Post, Webhooks, WebhooksError, document, target};
pub use weir_http::{ExposeSecret, Opened, Secret, Url};
