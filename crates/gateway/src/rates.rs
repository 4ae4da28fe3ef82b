//! How often one client may ask and report, and how each is told where it stands.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::code::Code;
use crate::limits::{ANONYMOUS_WRITES, MAX_RATE_KEYS, READS, TIDY_RATES_EVERY, TOKEN_WRITES};
use crate::problem::Problem;
use crate::source::Source;
use crate::visitor::Visitor;

/// How the answers name what is limited, after draft-ietf-httpapi-ratelimit-headers-10.
pub(crate) const POLICY_HEADER: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(crate) const STANDING_HEADER: HeaderName = HeaderName::from_static("ratelimit");

/// So many in a time, at once or spread over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: NonZeroU32,
    /// In which time.
    pub window: Duration,
}

impl Rate {
    /// So many a minute, at least one.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        let count = match NonZeroU32::new(count) {
            Some(count) => count,
            None => NonZeroU32::MIN,
        };
        Self { count, window: Duration::from_secs(60) }
    }

    /// What passes until one more is allowed.
    fn interval(self) -> Duration {
        (self.window / self.count.get()).max(Duration::from_nanos(1))
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    /// `30/m`, `5/s`, `1000/h`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (count, unit) = text.split_once('/')?;
            let seconds = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => return None,
            };
            let count = count.parse().ok().filter(|count: &NonZeroU32| count.get() <= 1_000_000)?;
            Some(Self { count, window: Duration::from_secs(seconds) })
        };
        read().ok_or("expected a number from 1 to 1000000 with /s, /m or /h, such as 30/m, or `none`")
    }
}

/// The limits; `None`: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateOptions {
    /// Requests that ask the server, of one address.
    pub reads: Option<Rate>,
    /// Reports without a token, of one address.
    pub writes: Option<Rate>,
    /// Reports with one token.
    pub token_writes: Option<Rate>,
}

impl Default for RateOptions {
    fn default() -> Self {
        Self { reads: Some(READS), writes: Some(ANONYMOUS_WRITES), token_writes: Some(TOKEN_WRITES) }
    }
}

/// Where a client stands with a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    policy: &'static str,
    rate: Rate,
    remaining: u32,
    /// Until all of it is there again, or where nothing is: until the next one.
    reset: Duration,
}

impl Standing {
    /// Tells it in the answer's headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let Self { policy, rate, remaining, reset } = self;
        let seconds = whole_seconds(*reset);
        let policy_text = format!("\"{policy}\";q={};w={}", rate.count, rate.window.as_secs());
        let standing = format!("\"{policy}\";r={remaining};t={seconds}");
        for (name, text) in [(POLICY_HEADER, policy_text), (STANDING_HEADER, standing)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}

/// Rounded up, so that nobody comes too early.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// The outcome of one more request: how the client stands now, and the problem where it was too much.
pub(crate) type Counted = (Option<Standing>, Result<(), Problem>);

/// The limits of all clients.
#[derive(Debug)]
pub(crate) struct Rates {
    reads: Option<Limit<Source>>,
    writes: Option<Limit<Source>>,
    token_writes: Option<Limit<Arc<str>>>,
}

impl Rates {
    pub(crate) fn new(options: RateOptions) -> Self {
        Self {
            reads: options.reads.map(|rate| Limit::new("reads", rate)),
            writes: options.writes.map(|rate| Limit::new("writes", rate)),
            token_writes: options.token_writes.map(|rate| Limit::new("token-writes", rate)),
        }
    }

    /// A request that asks the server.
    pub(crate) fn read(&self, visitor: Visitor) -> Counted {
        by_address(self.reads.as_ref(), visitor)
    }

    /// A report without a token, or with a wrong one.
    pub(crate) fn write(&self, visitor: Visitor) -> Counted {
        by_address(self.writes.as_ref(), visitor)
    }

    /// A report with a token, wherever it comes from.
    pub(crate) fn write_with_token(&self, name: &Arc<str>) -> Counted {
        self.token_writes.as_ref().map_or((None, Ok(())), |limit| limit.count(name, "this token"))
    }
}

fn by_address(limit: Option<&Limit<Source>>, visitor: Visitor) -> Counted {
    // Who sits at the machine has it anyway; a proxy there is told apart by --trusted-proxy.
    let Some(limit) = limit.filter(|_| !visitor.is_here()) else { return (None, Ok(())) };
    let source = visitor.source();
    let key = if limit.is_crowded() { source.around() } else { source };
    limit.count(&key, "this address")
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// One limit for each key.
struct Limit<K: Hash + Eq + Clone> {
    policy: &'static str,
    rate: Rate,
    clock: DefaultClock,
    limiter: Limiter<K>,
    tidied: Mutex<Tidied>,
}

#[derive(Debug, Clone, Copy)]
struct Tidied {
    at: Instant,
    is_crowded: bool,
}

impl<K: Hash + Eq + Clone> std::fmt::Debug for Limit<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limit").field("policy", &self.policy).field("rate", &self.rate).finish_non_exhaustive()
    }
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(policy: &'static str, rate: Rate) -> Self {
        let clock = DefaultClock::default();
        let each = Quota::with_period(rate.interval()).unwrap_or(Quota::per_second(rate.count));
        let limiter = Limiter::new(each.allow_burst(rate.count), HashMapStateStore::default(), clock.clone());
        let tidied = Mutex::new(Tidied { at: Instant::now(), is_crowded: false });
        Self { policy, rate, clock, limiter, tidied }
    }

    fn count(&self, key: &K, whose: &str) -> Counted {
        self.tidy();
        let standing = |remaining, reset| Standing { policy: self.policy, rate: self.rate, remaining, reset };
        match self.limiter.check_key(key) {
            Ok(snapshot) => {
                let remaining = snapshot.remaining_burst_capacity();
                let used = self.rate.count.get().saturating_sub(remaining);
                (Some(standing(remaining, self.rate.interval().saturating_mul(used))), Ok(()))
            }
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                let Rate { count, window } = self.rate;
                let detail = format!("{whose} has {count} {} in {} s", self.policy, window.as_secs());
                let problem = Problem::new(Code::TooManyRequests, &detail).retry_after(wait);
                (Some(standing(0, wait)), Err(problem))
            }
        }
    }

    /// Forgets, now and then, those who have all of theirs again.
    fn tidy(&self) {
        let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
        let due = tidied.at.elapsed() >= TIDY_RATES_EVERY;
        if due {
            self.limiter.retain_recent();
            *tidied = Tidied { at: Instant::now(), is_crowded: self.limiter.len() > MAX_RATE_KEYS };
        }
    }

    /// Whether there are so many that whole networks are counted as one.
    fn is_crowded(&self) -> bool {
        self.tidied.lock().unwrap_or_else(PoisonError::into_inner).is_crowded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Visitor {
        let peer = std::net::SocketAddr::new(address.parse().unwrap(), 9);
        Visitor::new(Some(peer), &HeaderMap::new(), &[])
    }

    fn headers(standing: Option<Standing>) -> Vec<String> {
        let mut headers = HeaderMap::new();
        standing.unwrap().write(&mut headers);
        headers.values().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn each_address_has_its_own_share_and_is_told_where_it_stands() {
        let rates = Rates::new(RateOptions { writes: Some(Rate::per_minute(2)), ..RateOptions::default() });
        let (first, one, other) = (rates.write(from("192.0.2.1")), from("192.0.2.1"), from("2001:db8::1"));
        assert_eq!(headers(first.0), ["\"writes\";q=2;w=60", "\"writes\";r=1;t=30"]);
        assert!(rates.write(one).1.is_ok());
        let (standing, refused) = rates.write(one);
        assert!(refused.is_err());
        assert_eq!(headers(standing), ["\"writes\";q=2;w=60", "\"writes\";r=0;t=30"]);
        assert!(rates.write(other).1.is_ok() && rates.write(from("2001:db8::2")).1.is_ok());
        assert!(rates.write(from("2001:db8::3")).1.is_err(), "the same /64");
        assert!(rates.read(one).1.is_ok(), "reading is another matter");
    }

    #[test]
    fn who_sits_at_the_machine_is_not_limited_and_a_token_is_wherever_it_is() {
        let one = Some(Rate::per_minute(1));
        let rates = Rates::new(RateOptions { reads: one, writes: one, token_writes: one });
        for _ in 0..3 {
            assert!(rates.write(from("127.0.0.1")).1.is_ok() && rates.read(from("::1")).1.is_ok());
        }
        let (ana, rui) = (Arc::from("ana"), Arc::from("rui"));
        assert!(rates.write_with_token(&ana).1.is_ok() && rates.write_with_token(&rui).1.is_ok());
        assert!(rates.write_with_token(&ana).1.is_err());
        let none = Rates::new(RateOptions { reads: None, writes: None, token_writes: None });
        assert!((0..9).all(|_| none.write(from("192.0.2.1")).1.is_ok()));
    }

    #[test]
    fn a_rate_is_a_number_and_a_time() {
        assert_eq!("30/m".parse(), Ok(Rate::per_minute(30)));
        assert_eq!("5/s".parse::<Rate>().unwrap().window, Duration::from_secs(1));
        for bad in ["", "30", "0/m", "-1/m", "1.5/s", "30/d", "1000001/s", "m/30"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }
}
