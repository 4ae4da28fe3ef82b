//! Seats for listeners: so many in all, and so many for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::code::Code;
use crate::limits::{MAX_LISTENERS, MAX_LISTENERS_PER_ADDRESS};
use crate::problem::Problem;
use crate::source::Source;

/// All seats.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    taken: Mutex<HashMap<Option<Source>, usize>>,
    /// How many are taken in all.
    count: watch::Sender<usize>,
}

/// One seat, taken as long as this lives.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    source: Option<Source>,
}

impl Seats {
    /// Takes one.
    ///
    /// # Errors
    /// All are taken, or all that one address may have.
    pub(super) fn take(&self, peer: Option<IpAddr>) -> Result<Seat, Problem> {
        let source = peer.map(Source::of);
        let mut taken = self.taken();
        let of_source = taken.get(&source).copied().unwrap_or(0);
        if *self.0.count.borrow() >= MAX_LISTENERS {
            return Err(Problem::new(Code::Busy, "as many listen to events as can"));
        }
        if of_source >= MAX_LISTENERS_PER_ADDRESS {
            let detail = format!("at most {MAX_LISTENERS_PER_ADDRESS} streams of events go to one address");
            return Err(Problem::new(Code::Busy, &detail));
        }
        taken.insert(source, of_source + 1);
        self.0.count.send_modify(|count| *count += 1);
        Ok(Seat { seats: self.clone(), source })
    }

    pub(super) fn is_empty(&self) -> bool {
        *self.0.count.borrow() == 0
    }

    /// Ready when nobody has sat here for so long.
    pub(super) async fn empty_for(&self, time: Duration) {
        let mut count = self.0.count.subscribe();
        loop {
            // The sender lives as long as this does.
            let _ = count.wait_for(|count| *count == 0).await;
            if timeout(time, count.wait_for(|count| *count > 0)).await.is_err() {
                return;
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Option<Source>, usize>> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        match taken.get_mut(&self.source) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.source)),
        }
        self.seats.0.count.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn one_address_has_its_share_and_who_leaves_makes_room() {
        let seats = Seats::default();
        let mut taken: Vec<_> = (0..MAX_LISTENERS_PER_ADDRESS).map(|_| seats.take(address(1)).ok().unwrap()).collect();
        assert!(seats.take(address(1)).is_err() && seats.take(address(2)).is_ok());
        taken.pop();
        assert!(seats.take(address(1)).is_ok());
        drop(taken);
        assert!(seats.is_empty() && seats.taken().is_empty());
    }

    #[test]
    fn all_together_have_so_many() {
        let seats = Seats::default();
        let addresses = (0_u8..=255).flat_map(|last| std::iter::repeat_n(last, MAX_LISTENERS_PER_ADDRESS));
        let taken: Vec<_> = addresses.map_while(|last| seats.take(address(last)).ok()).collect();
        assert_eq!(taken.len(), MAX_LISTENERS);
        drop(taken);
        assert!(seats.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_empty_for_so_long_only_if_nobody_came_meanwhile() {
        let seats = Seats::default();
        let started = tokio::time::Instant::now();
        let visitor = seats.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(40)).await;
            let seat = visitor.take(None);
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(seat);
        });
        seats.empty_for(Duration::from_secs(60)).await;
        assert_eq!(started.elapsed().as_secs(), 105);
    }
}
