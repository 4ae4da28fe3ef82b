//! Who may do what (PROTOCOL §5.4): by what its session has proved, and where the server listens.

use std::net::IpAddr;

use posto_session::{Psk, Trust};

/// What v1 sessions may do (`--v1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum V1Access {
    /// Ask and report.
    #[default]
    ReadWrite,
    /// Only ask.
    Read,
    /// Nothing: their SYN is answered with a text.
    Off,
}

/// Whether those may write for whom nobody vouches, where not everyone may anyway (`--open-writes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OpenWrites {
    /// They may not.
    #[default]
    No,
    /// They may, within limits, and not displace alone a fresh price of somebody who is vouched for
    /// (PROTOCOL §5.5).
    Limited,
    /// They may.
    Yes,
}

/// Who may do what.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// What v1 sessions may do.
    pub v1: V1Access,
    /// The pre-shared key (`--psk-file`). With one, only sessions that prove it may write, unless
    /// writes are open.
    pub psk: Option<Psk>,
    /// Whether that key is one that only a gateway in this process has: it closes the server to nobody.
    pub psk_is_private: bool,
    /// Whether sessions without the key may write where there is one, and on a public address.
    pub open_writes: OpenWrites,
}

impl Access {
    /// Whether a session with this trust may report prices.
    #[must_use]
    pub fn may_write(&self, trust: Trust) -> bool {
        let open = self.psk.is_none() || self.psk_is_private || self.open_writes != OpenWrites::No;
        match trust {
            Trust::Keyed => true,
            Trust::V2 => open,
            Trust::V1 => open && self.v1 == V1Access::ReadWrite,
        }
    }

    /// Whether a session with this trust may import and moderate. `loopback`: whether the door that it
    /// came by is bound to loopback; then everyone who reaches it works on this machine.
    #[must_use]
    pub const fn may_operate(&self, trust: Trust, loopback: bool) -> bool {
        loopback || matches!(trust, Trust::Keyed)
    }

    /// Whether whoever reports in a session with this trust, for nobody else, is one for whom nobody
    /// vouches; `loopback` as above.
    #[must_use]
    pub fn is_cautious(&self, trust: Trust, loopback: bool) -> bool {
        self.open_writes == OpenWrites::Limited && !self.may_operate(trust, loopback)
    }

    /// Whether a server bound to this address would take reports from anyone in the world by v1's
    /// 8-bit sum, without anyone having said that it shall.
    #[must_use]
    pub fn is_too_open(&self, address: IpAddr) -> bool {
        let keyless = self.psk.is_none() || self.psk_is_private;
        let open = keyless && self.v1 == V1Access::ReadWrite && self.open_writes == OpenWrites::No;
        open && is_public(address)
    }
}

/// Whether more than this machine and its own network can reach an address; the unspecified one
/// (0.0.0.0, ::) means all of them.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local()),
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(v1: V1Access, key: bool, open: bool) -> Access {
        let open_writes = if open { OpenWrites::Yes } else { OpenWrites::No };
        Access { v1, psk: Psk::from_bytes(&[7; 32]).filter(|_| key), open_writes, ..Access::default() }
    }

    #[test]
    fn with_a_key_only_those_who_have_it_write_unless_writes_are_open() {
        let may = |access: &Access| [Trust::V1, Trust::V2, Trust::Keyed].map(|trust| access.may_write(trust));
        assert_eq!(may(&access(V1Access::ReadWrite, false, false)), [true, true, true]);
        assert_eq!(may(&access(V1Access::Read, false, false)), [false, true, true]);
        assert_eq!(may(&access(V1Access::ReadWrite, true, false)), [false, false, true]);
        assert_eq!(may(&access(V1Access::ReadWrite, true, true)), [true, true, true]);
        assert_eq!(may(&access(V1Access::Read, true, true)), [false, true, true]);
    }

    #[test]
    fn a_gateway_s_own_key_closes_the_server_to_nobody() {
        let own = Access { psk_is_private: true, ..access(V1Access::Read, true, false) };
        assert_eq!([Trust::V1, Trust::V2, Trust::Keyed].map(|trust| own.may_write(trust)), [false, true, true]);
        assert!(!own.may_operate(Trust::V2, false));
    }

    #[test]
    fn limited_writes_are_everyone_s_who_is_no_operator_and_with_caution() {
        let limited = Access { open_writes: OpenWrites::Limited, ..access(V1Access::ReadWrite, true, false) };
        for trust in [Trust::V1, Trust::V2] {
            assert!(limited.may_write(trust) && limited.is_cautious(trust, false) && !limited.is_cautious(trust, true));
        }
        assert!(!limited.is_cautious(Trust::Keyed, false));
        assert!(!access(V1Access::ReadWrite, true, true).is_cautious(Trust::V1, false));
    }

    #[test]
    fn operators_have_the_key_or_sit_at_the_machine() {
        let far = access(V1Access::ReadWrite, true, true);
        assert!(far.may_operate(Trust::Keyed, false) && !far.may_operate(Trust::V2, false));
        assert!(far.may_operate(Trust::V1, true));
    }

    #[test]
    fn a_public_address_needs_a_decision() {
        let refused = |address: &str, access: &Access| access.is_too_open(address.parse().unwrap());
        let default = Access::default();
        for address in ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(refused(address, &default), "{address}");
        }
        for address in ["127.0.0.1", "::1", "192.168.1.2", "10.0.0.1", "169.254.1.1", "fd00::1", "fe80::1"] {
            assert!(!refused(address, &default), "{address}");
        }
        for decided in [access(V1Access::Read, false, false), access(V1Access::Off, false, false)] {
            assert!(!refused("0.0.0.0", &decided));
        }
        assert!(!refused("0.0.0.0", &access(V1Access::ReadWrite, true, false)));
        assert!(!refused("0.0.0.0", &access(V1Access::ReadWrite, false, true)));
    }
}
