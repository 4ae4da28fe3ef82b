//! Whom a connection counts for: an IPv4 address, or the /64 that one IPv6 customer has whole.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A peer as limits see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl Source {
    /// Who has this address.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Self(Ipv6Addr::from_bits(network).into())
            }
            plain => Self(plain),
        }
    }
}

impl Source {
    /// All of the network around: an IPv4 /16, an IPv6 /48.
    pub(crate) fn around(self) -> Self {
        Self(match self.0 {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 16)).into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_a_64_are_one_and_mapped_addresses_are_ipv4() {
        let source = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.2"), source("192.0.2.1"));
        assert_eq!(source("192.0.2.2").around(), source("192.0.9.1").around());
        assert_eq!(source("2001:db8::1").around(), source("2001:db8:0:1::1").around());
        assert_ne!(source("2001:db8::1").around(), source("2001:db8:1::1").around());
    }
}
