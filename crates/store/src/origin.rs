//! Who a price came from, as the history keeps it.

use std::fmt;

/// Where a report or an import came from. Its text form is what column `origin` holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The IP address and port of a v1 session: `v1 192.0.2.7:40000`.
    V1(String),
    /// The IP address and port of a v2 session without a key: `v2 192.0.2.7:40000`.
    V2(String),
    /// Where a sender speaks from that holds the server's key: `key 192.0.2.7:40000`.
    Key(String),
    /// The name of the token that the reporter holds, as a gateway tells it: `token ana`.
    Token(String),
    /// The digest of the address that the reporter has, as a gateway tells it: `anon 9f86d081884c7d65`.
    Anonymous(String),
    /// The name of a public feed: `feed it`.
    Feed(String),
    /// What a new directory starts with: `seed`.
    Seed,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V1(address) => write!(f, "v1 {address}"),
            Self::V2(address) => write!(f, "v2 {address}"),
            Self::Key(name) => write!(f, "key {name}"),
            Self::Token(name) => write!(f, "token {name}"),
            Self::Anonymous(digest) => write!(f, "anon {digest}"),
            Self::Feed(name) => write!(f, "feed {name}"),
            Self::Seed => f.write_str("seed"),
        }
    }
}
