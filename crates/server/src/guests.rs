//! How often those may report for whom nobody vouches, by address (`--open-writes limited`, PROTOCOL
//! §5.5). What a gateway hands on it has counted itself.

use std::net::IpAddr;
use std::time::Instant;

use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;
use posto_wire::command::Reporter;

use crate::limits::{ANONYMOUS_REPORTS, TIDY_GUESTS_EVERY};

/// The reports of each address, counted.
pub(crate) struct Guests {
    limiter: RateLimiter<Reporter, HashMapStateStore<Reporter>, DefaultClock>,
    tidied: Mutex<Instant>,
}

impl Default for Guests {
    fn default() -> Self {
        let limiter = RateLimiter::hashmap(Quota::per_minute(ANONYMOUS_REPORTS));
        Self { limiter, tidied: Mutex::new(Instant::now()) }
    }
}

impl Guests {
    /// Whether this address may report once more. Loopback always may. An address that has proved
    /// itself costs some bytes until it has all of its share again.
    pub(crate) fn may_report(&self, address: IpAddr) -> bool {
        if address.to_canonical().is_loopback() {
            return true;
        }
        let mut tidied = self.tidied.lock();
        if tidied.elapsed() >= TIDY_GUESTS_EVERY {
            self.limiter.retain_recent();
            *tidied = Instant::now();
        }
        drop(tidied);
        self.limiter.check_key(&Reporter::at(address)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_share_and_this_machine_has_no_end_of_it() {
        let (guests, share) = (Guests::default(), ANONYMOUS_REPORTS.get());
        let reports = |address: &str| guests.may_report(address.parse().unwrap());
        assert!((0..share).all(|_| reports("192.0.2.1")) && !reports("192.0.2.1"));
        assert!(reports("192.0.2.2"));
        assert!((0..share).all(|_| reports("2001:db8::1")) && !reports("2001:db8::2"), "the same /64");
        assert!((0..2 * share).all(|_| reports("127.0.0.1")));
    }
}
