//! What a cookie proves, and for how long.

use proptest::prelude::*;

use super::*;
use crate::testing::{at, ms, s, start};

impl Tick {
    /// A tick for tests of what compares them.
    pub(crate) const fn numbered(number: u64) -> Self {
        Self(number)
    }
}

fn maker() -> CookieMaker {
    CookieMaker::new(start(), [7; 32])
}

/// Instants around the wraps of the 12-bit tick (every 32.768 s), and up to a year.
fn any_time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..70_000).prop_map(ms),
        (1_u64..1000, 0_u64..16).prop_map(|(wraps, tick)| ms(wraps * 32_768 - 64 + tick * 8)),
        (0_u64..31_536_000_000).prop_map(ms),
    ]
}

fn any_peer() -> impl Strategy<Value = SocketAddr> {
    (any::<IpAddr>(), any::<u16>()).prop_map(SocketAddr::from)
}

proptest! {
    #[test]
    fn a_cookie_is_good_for_its_peer_and_nonce_for_fifteen_seconds(
        made in any_time(), age in 0_u64..14_990, peer in any_peer(), nonce in prop::collection::vec(any::<u8>(), 0..16),
    ) {
        let cookie = maker().make(start() + made, peer, &nonce);
        let tick = maker().check(start() + made + ms(age), peer, &nonce, cookie);
        prop_assert_eq!(tick, Some(maker().tick(start() + made)));
    }

    #[test]
    fn a_cookie_older_than_fifteen_seconds_is_refused(made in any_time(), age in 15_000_u64..40_000_000, peer in any_peer()) {
        let cookie = maker().make(start() + made, peer, b"");
        prop_assert_eq!(maker().check(start() + made + ms(age), peer, b"", cookie), None);
    }

    #[test]
    fn a_cookie_from_the_future_is_refused(made in any_time(), ahead in 16_u64..40_000_000, peer in any_peer()) {
        let made = start() + s(40_000) + made;
        let cookie = maker().make(made, peer, b"");
        prop_assert_eq!(maker().check(made - ms(ahead), peer, b"", cookie), None);
    }

    #[test]
    fn another_peer_nonce_or_secret_does_not_fit(
        made in any_time(), peer in any_peer(), other in any_peer(),
        nonce in prop::collection::vec(any::<u8>(), 0..16), other_nonce in prop::collection::vec(any::<u8>(), 0..16),
    ) {
        prop_assume!(peer != other && nonce != other_nonce);
        let now = start() + made;
        let cookie = maker().make(now, peer, &nonce);
        prop_assert_eq!(maker().check(now, other, &nonce, cookie), None);
        prop_assert_eq!(maker().check(now, peer, &other_nonce, cookie), None);
        prop_assert_eq!(CookieMaker::new(start(), [8; 32]).check(now, peer, &nonce, cookie), None);
    }

    #[test]
    fn another_number_does_not_fit(made in any_time(), bits in 1_u64..1 << 52, number in any::<u64>()) {
        let (now, peer) = (start() + made, at(1, 1));
        let cookie = maker().make(now, peer, b"");
        prop_assert_eq!(maker().check(now, peer, b"", cookie ^ bits), None);
        prop_assert_eq!(maker().check(now, peer, b"", cookie | 1 << 52), None);
        prop_assert!(number == cookie || maker().check(now, peer, b"", number).is_none());
    }

    #[test]
    fn a_cookie_has_52_bits_and_is_never_the_originals_zero(made in any_time(), peer in any_peer()) {
        let cookie = maker().make(start() + made, peer, b"");
        prop_assert!(cookie != 0 && cookie < 1 << 52);
    }

    #[test]
    fn a_later_cookie_has_a_later_tick(made in any_time(), later in 8_u64..14_000) {
        let (first, second) = (start() + made, start() + made + ms(later));
        let tick = |made| maker().check(second, at(1, 1), b"", maker().make(made, at(1, 1), b""));
        prop_assert!(tick(first).unwrap() < tick(second).unwrap());
    }
}

#[test]
fn a_port_away_or_an_address_away_does_not_fit() {
    let cookie = maker().make(start(), at(1, 1000), b"");
    assert!(maker().check(start(), at(1, 1000), b"", cookie).is_some());
    assert_eq!(maker().check(start(), at(1, 1001), b"", cookie), None);
    assert_eq!(maker().check(start(), at(2, 1000), b"", cookie), None);
}

/// The hashed bytes of an IPv4 peer with a long nonce could be those of an IPv6 peer without one.
#[test]
fn a_nonce_cannot_make_the_cookie_of_another_address_family() {
    let now = start() + ms(8 * 9);
    let v4 = SocketAddr::from(([32, 1, 13, 184], 0x0001));
    let v6 = SocketAddr::from(([0x2001, 0xdb8, 1, 0, 0, 0, 9, 0x6162], 0x6364));
    let tick_and_rest = [&0x6162_6364_u32.to_be_bytes()[..], &9_u64.to_be_bytes()[..]].concat();
    let cookie = maker().make(now, v4, &tick_and_rest);
    assert_eq!(maker().check(now, v6, b"", cookie), None);
}

#[test]
fn the_wrap_of_the_tick_does_not_bring_an_old_cookie_back() {
    let cookie = maker().make(start() + s(1), at(1, 1), b"");
    for wraps in 1..200 {
        let now = start() + s(1) + ms(32_768) * wraps;
        assert_eq!(maker().check(now, at(1, 1), b"", cookie), None);
        assert_eq!(maker().check(now + ms(8), at(1, 1), b"", cookie), None);
    }
}

#[test]
fn before_the_epoch_nothing_panics() {
    let maker = CookieMaker::new(start() + s(3600), [7; 32]);
    let cookie = maker.make(start(), at(1, 1), b"");
    assert_eq!(maker.check(start(), at(1, 1), b"", cookie), Some(Tick(0)));
    assert_eq!(maker.check(start(), at(1, 1), b"", u64::MAX), None);
}
