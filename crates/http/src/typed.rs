//! Addresses as people type them, and what is wrong with one that cannot be read.

use url::ParseError;

/// Why an address cannot be read: a sentence without its full stop.
pub fn address_fault(error: ParseError) -> &'static str {
    match error {
        ParseError::EmptyHost => "It names no host",
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => {
            "The name of its host holds a character that no host has, a blank for example"
        }
        ParseError::InvalidPort => "Its port is not a number from 0 to 65535",
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => {
            "Its host is not a whole IP address"
        }
        ParseError::RelativeUrlWithoutBase => "It does not begin with https://",
        ParseError::Overflow => "It is too long",
        _ => "It is not written as addresses are",
    }
}

#[cfg(test)]
mod tests {
    use super::address_fault;
    use url::Url;

    #[test]
    fn what_is_wrong_with_an_address_is_told_in_our_words() {
        for (typed, why) in [
            ("https://", "It names no host"),
            ("https://a b", "The name of its host holds a character that no host has, a blank for example"),
            ("https://a:99999", "Its port is not a number from 0 to 65535"),
            ("https://1.2.3.256", "Its host is not a whole IP address"),
            ("https://[::1", "Its host is not a whole IP address"),
            ("acme", "It does not begin with https://"),
        ] {
            assert_eq!(Url::parse(typed).map_err(address_fault).unwrap_err(), why, "{typed}");
        }
    }
}
