//! The link: what goes in at one end comes out at the other late, twice, damaged or never, as its
//! seed has it. No I/O, no clock: the caller says what time it is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::faults::{Both, Direction, Faults};
use crate::limits::{HOLD_BACK, MAX_DELAY, MAX_ON_THE_WAY, QUEUE_BYTES};
use crate::random::Random;
use crate::statistics::Counters;

/// A link that carries `T`, whose bytes it may damage.
///
/// The same seed and the same calls give the same run. Whoever drives it hands in what was sent
/// ([`Link::push`]), and takes out what has arrived ([`Link::poll`]) when it is time
/// ([`Link::poll_timeout`]).
#[derive(Debug)]
pub struct Link<T> {
    start: Instant,
    faults: Both<Faults>,
    random: Random,
    /// Until when the datagrams that wait keep a link of limited rate busy.
    busy_until: Both<Instant>,
    on_the_way: BTreeMap<Place, Carried<T>>,
    /// Those of `on_the_way` that wait to be overtaken, with the time at which they could arrive.
    held_back: Both<BTreeMap<Place, Instant>>,
    places: u64,
    counters: Both<Counters>,
}

/// The order of arrival: by time, then by the order of decision.
type Place = (Instant, u64);

#[derive(Debug)]
struct Carried<T> {
    direction: Direction,
    datagram: T,
}

/// Why a datagram is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// By chance.
    Dropped,
    /// Everything is lost at this time.
    BlackedOut,
    /// Too many wait already.
    QueueFull,
}

/// What was decided for one copy of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// From now until it arrives, unless it is held back.
    pub delay: Duration,
    /// It comes much later than the others.
    pub straggles: bool,
    /// It waits until another has overtaken it.
    pub held_back: bool,
    /// Bits of it are flipped.
    pub corrupted: bool,
}

/// What was decided for a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// It never arrives.
    pub lost: Option<Loss>,
    /// How it arrives, unless it is lost.
    pub first: Option<Passage>,
    /// How it arrives a second time, if it does.
    pub second: Option<Passage>,
}

/// One thing that a link does to a datagram, for those who want to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is lost.
    Lost(Loss),
    /// There are two of it from now on.
    Repeated,
    /// It comes so much later.
    Delayed(Duration),
    /// It comes so much later, and later than those about it.
    Straggles(Duration),
    /// It waits until another has overtaken it.
    HeldBack,
    /// Bits of it are flipped.
    Corrupted,
}

impl Fate {
    const fn lost(loss: Loss) -> Self {
        Self { lost: Some(loss), first: None, second: None }
    }

    /// Its copies that will arrive.
    pub fn passages(&self) -> impl Iterator<Item = Passage> {
        [self.first, self.second].into_iter().flatten()
    }

    /// Whether it arrives twice.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        self.second.is_some()
    }

    /// All that was decided, in words for people; nothing where it simply arrives.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let of_all = [self.lost.map(Event::Lost), self.is_repeated().then_some(Event::Repeated)];
        of_all.into_iter().chain(self.passages().flat_map(Passage::events)).flatten()
    }
}

impl Passage {
    fn events(self) -> [Option<Event>; 3] {
        let late = match self.delay {
            Duration::ZERO => None,
            delay if self.straggles => Some(Event::Straggles(delay)),
            delay => Some(Event::Delayed(delay)),
        };
        [late, self.held_back.then_some(Event::HeldBack), self.corrupted.then_some(Event::Corrupted)]
    }
}

impl<T: Clone + AsMut<[u8]>> Link<T> {
    /// A link that starts now.
    #[must_use]
    pub fn new(start: Instant, faults: Both<Faults>, seed: u64) -> Self {
        Self {
            start,
            faults,
            random: Random::new(seed),
            busy_until: Both { up: start, down: start },
            on_the_way: BTreeMap::new(),
            held_back: Both { up: BTreeMap::new(), down: BTreeMap::new() },
            places: 0,
            counters: Both::default(),
        }
    }

    /// What happens to datagrams, to be changed for those that come.
    pub const fn faults_mut(&mut self) -> &mut Both<Faults> {
        &mut self.faults
    }

    /// A datagram is sent; all that will happen to it is decided here.
    pub fn push(&mut self, now: Instant, direction: Direction, mut datagram: T) -> Fate {
        let length = datagram.as_mut().len();
        let fate = match self.lose(now, direction, length) {
            Some(loss) => Fate::lost(loss),
            None => self.carry(now, direction, datagram),
        };
        self.counters.of_mut(direction).push(length, &fate);
        fate
    }

    /// When something arrives next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.on_the_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next datagram that has arrived by now, and the way it went.
    pub fn poll(&mut self, now: Instant) -> Option<(Direction, T)> {
        let next = self.on_the_way.first_entry().filter(|next| next.key().0 <= now)?;
        let (place, Carried { direction, mut datagram }) = next.remove_entry();
        self.held_back.of_mut(direction).remove(&place);
        self.counters.of_mut(direction).deliver(datagram.as_mut().len());
        Some((direction, datagram))
    }

    /// What it has done so far.
    #[must_use]
    pub const fn counters(&self) -> &Both<Counters> {
        &self.counters
    }

    /// Datagrams that have not arrived yet.
    #[must_use]
    pub fn on_the_way(&self) -> usize {
        self.on_the_way.len()
    }

    fn lose(&mut self, now: Instant, direction: Direction, length: usize) -> Option<Loss> {
        let faults = self.faults.of(direction);
        let elapsed = now.saturating_duration_since(self.start);
        if faults.blackouts.iter().any(|blackout| blackout.is_dark(elapsed)) {
            return Some(Loss::BlackedOut);
        }
        if self.random.chance(faults.loss) {
            return Some(Loss::Dropped);
        }
        let busy = self.busy_until.of(direction).saturating_duration_since(now);
        let waiting = faults.rate.map_or(0, |rate| bytes_in(busy, rate.get()));
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let full = self.on_the_way.len() >= MAX_ON_THE_WAY || waiting.saturating_add(length) > QUEUE_BYTES;
        full.then_some(Loss::QueueFull)
    }

    fn carry(&mut self, now: Instant, direction: Direction, mut datagram: T) -> Fate {
        let leaves = self.leave(now, direction, datagram.as_mut().len());
        // The copy goes first, so that no datagram held back is overtaken by itself.
        let second = self.random.chance(self.faults.of(direction).repeat).then(|| {
            let passage = self.decide(now, leaves, direction, false);
            self.place(now, direction, passage, datagram.clone());
            passage
        });
        let passage = self.decide(now, leaves, direction, true);
        self.place(now, direction, passage, datagram);
        Fate { lost: None, first: Some(passage), second }
    }

    /// When the datagram has left a link of limited rate.
    fn leave(&mut self, now: Instant, direction: Direction, length: usize) -> Instant {
        let Some(rate) = self.faults.of(direction).rate else { return now };
        let busy_until = self.busy_until.of_mut(direction);
        *busy_until = (*busy_until).max(now) + time_for(length, rate.get());
        *busy_until
    }

    fn decide(&mut self, now: Instant, leaves: Instant, direction: Direction, may_hold: bool) -> Passage {
        let (faults, random) = (self.faults.of(direction), &mut self.random);
        let mut delay = leaves.saturating_duration_since(now) + faults.delay.min(MAX_DELAY);
        delay += random.up_to(faults.jitter.min(MAX_DELAY));
        let straggles = random.chance(faults.straggle);
        if straggles {
            delay += random.up_to(faults.straggle_for.min(MAX_DELAY));
        }
        let corrupted = random.chance(faults.corrupt);
        let held_back = may_hold && random.chance(faults.reorder);
        Passage { delay, straggles, held_back, corrupted }
    }

    /// Puts a copy on its way, before those that wait for one to overtake them.
    fn place(&mut self, now: Instant, direction: Direction, passage: Passage, mut datagram: T) {
        if passage.corrupted {
            let flips = 1 + self.random.below(self.faults.of(direction).flips.max(1));
            flip_bits(&mut self.random, datagram.as_mut(), flips);
        }
        let arrives = now + passage.delay;
        let hold = if passage.held_back { HOLD_BACK } else { Duration::ZERO };
        let place = self.new_place(arrives + hold);
        self.on_the_way.insert(place, Carried { direction, datagram });
        if passage.held_back {
            self.held_back.of_mut(direction).insert(place, arrives);
        } else {
            self.release(direction, arrives);
        }
    }

    /// Lets those go on that were held back until now, behind what arrives then.
    fn release(&mut self, direction: Direction, overtaken: Instant) {
        while let Some((place, arrives)) = self.held_back.of_mut(direction).pop_first() {
            if let Some(carried) = self.on_the_way.remove(&place) {
                let behind = self.new_place(arrives.max(overtaken).min(place.0));
                self.on_the_way.insert(behind, carried);
            }
        }
    }

    const fn new_place(&mut self, at: Instant) -> Place {
        self.places += 1;
        (at, self.places)
    }
}

/// Flips so many bits at random places; one that is hit twice is as it was.
pub fn flip_bits(random: &mut Random, bytes: &mut [u8], flips: u64) {
    for _ in 0..flips {
        let place = random.place(bytes.len());
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << random.below(8);
        }
    }
}

const NANOS: u128 = 1_000_000_000;

/// Bytes that a link of so many bytes per second carries in this time.
fn bytes_in(time: Duration, rate: u64) -> u64 {
    u64::try_from(time.as_nanos().saturating_mul(u128::from(rate)) / NANOS).unwrap_or(u64::MAX)
}

/// The time that a link of so many bytes per second takes for a datagram.
fn time_for(length: usize, rate: u64) -> Duration {
    let length = u128::try_from(length).unwrap_or(u128::MAX);
    let nanos = length.saturating_mul(NANOS) / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
