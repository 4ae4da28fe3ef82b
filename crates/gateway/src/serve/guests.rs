//! All connections: who comes in, who has to go when there is no place, and whose time is up.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::guest::{Clock, Guest, Stage};
use crate::limits::{
    EVICTED_SHARE, MAX_BLOCKED, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, MAX_UNSENT_BYTES, SWEEP_PERIOD,
};
use crate::source::Source;

/// All connections.
#[derive(Debug)]
pub(super) struct Guests {
    clock: Arc<Clock>,
    most: usize,
    table: Mutex<Table>,
    /// Bytes of answers that are not handed to connections.
    unsent: AtomicUsize,
}

#[derive(Debug, Default)]
struct Table {
    all: HashMap<u64, Arc<Guest>>,
    per_source: HashMap<Source, usize>,
    next: u64,
    /// The stage of newcomers.
    stage: Option<Stage>,
}

/// A connection's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    guest: Arc<Guest>,
    number: u64,
    guests: Arc<Guests>,
}

impl Guests {
    /// Room for so many connections, [`MAX_CONNECTIONS`] at most.
    pub(super) fn new(most: usize) -> Arc<Self> {
        let most = most.min(MAX_CONNECTIONS);
        Arc::new(Self { clock: Arc::default(), most, table: Mutex::default(), unsent: AtomicUsize::new(0) })
    }

    /// A place for a new connection; `None` where all are taken by connections that work.
    pub(super) fn enter(self: &Arc<Self>, source: Source) -> Option<Place> {
        let mut table = self.table();
        if table.of(source) >= MAX_CONNECTIONS_PER_ADDRESS.min(self.most) {
            table.evict(|guest| guest.source == source);
        } else if table.all.len() >= self.most {
            let heaviest = table.heaviest();
            if table.evict(|guest| Some(guest.source) == heaviest) == 0 {
                table.evict(|_| true);
            }
        }
        let is_full = table.all.len() >= self.most || table.of(source) >= MAX_CONNECTIONS_PER_ADDRESS;
        (!is_full).then(|| {
            let guest = Arc::new(Guest::new(source, Arc::clone(&self.clock)));
            guest.tell(table.stage.unwrap_or(Stage::Serving));
            let number = table.insert(Arc::clone(&guest));
            Place { guest, number, guests: Arc::clone(self) }
        })
    }

    /// Cuts those whose time is up, for ever.
    pub(super) async fn sweep(self: Arc<Self>) {
        let started = Instant::now();
        let mut ticks = tokio::time::interval(SWEEP_PERIOD);
        loop {
            ticks.tick().await;
            self.clock.set(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
            self.table().sweep();
        }
    }

    /// Tells every connection, and those to come.
    pub(super) fn tell(&self, stage: Stage) {
        let mut table = self.table();
        table.stage = Some(stage);
        table.all.values().for_each(|guest| guest.tell(stage));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table().all.is_empty()
    }

    /// Counts an answer; where there are too many bytes of them, the connections go that hold most.
    pub(super) fn hold(&self, guest: &Guest, bytes: usize) {
        guest.hold(bytes);
        let before = self.unsent.fetch_add(bytes, Relaxed);
        if before + bytes > MAX_UNSENT_BYTES {
            self.table().relieve();
        }
    }

    pub(super) fn release(&self, guest: &Guest, bytes: usize) {
        guest.release(bytes);
        self.unsent.fetch_sub(bytes, Relaxed);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn of(&self, source: Source) -> usize {
        self.per_source.get(&source).copied().unwrap_or(0)
    }

    fn heaviest(&self) -> Option<Source> {
        self.per_source.iter().max_by_key(|(_, count)| **count).map(|(source, _)| *source)
    }

    fn insert(&mut self, guest: Arc<Guest>) -> u64 {
        self.next += 1;
        *self.per_source.entry(guest.source).or_default() += 1;
        self.all.insert(self.next, guest);
        self.next
    }

    /// It may have been taken out before it was told to go.
    fn remove(&mut self, number: u64) -> Option<Arc<Guest>> {
        let guest = self.all.remove(&number)?;
        if let Some(count) = self.per_source.get_mut(&guest.source) {
            *count -= 1;
            if *count == 0 {
                self.per_source.remove(&guest.source);
            }
        }
        Some(guest)
    }

    fn cut(&mut self, numbers: impl IntoIterator<Item = u64>) -> usize {
        let cut = numbers.into_iter().filter_map(|number| self.remove(number));
        cut.map(|guest| guest.tell(Stage::Cut)).count()
    }

    /// Cuts some of those that have waited longest.
    fn evict(&mut self, may_go: impl Fn(&Guest) -> bool) -> usize {
        let waiting = self.all.iter().filter(|(_, guest)| may_go(guest));
        let waiting = waiting.filter_map(|(number, guest)| Some((guest.waiting_since_ms()?, *number)));
        let mut waiting = waiting.collect::<Vec<_>>();
        waiting.sort_unstable();
        waiting.truncate(waiting.len().div_ceil(EVICTED_SHARE));
        self.cut(waiting.into_iter().map(|(_, number)| number))
    }

    fn sweep(&mut self) {
        let overdue = self.all.iter().filter(|(_, guest)| guest.is_overdue()).map(|(number, _)| *number);
        let overdue = overdue.collect::<Vec<_>>();
        self.cut(overdue);
        let blocked = self.all.iter().filter(|(_, guest)| guest.is_blocked());
        let mut blocked = blocked.map(|(number, guest)| (guest.waiting_since_ms(), *number)).collect::<Vec<_>>();
        if blocked.len() > MAX_BLOCKED {
            blocked.sort_unstable();
            blocked.truncate(blocked.len() - MAX_BLOCKED);
            self.cut(blocked.into_iter().map(|(_, number)| number));
        }
    }

    /// Where there are too many unsent bytes, cuts those that hold most until three quarters are left.
    fn relieve(&mut self) {
        let held = self.all.iter().map(|(number, guest)| (guest.unsent(), *number));
        let mut held = held.filter(|(unsent, _)| *unsent > 0).collect::<Vec<_>>();
        // Without those that were cut a moment ago and are counted until they have noticed.
        let mut bytes = held.iter().map(|(unsent, _)| unsent).sum::<usize>();
        if bytes <= MAX_UNSENT_BYTES {
            return;
        }
        held.sort_unstable_by_key(|(unsent, _)| Reverse(*unsent));
        for (unsent, number) in held {
            if bytes <= MAX_UNSENT_BYTES / 4 * 3 {
                break;
            }
            self.cut([number]);
            bytes -= unsent;
        }
    }
}

impl Place {
    pub(super) fn guest(&self) -> &Arc<Guest> {
        &self.guest
    }

    pub(super) fn guests(&self) -> &Arc<Guests> {
        &self.guests
    }
}

impl Deref for Place {
    type Target = Guest;

    fn deref(&self) -> &Guest {
        &self.guest
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.guests.table().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn source(last: u8) -> Source {
        Source::of(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn the_one_who_holds_most_makes_place_with_its_longest_idle() {
        let guests = Guests::new(40);
        let other = guests.enter(source(1)).unwrap();
        let many: Vec<_> = (0..39)
            .map(|moment| {
                guests.clock.set(moment);
                guests.enter(source(2)).unwrap()
            })
            .collect();
        many[0].begin(false);
        let newcomer = guests.enter(source(3)).unwrap();
        let cut: Vec<_> = many.iter().map(|place| place.stage() == Stage::Cut).collect();
        assert_eq!(cut.iter().filter(|cut| **cut).count(), 38_usize.div_ceil(EVICTED_SHARE));
        assert!(!cut[0] && cut[1] && !cut[38], "the first works, the last came just now");
        assert_ne!(other.stage(), Stage::Cut);
        drop(newcomer);
        drop(many);
        assert_eq!(guests.table().all.len(), 1);
        assert_eq!(guests.table().per_source.len(), 1);
    }

    #[test]
    fn nobody_who_works_is_cut_for_a_newcomer() {
        let guests = Guests::new(2);
        let working = [guests.enter(source(1)).unwrap(), guests.enter(source(2)).unwrap()];
        working.iter().for_each(|place| place.begin(false));
        assert!(guests.enter(source(3)).is_none());
        working[1].end();
        assert!(guests.enter(source(3)).is_some());
    }

    #[test]
    fn who_holds_most_unsent_bytes_goes_first() {
        let guests = Guests::new(9);
        let first = guests.enter(source(1)).unwrap();
        let second = guests.enter(source(2)).unwrap();
        guests.hold(&second, 1_000);
        guests.hold(&first, MAX_UNSENT_BYTES / 2);
        assert_ne!(first.stage(), Stage::Cut);
        guests.hold(&second, MAX_UNSENT_BYTES / 2);
        assert_eq!((first.stage(), second.stage()), (Stage::Serving, Stage::Cut));
        guests.hold(&first, 1_000);
        assert_eq!(first.stage(), Stage::Serving, "who was cut is counted no more");
    }

    #[test]
    fn of_too_many_that_take_no_bytes_those_go_that_took_none_for_longest() {
        let guests = Guests::new(MAX_CONNECTIONS);
        let blocked: Vec<_> = (0_u8..=255)
            .flat_map(|last| std::iter::repeat_n(last, 3))
            .enumerate()
            .map(|(moment, last)| {
                guests.clock.set(u64::try_from(moment).unwrap());
                let place = guests.enter(source(last)).unwrap();
                place.set_blocked(true);
                place
            })
            .collect();
        guests.table().sweep();
        let cut = blocked.iter().take_while(|place| place.stage() == Stage::Cut).count();
        assert_eq!(cut, blocked.len() - MAX_BLOCKED);
        assert!(blocked[cut..].iter().all(|place| place.stage() != Stage::Cut));
    }
}
