//! Who asks: the one place where a client's address is found out, for the limits, for whose report it
//! is, and for the log.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::source::Source;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client at the other end, beyond the proxies that are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visitor {
    address: IpAddr,
}

impl Visitor {
    /// The client of a connection from `peer` (`None`: from inside this process). Where that is a
    /// trusted proxy it is the last address of `X-Forwarded-For` that is none: what stands before it
    /// the client may have made up.
    pub(crate) fn new(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip().to_canonical());
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
        if trusted.is_empty() || !is_trusted(peer) {
            return Self { address: peer };
        }
        let mut address = peer;
        let given = headers.get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default());
        let hops: Vec<_> = given.flat_map(|value| value.split(',')).collect();
        for hop in hops.into_iter().rev() {
            // What cannot be read ends the way that is known.
            let Some(hop) = read_hop(hop.trim()) else { break };
            address = hop;
            if !is_trusted(hop) {
                break;
            }
        }
        Self { address }
    }

    pub(crate) const fn address(self) -> IpAddr {
        self.address
    }

    /// Whether it is on this machine: such a client is not limited.
    pub(crate) const fn is_here(self) -> bool {
        self.address.is_loopback()
    }

    /// What is one client to the limits.
    pub(crate) fn source(self) -> Source {
        Source::of(self.address)
    }
}

/// For the log: shortened to a network (/24, /48), which is enough to see whether many requests come
/// from one place, and not who made one.
impl std::fmt::Display for Visitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prefix = match self.address {
            IpAddr::V4(_) => 24,
            IpAddr::V6(_) => 48,
        };
        match IpNet::new(self.address, prefix) {
            Ok(network) => network.trunc().fmt(f),
            Err(_) => f.write_str("-"),
        }
    }
}

/// An address, as proxies write them: also with a port.
fn read_hop(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        Visitor::new(Some(SocketAddr::new(peer.parse().unwrap(), 9)), &headers, &trusted).address().to_string()
    }

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_is_the_client() {
        let trusted = ["10.0.0.0/8", "::1/128"];
        for (peer, forwarded, expected) in [
            ("10.0.0.1", &["192.0.2.7"][..], "192.0.2.7"),
            ("10.0.0.1", &["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", &["198.51.100.1, 192.0.2.7, 10.9.9.9"], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7", "10.9.9.9"], "192.0.2.7"),
            ("10.0.0.1", &["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7, unknown, 10.2.2.2"], "10.2.2.2"),
            ("::1", &["192.0.2.7:4711"], "192.0.2.7"),
            ("::1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["::ffff:192.0.2.7"], "192.0.2.7"),
            ("192.0.2.1", &["198.51.100.1"], "192.0.2.1"),
        ] {
            assert_eq!(visitor(peer, forwarded, &trusted), expected, "{peer} {forwarded:?}");
        }
        assert_eq!(visitor("127.0.0.1", &["198.51.100.1"], &[]), "127.0.0.1", "nobody is trusted");
    }

    #[test]
    fn the_log_shortens_addresses() {
        let at = |address: &str| Visitor { address: address.parse().unwrap() };
        assert_eq!(at("192.0.2.7").to_string(), "192.0.2.0/24");
        assert_eq!(at("2001:db8:1:2::7").to_string(), "2001:db8:1::/48");
    }
}
