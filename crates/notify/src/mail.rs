//! A digest as mail: plain text and HTML beside each other, with the headers that tell a mail program how to get no more of it.

use crate::{Bulletin, Digest, html::html, text::text};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, MultiPartKind, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use std::{
    fmt,
    str::FromStr,
    time::{Duration, UNIX_EPOCH},
};
use weir_http::Url;
use weir_model::Millis;

/// Longest address; RFC 5321, section 4.5.3.1.3.
const LONGEST: usize = 254;

/// The address of somebody, and the name beside it where there is one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailAddress(Mailbox);

impl FromStr for MailAddress {
    type Err = MailError;

    /// Reads `ann@acme.example`, or `Ann <ann@acme.example>`. Nothing that is read so can add a header.
    fn from_str(text: &str) -> Result<Self, MailError> {
        let text = text.trim();
        let refused = || MailError::Address(weir_model::clean(text, 100));
        if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
            return Err(refused());
        }
        let mailbox = match text.parse::<Address>() {
            Ok(address) => Mailbox::new(None, address),
            Err(_) => text.parse::<Mailbox>().map_err(|_| refused())?,
        };
        // Somewhere outside of this machine has a name.
        if mailbox.email.domain().is_empty() { Err(refused()) } else { Ok(Self(mailbox)) }
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl MailAddress {
    /// The address without the name.
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }

    pub(crate) fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// Why there is no mail.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailError {
    /// It is no address.
    #[error("\"{0}\" is no address of mail")]
    Address(String),
    /// It is to nobody.
    #[error("it is to nobody")]
    Nobody,
    /// It cannot be written.
    #[error("it cannot be written: {0}")]
    Unwritable(String),
}

/// What a mail is made of.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// What it tells.
    pub digest: &'a Digest,
    /// Whom it goes to.
    pub to: &'a [MailAddress],
    /// Its id: the same mail has the same one.
    pub id: &'a str,
    /// When it is written.
    pub at: Millis,
}

/// What a mail says.
struct Words {
    subject: String,
    text: String,
    html: String,
}

/// A mail, ready to be handed over.
#[derive(Clone, Debug)]
pub struct Mail(pub(crate) Message);

impl Mail {
    /// Writes a mail from somebody.
    ///
    /// # Errors
    /// When it is to nobody, or the opt-out link is none.
    pub fn write(letter: &Letter<'_>, from: &MailAddress) -> Result<Self, MailError> {
        let Letter { digest, to, id, at } = *letter;
        // RFC 2369 and RFC 8058.
        let leaving = [
            plain("List-Unsubscribe", format!("<{}>", link(&digest.opt_out)?))?,
            plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())?,
        ];
        let words = Words { subject: digest.subject(), text: text(digest), html: html(digest) };
        Self::made(words, (to, id, at), from, leaving)
    }

    /// Writes a bulletin from somebody: to whom, with its id, and when.
    ///
    /// # Errors
    /// When it is to nobody.
    pub fn of_bulletin(
        bulletin: &Bulletin,
        (to, id, at): (&[MailAddress], &str, Millis),
        from: &MailAddress,
    ) -> Result<Self, MailError> {
        let words = Words { subject: bulletin.subject(), text: bulletin.text(), html: bulletin.html() };
        Self::made(words, (to, id, at), from, [])
    }

    fn made(
        words: Words,
        (to, id, at): (&[MailAddress], &str, Millis),
        from: &MailAddress,
        headers: impl IntoIterator<Item = HeaderValue>,
    ) -> Result<Self, MailError> {
        if to.is_empty() {
            return Err(MailError::Nobody);
        }
        let unwritable = |error: &dyn std::error::Error| MailError::Unwritable(crate::outcome::said(error));
        let since_1970 = Duration::from_millis(u64::try_from(at.0).unwrap_or_default());
        let mut message = Message::builder()
            .from(from.0.clone())
            .subject(words.subject)
            .date(UNIX_EPOCH + since_1970)
            .message_id(Some(format!("<{id}@{}>", from.domain())))
            // RFC 3834: nobody's machine answers it.
            .raw_header(plain("Auto-Submitted", "auto-generated".to_owned())?);
        for header in headers {
            message = message.raw_header(header);
        }
        for one in to {
            message = message.to(one.0.clone());
        }
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            // No line of the parts is this: each is encoded, and nobody else knows the id.
            .boundary(format!("weir-{id}"))
            .singlepart(SinglePart::plain(words.text))
            .singlepart(SinglePart::html(words.html));
        message.multipart(parts).map(Self).map_err(|error| unwritable(&error))
    }

    /// The mail as it is handed over.
    pub fn as_text(&self) -> String {
        String::from_utf8_lossy(&self.0.formatted()).into_owned()
    }
}

/// An address of the web, as a header can carry it: ASCII without blanks and brackets.
fn link(text: &str) -> Result<String, MailError> {
    let url: Url =
        text.parse().map_err(|_| MailError::Unwritable("the opt-out link is no address".into()))?;
    Ok(url.to_string())
}

/// A header of ours, which holds printable ASCII alone and is not broken into lines.
fn plain(name: &'static str, value: String) -> Result<HeaderValue, MailError> {
    let unwritable =
        || MailError::Unwritable(format!("the header {name} has characters that it cannot carry"));
    if value.len() > 900 || !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(unwritable());
    }
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| unwritable())?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::samples::digest;

    fn address(text: &str) -> MailAddress {
        text.parse().unwrap()
    }

    fn written(digest: &Digest, to: &[MailAddress]) -> Result<String, MailError> {
        let letter = Letter { digest, to, id: "msg_1", at: Millis(1_772_600_767_000) };
        Mail::write(&letter, &address("Weir <weir@acme.example>")).map(|mail| mail.as_text())
    }

    /// The lines of the header, folded ones put together.
    fn headers(mail: &str) -> Vec<String> {
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_mail_says_how_to_get_no_more_of_it() {
        let mail = written(&digest(), &[address("ann@acme.example")]).unwrap();
        let headers = headers(&mail);
        for expected in [
            "From: Weir <weir@acme.example>",
            "To: ann@acme.example",
            "Subject: 2 issues newly miss a rule: Acme",
            "Message-ID: <msg_1@acme.example>",
            "Auto-Submitted: auto-generated",
            "List-Unsubscribe: <https://weir.example/opt-out/abc.def>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ] {
            assert!(headers.iter().any(|line| line == expected), "{expected} in {headers:#?}");
        }
        assert!(mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
    }

    #[test]
    fn no_text_adds_a_header() {
        let mut hostile = digest();
        let bad = "Acme\r\nBcc: eve@evil.example\r\n\r\nbody";
        hostile.integration = bad.into();
        hostile.nudge = bad.into();
        hostile.recipient_name = bad.into();
        let mail = written(&hostile, &[address("ann@acme.example")]).unwrap();
        let headers = headers(&mail);
        assert!(!headers.iter().any(|line| line.starts_with("Bcc")), "{headers:#?}");
        hostile.opt_out = "https://weir.example/x\r\nBcc: eve@evil.example".into();
        let headers_of_link =
            written(&hostile, &[address("ann@acme.example")]).map(|mail| self::headers(&mail));
        assert!(
            headers_of_link.is_err() || !headers_of_link.unwrap().iter().any(|line| line.starts_with("Bcc"))
        );
        hostile.opt_out = "nowhere".into();
        assert!(written(&hostile, &[address("ann@acme.example")]).is_err());
        assert_eq!(written(&digest(), &[]).unwrap_err(), MailError::Nobody);
    }

    #[test]
    fn a_bulletin_is_a_mail_without_a_way_to_leave() {
        let bulletin = crate::bulletin::samples::bulletin();
        let (to, from) = ([address("ops@acme.example")], address("Weir <weir@acme.example>"));
        let mail = Mail::of_bulletin(&bulletin, (&to, "msg_1", Millis(1_772_600_767_000)), &from).unwrap();
        let headers = headers(&mail.as_text());
        assert!(headers.iter().any(|line| line == "Subject: Acme needs somebody"), "{headers:#?}");
        assert!(!headers.iter().any(|line| line.starts_with("List-")), "{headers:#?}");
    }

    #[test]
    fn what_could_add_a_header_is_no_address() {
        for bad in [
            "",
            "ann",
            "ann@",
            "@acme.example",
            "a@b\r\nBcc: c@d",
            "ann@acme.example, eve@evil.example",
            &"a".repeat(300),
        ] {
            assert!(bad.parse::<MailAddress>().is_err(), "{bad}");
        }
        assert_eq!(address("Ann <ann@acme.example>").address(), "ann@acme.example");
        assert_eq!(address("ann@acme.example").to_string(), "ann@acme.example");
    }
}
