//! `origem`: whose report it is, as a gateway tells it (PROTOCOL §5.5). A server believes it only of
//! those who may operate it.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::limits::MAX_TOKEN_NAME;

/// Whose report it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reporter {
    /// Who holds the token of this name: `token:ana`.
    Token(String),
    /// Somebody at an address of which this is the digest: `anon:9f86d081884c7d65`.
    Anonymous(String),
}

/// Hexadecimal digits of an address's digest: enough that two addresses do not meet by chance.
const DIGITS: usize = 16;

impl Reporter {
    /// Somebody at this address. Who has an IPv6 address has its whole /64, so that is one reporter;
    /// an IPv4 address is one.
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
        };
        let digest = Sha256::digest([b"posto origem\0".as_slice(), &network].concat());
        Self::Anonymous(digest.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads what [`Reporter`]'s display wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("token:") {
            return is_token_name(name).then(|| Self::Token(name.to_owned()));
        }
        let digest = text.strip_prefix("anon:")?;
        let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digest.len() == DIGITS && digest.bytes().all(hexadecimal)).then(|| Self::Anonymous(digest.to_owned()))
    }
}

/// Whether a token may have this name: 1..=32 of `A-Z a-z 0-9 . _ -`.
#[must_use]
pub fn is_token_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_TOKEN_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

impl std::fmt::Display for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(name) => write!(f, "token:{name}"),
            Self::Anonymous(digest) => write!(f, "anon:{digest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Reporter {
        Reporter::at(address.parse().unwrap())
    }

    #[test]
    fn one_reporter_is_an_ipv4_address_or_an_ipv6_network_of_64_bits() {
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
        assert_eq!(at("192.0.2.1"), at("::ffff:192.0.2.1"));
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for reporter in [at("192.0.2.1"), Reporter::Token("ana.b_c-1".to_owned())] {
            assert_eq!(Reporter::parse(&reporter.to_string()), Some(reporter));
        }
        let long = format!("token:{}", "x".repeat(MAX_TOKEN_NAME + 1));
        for bad in ["", "ana", "token:", "token:a b", "anon:", "anon:9F86d081884c7d65", "anon:9f86d081884c7d6", &long] {
            assert_eq!(Reporter::parse(bad), None, "{bad}");
        }
    }
}
