//! Token buckets: so many at once, so many a second; one for all, or a fixed number shared by hosts.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Instant;

/// How fast something may happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// So many a second.
    pub per_second: f64,
    /// So many at once, after a pause.
    pub burst: f64,
}

/// One bucket. It starts full.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bucket {
    /// Taken and not yet filled up again.
    missing: f64,
    at: Option<Instant>,
}

impl Bucket {
    /// Takes a token, if there is one.
    pub(crate) fn take(&mut self, now: Instant, rate: Rate) -> bool {
        let passed = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.missing = (self.missing - passed * rate.per_second).max(0.0);
        self.at = Some(now);
        let taken = self.missing + 1.0 <= rate.burst;
        if taken {
            self.missing += 1.0;
        }
        taken
    }
}

/// Buckets of hosts in a table of fixed size: an address costs no memory. Hosts that fall on one
/// bucket share it; which do is secret.
#[derive(Debug)]
pub(crate) struct Buckets {
    secret: [u8; 32],
    rate: Rate,
    buckets: Box<[Bucket]>,
}

impl Buckets {
    /// This many buckets (at least one).
    pub(crate) fn new(count: usize, rate: Rate, secret: [u8; 32]) -> Self {
        Self { secret, rate, buckets: vec![Bucket::default(); count.max(1)].into() }
    }

    /// Takes a token of this host.
    pub(crate) fn take(&mut self, now: Instant, host: IpAddr) -> bool {
        let rate = self.rate;
        self.bucket((host, 0_u64)).is_some_and(|bucket| bucket.take(now, rate))
    }

    /// Takes a token of this number.
    pub(crate) fn take_number(&mut self, now: Instant, number: u64) -> bool {
        let rate = self.rate;
        self.bucket(number).is_some_and(|bucket| bucket.take(now, rate))
    }

    fn bucket(&mut self, of: impl Hash) -> Option<&mut Bucket> {
        let mut hasher = DefaultHasher::new();
        self.secret.hash(&mut hasher);
        of.hash(&mut hasher);
        let count = u64::try_from(self.buckets.len()).unwrap_or(u64::MAX);
        usize::try_from(hasher.finish() % count).ok().and_then(|index| self.buckets.get_mut(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, ms, start};

    const RATE: Rate = Rate { per_second: 50.0, burst: 3.0 };

    #[test]
    fn a_burst_is_taken_and_then_the_rate_holds() {
        let mut bucket = Bucket::default();
        let taken =
            |bucket: &mut Bucket, at| std::iter::repeat_with(|| bucket.take(at, RATE)).take_while(|it| *it).count();
        assert_eq!(taken(&mut bucket, start()), 3);
        assert_eq!(taken(&mut bucket, start() + ms(20)), 1);
        assert_eq!(taken(&mut bucket, start() + ms(59)), 1);
        assert_eq!(taken(&mut bucket, start() + ms(60_000)), 3);
    }

    #[test]
    fn hosts_have_buckets_of_their_own_and_the_table_does_not_grow() {
        let mut buckets = Buckets::new(64, RATE, [7; 32]);
        for _ in 0..4 {
            buckets.take(start(), at(1, 1).ip());
        }
        assert!(!buckets.take(start(), at(1, 2).ip()));
        let others = (2..34).filter(|host| buckets.take(start(), at(*host, 1).ip())).count();
        assert!(others >= 24, "{others}");
        assert_eq!(buckets.buckets.len(), 64);
    }
}
