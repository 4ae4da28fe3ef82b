//! The link under every mix of faults: nothing vanishes unaccounted for, chances are kept, and the
//! same seed gives the same run.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::faults::{Blackout, Chance};

/// The instant that every test counts from.
#[expect(clippy::disallowed_methods, reason = "an Instant comes from nowhere else; tests read the clock only here")]
fn start() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    *START
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A datagram that says which it is, in its last four bytes, and is so long in all.
fn numbered(number: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length.saturating_sub(4)];
    bytes.extend(number.to_be_bytes());
    bytes
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[bytes.len() - 4..].try_into().unwrap())
}

/// What came out of a link, and when.
type Arrivals = Vec<(Duration, Direction, Vec<u8>)>;

/// Takes out what arrives, each at the very moment that the link asked to be woken.
fn drain(link: &mut Link<Vec<u8>>, until: Instant, arrivals: &mut Arrivals) {
    while let Some(at) = link.poll_timeout().filter(|at| *at <= until) {
        let (direction, bytes) = link.poll(at).expect("what is due can be taken");
        arrivals.push((at - start(), direction, bytes));
    }
}

/// Sends so many datagrams, one every so often, and takes out all that arrives.
fn run(faults: Faults, seed: u64, count: u32, every: Duration) -> (Arrivals, Link<Vec<u8>>) {
    let mut link = Link::new(start(), Both::same(faults), seed);
    let mut arrivals = Arrivals::new();
    for number in 0..count {
        let now = start() + every * number;
        drain(&mut link, now, &mut arrivals);
        let direction = if number.is_multiple_of(2) { Direction::Up } else { Direction::Down };
        link.push(now, direction, numbered(number, 100));
    }
    drain(&mut link, start() + Duration::from_secs(1_000_000), &mut arrivals);
    (arrivals, link)
}

fn chance() -> impl Strategy<Value = Chance> {
    prop_oneof![
        3 => Just(Chance::NEVER),
        1 => Just(Chance::ALWAYS),
        6 => (0..1_000_000u32).prop_map(Chance::of_million),
    ]
}

prop_compose! {
    fn faults()(
        (delay, jitter, straggle_for) in (0..200u64, 0..200u64, 0..3000u64),
        (loss, repeat, reorder, straggle, corrupt) in (chance(), chance(), chance(), chance(), chance()),
        rate in prop_oneof![Just(0), Just(1), 100..1_000_000u64],
        (dark, period) in (0..3000u64, 0..5000u64),
        flips in 0..20u64,
    ) -> Faults {
        Faults {
            delay: ms(delay), jitter: ms(jitter), straggle_for: ms(straggle_for),
            loss, repeat, reorder, straggle, corrupt, flips,
            rate: NonZeroU64::new(rate),
            blackouts: vec![Blackout::Every { dark: ms(dark), period: ms(period) }],
        }
    }
}

proptest! {
    /// Every datagram is lost, arrives as often as its fate says, or is still on its way; in its
    /// own direction, at the very moment that its fate says.
    #[test]
    fn nothing_vanishes_and_nothing_appears(
        up in faults(), down in faults(), seed: u64, pushes in prop::collection::vec((0..500u64, any::<bool>()), 0..200),
    ) {
        // Damaged numbers could not be told apart; the arrival times of those held back are others.
        let whole = |faults: Faults| Faults { corrupt: Chance::NEVER, ..faults };
        let mut link = Link::new(start(), Both { up: whole(up), down: whole(down) }, seed);
        let (mut now, mut arrivals, mut expected) = (start(), Arrivals::new(), HashMap::new());
        let mut held = HashMap::new();
        for (index, (pause, is_up)) in (0..).zip(pushes) {
            now += ms(pause);
            drain(&mut link, now, &mut arrivals);
            let direction = if is_up { Direction::Up } else { Direction::Down };
            let fate = link.push(now, direction, numbered(index, 60));
            prop_assert_eq!(fate.lost.is_some(), fate.passages().count() == 0);
            for passage in fate.passages() {
                let at = now - start() + passage.delay;
                if passage.held_back {
                    held.insert((direction, index), at);
                } else {
                    *expected.entry((at, direction, index)).or_insert(0) += 1;
                }
            }
            let (of_up, of_down) = (link.counters().up, link.counters().down);
            let in_all = |count: fn(&Counters) -> u64| count(&of_up) + count(&of_down);
            prop_assert_eq!(in_all(|of| of.received), u64::from(index) + 1);
            prop_assert_eq!(
                in_all(|of| of.received + of.repeated),
                in_all(|of| of.lost() + of.delivered) + u64::try_from(link.on_the_way()).unwrap()
            );
        }
        drain(&mut link, now + Duration::from_secs(1_000_000), &mut arrivals);
        prop_assert_eq!(link.on_the_way(), 0);
        prop_assert!(link.held_back.up.is_empty() && link.held_back.down.is_empty());
        prop_assert!(arrivals.is_sorted_by_key(|(at, ..)| *at));
        for (at, direction, bytes) in arrivals {
            let index = number(&bytes);
            match expected.get_mut(&(at, direction, index)) {
                Some(count) if *count > 0 => *count -= 1,
                _ => {
                    let due = held.remove(&(direction, index));
                    prop_assert!(due.is_some_and(|due| (due..=due + HOLD_BACK).contains(&at)), "{index} at {at:?}");
                }
            }
        }
        prop_assert!(held.is_empty() && expected.values().all(|count| *count == 0));
    }

    #[test]
    fn the_same_seed_gives_the_same_run(faults in faults(), seed: u64) {
        prop_assert_eq!(run(faults.clone(), seed, 100, ms(3)).0, run(faults, seed, 100, ms(3)).0);
    }
}

/// 100,000 datagrams: one standard deviation is at most 158, and five are allowed.
const MANY: u32 = 100_000;

fn assert_about(counted: u64, of: u64, chance: Chance) {
    let expected = of * u64::from(chance.per_million()) / 1_000_000;
    assert!(counted.abs_diff(expected) <= 800, "{counted} instead of about {expected}");
}

#[test]
fn each_chance_is_kept_over_many_datagrams() {
    for million in [1_000, 50_000, 300_000, 900_000] {
        let chance = Chance::of_million(million);
        let all =
            Faults { loss: chance, repeat: chance, straggle: chance, corrupt: chance, ..Faults::none(Duration::ZERO) };
        let faults = Faults { reorder: chance, straggle_for: ms(9), ..all };
        let (arrivals, link) = run(faults, 7, MANY, ms(1));
        let Both { up, down } = link.counters();
        let sum = |count: fn(&Counters) -> u64| count(up) + count(down);
        let carried = u64::from(MANY) - sum(Counters::lost);
        let copies = carried + sum(|of| of.repeated);
        assert_about(sum(|of| of.dropped), MANY.into(), chance);
        assert_about(sum(|of| of.repeated), carried, chance);
        assert_about(sum(|of| of.held_back), carried, chance);
        assert_about(sum(|of| of.straggled), copies, chance);
        assert_about(sum(|of| of.corrupted), copies, chance);
        assert_eq!(u64::try_from(arrivals.len()).unwrap(), copies);
    }
}

#[test]
fn a_faultless_link_carries_everything_at_once_and_in_order() {
    let (arrivals, link) = run(Faults::none(Duration::ZERO), 1, 1000, ms(1));
    for (index, (at, _, bytes)) in (0..).zip(&arrivals) {
        assert_eq!((*at, bytes), (ms(1) * index, &numbered(index, 100)));
    }
    let Counters { received, delivered, delivered_bytes, .. } = link.counters().up;
    assert_eq!((received, delivered, delivered_bytes), (500, 500, 50_000));
}

#[test]
fn a_datagram_held_back_is_overtaken_by_the_next_of_its_direction() {
    let (arrivals, link) = run(Faults { reorder: Chance::per_mille(100), ..Faults::none(ms(20)) }, 3, 10_000, ms(5));
    let held = link.counters().up.held_back + link.counters().down.held_back;
    let mut overtaken = 0;
    for direction in [Direction::Up, Direction::Down] {
        let order: Vec<_> =
            arrivals.iter().filter(|arrival| arrival.1 == direction).map(|(.., it)| number(it)).collect();
        overtaken += order
            .iter()
            .enumerate()
            .filter(|(place, it)| order[..*place].iter().rev().take(50).any(|other| other > it))
            .count();
    }
    assert_eq!(u64::try_from(overtaken).unwrap(), held, "each of them, and no other");
    assert!(held > 800);
}

#[test]
fn the_last_one_held_back_arrives_all_the_same() {
    let (arrivals, _) = run(Faults { reorder: Chance::ALWAYS, ..Faults::none(ms(20)) }, 3, 1, ms(5));
    assert_eq!(arrivals.len(), 1);
    assert_eq!(arrivals[0].0, ms(20) + HOLD_BACK);
}

#[test]
fn a_limited_rate_spaces_datagrams_and_drops_what_finds_no_room() {
    // 100 bytes in 100 ms; 655 of them fit before it.
    let faults = Faults { rate: NonZeroU64::new(1000), ..Faults::none(ms(7)) };
    let mut link = Link::new(start(), Both { up: faults, down: Faults::none(Duration::ZERO) }, 1);
    let mut lost = 0;
    for number in 0..1000 {
        lost += u32::from(link.push(start(), Direction::Up, numbered(number, 100)).lost == Some(Loss::QueueFull));
    }
    assert_eq!(lost, 1000 - 655);
    assert_eq!(link.push(start(), Direction::Down, numbered(0, 100)).lost, None, "the other way is free");
    let mut arrivals = Arrivals::new();
    drain(&mut link, start() + Duration::from_secs(1000), &mut arrivals);
    for (index, (at, ..)) in (1..).zip(&arrivals[1..]) {
        assert_eq!(*at, ms(100) * index + ms(7));
    }
    // The queue is empty again.
    let later = start() + Duration::from_secs(1000);
    assert_eq!(link.push(later, Direction::Up, numbered(0, 100)).first.unwrap().delay, ms(107));
}

#[test]
fn what_is_on_its_way_is_bounded() {
    let mut link = Link::new(start(), Both::same(Faults::none(ms(1000))), 1);
    let fates = (0..MANY).filter(|number| link.push(start(), Direction::Up, numbered(*number, 4)).lost.is_none());
    assert_eq!(fates.count(), MAX_ON_THE_WAY);
    assert_eq!(link.on_the_way(), MAX_ON_THE_WAY);
}

#[test]
fn a_blackout_takes_everything_sent_in_it_and_nothing_else() {
    let blackout = Blackout::Every { dark: ms(2000), period: ms(5000) };
    let (arrivals, link) = run(Faults { blackouts: vec![blackout], ..Faults::none(ms(1)) }, 1, 1000, ms(10));
    assert!(arrivals.iter().all(|(at, ..)| (*at - ms(1)).as_millis() % 5000 < 3000));
    assert_eq!((arrivals.len(), link.counters().up.blacked_out), (600, 200));
}

#[test]
fn a_damaged_datagram_differs_in_as_many_bits_as_allowed() {
    let faults = Faults { corrupt: Chance::ALWAYS, flips: 3, ..Faults::none(Duration::ZERO) };
    let (arrivals, _) = run(faults, 9, 1000, ms(1));
    let mut seen = [0; 4];
    for (index, (.., bytes)) in (0..).zip(&arrivals) {
        let flipped: u32 = bytes.iter().zip(numbered(index, 100)).map(|(is, was)| (is ^ was).count_ones()).sum();
        seen[usize::try_from(flipped).unwrap()] += 1;
    }
    assert!(seen[1..].iter().all(|count| *count > 250), "{seen:?}");
}

#[test]
fn absurd_settings_and_empty_datagrams_are_no_panic() {
    let long = Duration::MAX;
    let faults = Faults {
        jitter: long,
        straggle_for: long,
        straggle: Chance::ALWAYS,
        corrupt: Chance::ALWAYS,
        flips: 0,
        rate: Some(NonZeroU64::MIN),
        blackouts: vec![Blackout::Once { from: long, to: Duration::ZERO }],
        ..Faults::none(long)
    };
    let mut link = Link::new(start() + ms(1000), Both::same(faults), 0);
    for length in [0, 1, 65_000, 65_507] {
        link.push(start(), Direction::Up, vec![0; length]);
    }
    assert_eq!((link.on_the_way(), link.counters().up.overflowed), (3, 1));
    assert!(link.poll_timeout().unwrap() <= start() + MAX_DELAY * 3 + Duration::from_secs(65_536));
}

#[test]
fn all_that_happens_is_told() {
    let all = Faults {
        repeat: Chance::ALWAYS,
        straggle: Chance::ALWAYS,
        straggle_for: ms(1),
        corrupt: Chance::ALWAYS,
        reorder: Chance::ALWAYS,
        ..Faults::none(ms(5))
    };
    let mut link = Link::new(start(), Both::same(all), 1);
    let events: Vec<_> = link.push(start(), Direction::Up, vec![0; 10]).events().collect();
    assert_eq!(events[0], Event::Repeated);
    assert!(matches!(
        events[1..],
        [Event::Straggles(_), Event::HeldBack, Event::Corrupted, Event::Straggles(_), Event::Corrupted]
    ));
    *link.faults_mut() = Both::same(Faults { loss: Chance::ALWAYS, ..Faults::none(ms(5)) });
    let fate = link.push(start(), Direction::Up, vec![0; 10]);
    assert_eq!(fate.events().collect::<Vec<_>>(), [Event::Lost(Loss::Dropped)]);
    *link.faults_mut() = Both::same(Faults::none(Duration::ZERO));
    assert_eq!(link.push(start(), Direction::Up, vec![0; 10]).events().count(), 0);
}
