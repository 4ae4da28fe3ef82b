//! How long an ended session's cookies stay refused, and what happens when there are too many.

use super::*;
use crate::testing::{at, ms, s, start};

const fn tick(number: u64) -> Tick {
    Tick::numbered(number)
}

#[test]
fn the_cookies_of_an_ended_session_are_refused_until_they_have_expired() {
    let mut ended = Ended::default();
    ended.add(start(), at(1, 1), tick(10));
    assert_eq!(ended.next_expiry(), Some(start() + s(15)));
    ended.forget_expired(start() + ms(14_999));
    assert!(ended.refuses(at(1, 1), tick(10)) && ended.refuses(at(1, 1), tick(9)));
    assert!(!ended.refuses(at(1, 1), tick(11)), "a newer handshake of the same peer");
    assert!(!ended.refuses(at(1, 2), tick(10)), "another peer");
    ended.forget_expired(start() + s(15));
    assert!(!ended.refuses(at(1, 1), tick(10)));
    assert_eq!(ended.next_expiry(), None);
}

#[test]
fn the_first_of_two_sessions_of_a_peer_does_not_take_the_second_along() {
    let mut ended = Ended::default();
    ended.add(start(), at(1, 1), tick(10));
    ended.add(start() + s(10), at(1, 1), tick(20));
    ended.forget_expired(start() + s(15));
    assert!(ended.refuses(at(1, 1), tick(20)) && ended.refuses(at(1, 1), tick(10)));
    assert_eq!(ended.next_expiry(), Some(start() + s(25)));
    ended.forget_expired(start() + s(25));
    assert!(!ended.refuses(at(1, 1), tick(20)));
    assert!(ended.newest.is_empty() && ended.order.is_empty());
}

#[test]
fn when_it_is_full_more_is_refused_and_never_less() {
    let mut ended = Ended::default();
    let peer = |number: usize| {
        let [.., a, b, c] = u32::try_from(number).unwrap().to_be_bytes();
        SocketAddr::from(([10, a, b, c], 1))
    };
    for number in 0..MAX_ENDED {
        ended.add(start(), peer(number), tick(100 + u64::try_from(number).unwrap()));
    }
    assert!(!ended.refuses(at(1, 1), tick(1)), "not over the limit yet");
    ended.add(start(), at(9, 9), tick(1_000_000));
    assert_eq!(ended.order.len(), MAX_ENDED);
    assert_eq!(ended.newest.len(), MAX_ENDED);
    assert!(ended.refuses(peer(0), tick(100)), "forgotten, and still refused");
    assert!(ended.refuses(at(1, 1), tick(100)), "with everyone's as old");
    assert!(!ended.refuses(at(1, 1), tick(101)));
    // One that opened long ago and ended only now does not lower the floor.
    ended.add(start(), at(9, 10), tick(1));
    assert!(ended.refuses(at(1, 1), tick(101)) && !ended.refuses(at(1, 1), tick(102)));
    ended.forget_expired(start() + s(15));
    assert!(ended.order.is_empty() && ended.newest.is_empty());
}
