//! Links with which somebody says that they want no more of a nudge, without signing in.

use crate::secret::hmac_sha256;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use weir_model::Entropy;

/// What is signed begins with, so that no other signature of the key passes for one.
const PURPOSE: &str = "weir opt-out v1";

/// Longest token that is looked at.
const LONGEST: usize = 2_000;

/// The key of a nudge that its links are signed with.
#[derive(Clone)]
pub struct OptOutKey([u8; 32]);

impl std::fmt::Debug for OptOutKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OptOutKey(..)")
    }
}

impl OptOutKey {
    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads one as it is written down.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As it is written down.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The token of a link: for one nudge and one recipient.
    pub fn token(&self, nudge: &str, recipient: &str) -> String {
        let named = URL_SAFE_NO_PAD.encode(format!("{nudge}\n{recipient}"));
        format!("{named}.{}", URL_SAFE_NO_PAD.encode(self.mac(nudge, recipient)))
    }

    /// An id for a message that nobody can guess beforehand, always the same for the same message.
    pub fn message_id(&self, nudge: &str, recipient: &str, period: i64) -> String {
        let period = period.to_string();
        let mac = hmac_sha256(
            &self.0,
            &[b"weir message v1\n", nudge.as_bytes(), b"\n", period.as_bytes(), b"\n", recipient.as_bytes()],
        );
        let hex: String = mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("msg_{hex}")
    }

    fn mac(&self, nudge: &str, recipient: &str) -> [u8; 32] {
        let lengths = [PURPOSE, nudge, recipient].map(|part| (part.len() as u64).to_be_bytes());
        let [purpose, of_nudge, of_recipient] = &lengths;
        let parts: [&[u8]; 6] =
            [purpose, PURPOSE.as_bytes(), of_nudge, nudge.as_bytes(), of_recipient, recipient.as_bytes()];
        hmac_sha256(&self.0, &parts)
    }
}

/// What a token says, not proved yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// The nudge.
    pub nudge: String,
    /// Who wants no more of it.
    pub recipient: String,
    mac: Vec<u8>,
}

impl Ticket {
    /// Reads a token; `None` where it has not the form of one.
    pub fn read(token: &str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (named, mac) = token.split_once('.')?;
        let named = String::from_utf8(URL_SAFE_NO_PAD.decode(named).ok()?).ok()?;
        let (nudge, recipient) = named.split_once('\n')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        Some(Self { nudge: nudge.to_owned(), recipient: recipient.to_owned(), mac })
    }

    /// Whether it was signed with this key. How long it takes tells nothing.
    pub fn is_of(&self, key: &OptOutKey) -> bool {
        let expected = key.mac(&self.nudge, &self.recipient);
        self.mac.len() == expected.len()
            && self.mac.iter().zip(expected).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_testkit::SeededEntropy;

    #[test]
    fn a_token_is_good_for_its_nudge_recipient_and_key_alone() {
        let (key, other) =
            (OptOutKey::generate(&SeededEntropy::new(1)), OptOutKey::generate(&SeededEntropy::new(2)));
        let token = key.token("n1", "557058:abc");
        let ticket = Ticket::read(&token).unwrap();
        assert_eq!((ticket.nudge.as_str(), ticket.recipient.as_str()), ("n1", "557058:abc"));
        assert!(ticket.is_of(&key) && !ticket.is_of(&other));
        assert!(ticket.is_of(&OptOutKey::parse(&key.to_text()).unwrap()));
        let forged = Ticket { recipient: "somebody else".into(), ..ticket.clone() };
        assert!(!forged.is_of(&key));
        // Parts cannot be moved from one to the other.
        let moved = Ticket { nudge: "n".into(), recipient: "1557058:abc".into(), ..ticket };
        assert!(!moved.is_of(&key));
        assert!(!format!("{key:?}").contains(&key.to_text()));
    }

    #[test]
    fn anything_else_is_no_token() {
        for text in ["", ".", "a", "a.b", "bjE.", "!.!", &"a".repeat(3_000)] {
            assert_eq!(Ticket::read(text).filter(|ticket| ticket.mac.len() == 32), None, "{text}");
        }
    }

    #[test]
    fn a_message_has_the_same_id_each_time_and_another_in_another_period() {
        let key = OptOutKey::generate(&SeededEntropy::new(1));
        assert_eq!(key.message_id("n", "a", 1), key.message_id("n", "a", 1));
        assert_ne!(key.message_id("n", "a", 1), key.message_id("n", "a", 2));
        assert_ne!(key.message_id("n", "a", 1), key.message_id("n", "b", 1));
    }
}
