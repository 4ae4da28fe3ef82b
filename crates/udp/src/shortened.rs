//! Addresses as a log shows them: who it was is nobody's business, from where it came an operator
//! must know.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A peer's network: the first 24 bits of IPv4, the first 48 of IPv6, written `203.0.113.0/24`. A peer on
/// this machine itself is shown whole, with its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortened(SocketAddr);

impl From<SocketAddr> for Shortened {
    fn from(address: SocketAddr) -> Self {
        Self(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}

impl fmt::Display for Shortened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.ip() {
            address if address.is_loopback() => write!(f, "{}", self.0),
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                write!(f, "{}/24", Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                write!(f, "{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_its_network_unless_it_is_of_this_machine() {
        for (address, shown) in [
            ("203.0.113.77:5000", "203.0.113.0/24"),
            ("[2001:db8:1:2::7]:5000", "2001:db8:1::/48"),
            ("[::ffff:203.0.113.77]:1", "203.0.113.0/24"),
            ("[::1]:1", "[::1]:1"),
            ("[::ffff:127.0.0.1]:7", "127.0.0.1:7"),
        ] {
            assert_eq!(Shortened::from(address.parse::<SocketAddr>().unwrap()).to_string(), shown);
        }
    }
}
