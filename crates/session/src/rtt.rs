//! The round-trip time of one path and the time-out that follows from it (PROTOCOL §6).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// RTT estimate after RFC 6298.
#[derive(Debug, Clone)]
pub(crate) struct Rtt {
    smoothed: Option<(Duration, Duration)>,
    least_timeout: Duration,
    /// The first time-out, where it follows from no measurement.
    fixed: Option<Duration>,
    /// Requests answered after a repeat since the last sample; each doubles the first time-out.
    doublings: u32,
}

/// Time-out before the first sample: QUIC's initial RTT (RFC 9002 §6.2.2), our choice.
const INITIAL_TIMEOUT: Duration = Duration::from_millis(333);
/// Longest time-out: a person waits.
const MOST_TIMEOUT: Duration = Duration::from_secs(2);
/// Granularity G of RFC 6298 (2.3).
const GRANULARITY: Duration = Duration::from_millis(1);

impl Rtt {
    /// The estimate for a path to this server: its least time-out is 20 ms on loopback and local
    /// networks, 100 ms elsewhere.
    pub(crate) fn towards(server: SocketAddr) -> Self {
        Self::new(Duration::from_millis(if is_near(server.ip()) { 20 } else { 100 }))
    }

    /// The same, but the first time-out is this one whatever is measured, if there is one.
    pub(crate) const fn beginning_with(self, fixed: Option<Duration>) -> Self {
        Self { fixed, ..self }
    }

    const fn new(least_timeout: Duration) -> Self {
        Self { smoothed: None, least_timeout, fixed: None, doublings: 0 }
    }

    /// One measured round trip, of a request sent only once (Karn's rule, RFC 6298 §3).
    pub(crate) fn sample(&mut self, round_trip: Duration) {
        self.doublings = 0;
        self.smoothed = Some(match self.smoothed {
            // RFC 6298 (2.2)
            None => (round_trip, round_trip / 2),
            // RFC 6298 (2.3): alpha 1/8, beta 1/4
            Some((smoothed, variation)) => {
                (smoothed * 7 / 8 + round_trip / 8, variation * 3 / 4 + smoothed.abs_diff(round_trip) / 4)
            }
        });
    }

    /// A request was answered after it had been repeated: that is no sample, so the next one waits
    /// longer before its first repeat until there is one (after RFC 6298 §5). Otherwise a path that
    /// became slower than the time-out would never be measured, and every request on it be sent
    /// twice for ever. The later repeats need not wait for that: half of them would come too late
    /// where 30 % are lost.
    pub(crate) fn back_off(&mut self) {
        self.doublings = self.doublings.saturating_add(1);
    }

    /// The retransmission time-out of a first transmission.
    pub(crate) fn timeout(&self) -> Duration {
        self.doubled(if self.fixed.is_some() { 0 } else { self.doublings })
    }

    /// The time-out after `repeats` retransmissions: doubled for each (RFC 6298 (5.5)).
    pub(crate) fn backed_off(&self, repeats: u32) -> Duration {
        self.doubled(repeats)
    }

    fn doubled(&self, times: u32) -> Duration {
        self.base().saturating_mul(1 << times.min(16)).min(MOST_TIMEOUT)
    }

    /// The time-out without any doubling.
    pub(crate) fn base(&self) -> Duration {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let Some((smoothed, variation)) = self.smoothed else { return INITIAL_TIMEOUT };
        (smoothed + (variation * 4).max(GRANULARITY)).clamp(self.least_timeout, MOST_TIMEOUT)
    }

    /// The smoothed round trip, once there is a sample.
    pub(crate) fn smoothed(&self) -> Option<Duration> {
        self.smoothed.map(|(smoothed, _)| smoothed)
    }
}

/// Loopback and private networks, where a round trip is far below 20 ms.
fn is_near(server: IpAddr) -> bool {
    match server.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn the_timeout_follows_the_samples_within_its_bounds() {
        let mut rtt = Rtt::new(MS(20));
        assert_eq!(rtt.timeout(), MS(333));
        rtt.sample(MS(100));
        assert_eq!(rtt.timeout(), MS(300));
        for _ in 0..100 {
            rtt.sample(MS(1));
        }
        assert_eq!(rtt.timeout(), MS(20));
        rtt.sample(Duration::from_secs(60));
        assert_eq!(rtt.timeout(), MS(2000));
    }

    #[test]
    fn a_fixed_beginning_is_doubled_and_never_measured() {
        let mut rtt = Rtt::new(MS(20)).beginning_with(Some(MS(100)));
        rtt.sample(MS(1));
        rtt.back_off();
        assert_eq!(rtt.timeout(), MS(100));
        assert_eq!([0, 1, 2, 3, 4].map(|repeats| rtt.backed_off(repeats)), [100, 200, 400, 800, 1600].map(MS));
    }

    #[test]
    fn each_repeat_doubles_the_timeout_up_to_two_seconds() {
        let mut rtt = Rtt::new(MS(20));
        assert_eq!([0, 1, 2, 3, 99].map(|repeats| rtt.backed_off(repeats)), [333, 666, 1332, 2000, 2000].map(MS));
        rtt.back_off();
        assert_eq!([rtt.timeout(), rtt.backed_off(1)], [666, 666].map(MS));
        rtt.sample(MS(100));
        assert_eq!(rtt.timeout(), MS(300));
    }
}
