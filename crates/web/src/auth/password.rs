//! Passwords: Argon2id with 19 MiB and two passes, as OWASP's cheat sheet on password storage has it, on threads of their
//! own and few at a time, so that many who sign in at once cost neither all memory nor all workers.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use weir_model::{Entropy, Message};

/// Hashes at work at once.
const AT_ONCE: usize = 2;

/// Fewest and most characters.
const SHORTEST: usize = 12;
const LONGEST: usize = 256;

/// Hashes and compares passwords.
#[derive(Debug)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// What is kept of a password.
    pub(crate) async fn hash(&self, password: &str, entropy: &dyn Entropy) -> Result<String, Message> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let password = password.to_owned();
        self.apart(move || hashed(&password, &salt)).await?
    }

    /// Whether a password is the one that was hashed. Without a hash to compare with it takes as long and is wrong, so that
    /// nobody learns which names there are.
    pub(crate) async fn fits(&self, password: &str, hash: Option<&str>) -> Result<bool, Message> {
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        self.apart(move || {
            let Some(hash) = hash else {
                return hashed(&password, &[0; 16]).map(|_| false);
            };
            let hash =
                PasswordHash::new(&hash).map_err(|error| Message::Bug { detail: error.to_string() })?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await?
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Message> {
        let bug = |detail: String| Message::Bug { detail };
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(|error| bug(error.to_string()))?;
        let work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        work.await.map_err(|error| bug(error.to_string()))
    }
}

fn hashed(password: &str, salt: &[u8]) -> Result<String, Message> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| Message::Bug { detail: error.to_string() })?;
    Ok(hash.to_string())
}

/// Refuses passwords that are guessed first.
///
/// # Errors
/// `account.password`.
pub(crate) fn check_strength(password: &str, login: &str) -> Result<(), Message> {
    let weak = |detail: &str| Err(Message::PasswordWeak { detail: detail.to_owned() });
    let length = password.chars().count();
    if length < SHORTEST {
        return weak("It has fewer than 12 characters");
    }
    if length > LONGEST {
        return weak("It has more than 256 characters");
    }
    let mut letters: Vec<char> = password.to_lowercase().chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 5 {
        return weak("It repeats a few characters");
    }
    let lower = password.to_lowercase();
    if !login.is_empty() && lower.replace(&login.to_lowercase(), "").chars().count() < SHORTEST / 2 {
        return weak("It is hardly more than your name");
    }
    if ["password", "1234567890", "qwertyuiop", "abcdefghij"].iter().any(|known| lower.starts_with(known)) {
        return weak("It begins with what everybody tries first");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_testkit::SeededEntropy;

    #[tokio::test]
    async fn a_password_fits_its_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery", &SeededEntropy::new(1)).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.fits("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!passwords.fits("correct horse batterz", Some(&hash)).await.unwrap());
        assert!(!passwords.fits("correct horse battery", None).await.unwrap());
    }

    #[test]
    fn passwords_that_are_guessed_first_are_refused() {
        for weak in ["short", "aaaaaaaaaaaaaa", "Password12345!", "ada@acme.example1", "abababababab"] {
            assert!(check_strength(weak, "ada@acme.example").is_err(), "{weak}");
        }
        assert!(check_strength("correct horse battery", "ada@acme.example").is_ok());
    }
}
