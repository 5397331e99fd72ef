//! How often somebody may try to sign in, here and through us at sites: per account, per address and per site, counted in this
//! process.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use weir_model::{Message, Millis};

/// Failed attempts that are looked at within [`WINDOW_MS`].
const FOR_ACCOUNT: usize = 10;
const FROM_ADDRESS: usize = 30;
const AT_SITE: usize = 10;
const WINDOW_MS: i64 = 15 * 60 * 1_000;

/// More names than this are not remembered; the oldest go.
const REMEMBERED: usize = 10_000;

/// Who tries.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Of {
    Account(String),
    Address(String),
    Site(String),
}

/// The failed attempts of late.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<Of, Vec<Millis>>>);

impl Limits {
    /// Counts an attempt before it is looked at, so that many at once are counted too. A success takes it back.
    ///
    /// # Errors
    /// `access.held` when there were too many.
    pub(crate) fn attempt(&self, login: &str, address: &str, now: Millis) -> Result<(), Message> {
        let of_both =
            [(Of::Account(login.to_owned()), FOR_ACCOUNT), (Of::Address(address.to_owned()), FROM_ADDRESS)];
        self.counted(&of_both, now)
    }

    /// The same where only the address is known.
    ///
    /// # Errors
    /// `access.held` when there were too many.
    pub(crate) fn attempt_from(&self, address: &str, now: Millis) -> Result<(), Message> {
        self.counted(&[(Of::Address(address.to_owned()), FROM_ADDRESS)], now)
    }

    /// Counts a credential that is to be tried at a site, so that nobody guesses there through us or has an account locked.
    ///
    /// # Errors
    /// `check.held` when the site has refused too many of late.
    pub(crate) fn attempt_at(&self, site: &str, now: Millis) -> Result<(), Message> {
        let held = |message| match message {
            Message::SignInHeld { minutes } => {
                Message::ChecksHeld { site: weir_model::clean(site, 100), minutes }
            }
            other => other,
        };
        self.counted(&[(Of::Site(site.to_owned()), AT_SITE)], now).map_err(held)
    }

    /// The site did not refuse the credential: this attempt was none.
    pub(crate) fn not_refused_at(&self, site: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = seen.get_mut(&Of::Site(site.to_owned())) {
            times.pop();
        }
    }

    fn counted(&self, all: &[(Of, usize)], now: Millis) -> Result<(), Message> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > REMEMBERED {
            seen.retain(|_, times| times.last().is_some_and(|last| now.since(*last) < WINDOW_MS));
        }
        if seen.len() > REMEMBERED {
            seen.clear();
        }
        let mut wait = 0;
        for (of, most) in all {
            let times = seen.entry(of.clone()).or_default();
            times.retain(|at| now.since(*at) < WINDOW_MS);
            if times.len() >= *most {
                let first = times.first().copied().unwrap_or(now);
                wait = wait.max(WINDOW_MS - now.since(first));
            }
        }
        if wait > 0 {
            return Err(Message::SignInHeld { minutes: (wait + 59_999) / 60_000 });
        }
        for (of, _) in all {
            seen.entry(of.clone()).or_default().push(now);
        }
        Ok(())
    }

    /// Somebody has signed in from an address elsewhere: what it took to get there was no failure.
    pub(crate) fn succeeded_from(&self, address: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = seen.get_mut(&Of::Address(address.to_owned())) {
            // The way there and the way back.
            times.truncate(times.len().saturating_sub(2));
        }
    }

    /// Somebody has signed in: what failed for the account is forgotten, and this attempt was none.
    pub(crate) fn succeeded(&self, login: &str, address: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.remove(&Of::Account(login.to_owned()));
        if let Some(times) = seen.get_mut(&Of::Address(address.to_owned())) {
            times.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_held_after_ten_failures_and_let_go_after_a_while() {
        let limits = Limits::default();
        for n in 0..10 {
            limits.attempt("ada", &format!("10.0.0.{n}"), Millis(n)).unwrap();
        }
        assert!(limits.attempt("ada", "10.0.1.1", Millis(20)).is_err());
        assert!(limits.attempt("bob", "10.0.1.1", Millis(20)).is_ok(), "others are not held");
        assert!(limits.attempt("ada", "10.0.1.1", Millis(WINDOW_MS + 1)).is_ok());
    }

    #[test]
    fn an_address_that_tries_many_names_is_held() {
        let limits = Limits::default();
        for n in 0..30 {
            limits.attempt(&format!("user{n}"), "10.0.0.1", Millis(n)).unwrap();
        }
        assert!(limits.attempt("another", "10.0.0.1", Millis(40)).is_err());
        assert!(limits.attempt("another", "10.0.0.2", Millis(40)).is_ok());
    }

    #[test]
    fn a_site_is_asked_ten_times_with_what_it_refuses_and_as_often_as_one_likes_with_the_rest() {
        let limits = Limits::default();
        for n in 0..40 {
            limits.attempt_at("https://acme.example", Millis(n)).unwrap();
            limits.not_refused_at("https://acme.example");
        }
        for n in 0..10 {
            limits.attempt_at("https://acme.example", Millis(n)).unwrap();
        }
        let held = limits.attempt_at("https://acme.example", Millis(50)).unwrap_err();
        assert_eq!(held.id(), "check.held");
        assert!(limits.attempt_at("https://other.example", Millis(50)).is_ok());
        assert!(limits.attempt_at("https://acme.example", Millis(WINDOW_MS + 10)).is_ok());
    }

    #[test]
    fn a_success_forgets_the_failures() {
        let limits = Limits::default();
        for n in 0..40 {
            limits.attempt("ada", "10.0.0.1", Millis(n)).unwrap();
            limits.succeeded("ada", "10.0.0.1");
        }
    }
}
