//! The secret that signs webhooks, as Standard Webhooks has it: <https://www.standardwebhooks.com>.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use weir_http::{ExposeSecret as _, Secret};
use weir_model::Entropy;

/// What a secret begins with where it is written down.
const PREFIX: &str = "whsec_";

/// Bytes that a secret may have.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A text that is no secret for webhooks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is not whsec_ and 24 to 64 bytes in base64")]
pub struct SecretError;

/// The secret of a webhook.
#[derive(Clone, Debug)]
pub struct WebhookSecret(Secret);

impl WebhookSecret {
    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(Secret::from(format!("{PREFIX}{}", STANDARD.encode(bytes))))
    }

    /// Reads one as it is written down.
    ///
    /// # Errors
    /// For what is none.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let found = Self(Secret::from(text.trim()));
        let fits = found.bytes().is_some_and(|bytes| BYTES.contains(&bytes.len()));
        if fits { Ok(found) } else { Err(SecretError) }
    }

    /// As it is written down.
    pub fn as_secret(&self) -> &Secret {
        &self.0
    }

    /// What the header `webhook-signature` has for a message.
    pub fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let signed = format!("{id}.{seconds}.{body}");
        let mac = hmac_sha256(&self.bytes().unwrap_or_default(), &[signed.as_bytes()]);
        format!("v1,{}", STANDARD.encode(mac))
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.0.expose_secret().strip_prefix(PREFIX)?).ok()
    }
}

/// HMAC-SHA256 (RFC 2104) of the parts one after another.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_testkit::SeededEntropy;

    #[test]
    fn the_published_example_has_the_published_signature() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_was_made_is_read_again_and_hides_itself() {
        let made = WebhookSecret::generate(&SeededEntropy::new(1));
        let text = made.as_secret().expose_secret().to_owned();
        let read = WebhookSecret::parse(&text).unwrap();
        assert_eq!(made.sign("a", 1, "b"), read.sign("a", 1, "b"));
        assert!(!format!("{made:?}").contains(&text));
        for bad in ["", "whsec_", "whsec_c2hvcnQ=", &text[6..], &format!("{text}!")] {
            assert!(WebhookSecret::parse(bad).is_err(), "{bad}");
        }
    }
}
