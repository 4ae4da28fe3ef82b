//! The stateless cookie of a handshake: proof that a peer receives at its address, without memory
//! of it (PROTOCOL §3).

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::limits::COOKIE_LIFETIME;

const TICK_MILLIS: u128 = 8;
const TICK_BITS: u32 = 12;
const HASH_BITS: u32 = 40;

/// The moment a cookie was made, in ticks of 8 ms since the maker started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(u64);

/// Makes and checks cookies under a secret that lives as long as the process.
#[derive(Clone)]
pub struct CookieMaker {
    epoch: Instant,
    secret: [u8; 32],
}

impl CookieMaker {
    /// A maker whose ticks count from `epoch`.
    #[must_use]
    pub const fn new(epoch: Instant, secret: [u8; 32]) -> Self {
        Self { epoch, secret }
    }

    /// The 52-bit number N for this peer now: 12 bits of the tick, 40 bits of
    /// HMAC-SHA-256(secret, IP:port, nonce, tick). Never 0, which is what an original server sends.
    #[must_use]
    pub fn make(&self, now: Instant, peer: SocketAddr, nonce: &[u8]) -> u64 {
        let tick = self.tick(now);
        let cookie = self.assemble(tick, peer, nonce);
        // Once in 2^52 the number would be 0: the next tick's number is as good.
        if cookie == 0 { self.assemble(Tick(tick.0 + 1), peer, nonce) } else { cookie }
    }

    /// The tick at which this number was made for this peer; `None` where it never was, or more
    /// than 15 s ago.
    #[must_use]
    pub fn check(&self, now: Instant, peer: SocketAddr, nonce: &[u8], cookie: u64) -> Option<Tick> {
        let now = self.tick(now).0 + 1;
        let low = cookie >> HASH_BITS;
        let behind = now.wrapping_sub(low) & ((1 << TICK_BITS) - 1);
        let tick = Tick(now.checked_sub(behind)?);
        let age = Duration::from_millis(behind.saturating_mul(8));
        // Comparing the two numbers takes the same time whatever differs: they are integers.
        (age <= COOKIE_LIFETIME && self.assemble(tick, peer, nonce) == cookie).then_some(tick)
    }

    /// The id of the v2 session that this cookie opens: 64 bits of HMAC-SHA-256(secret, "session",
    /// IP:port, nonce, N).
    #[must_use]
    pub fn session(&self, peer: SocketAddr, nonce: &[u8], cookie: u64) -> u64 {
        self.digest(b"session", peer, cookie, nonce)
    }

    fn tick(&self, now: Instant) -> Tick {
        let millis = now.saturating_duration_since(self.epoch).as_millis();
        Tick(u64::try_from(millis / TICK_MILLIS).unwrap_or(u64::MAX >> 1))
    }

    fn assemble(&self, tick: Tick, peer: SocketAddr, nonce: &[u8]) -> u64 {
        let low = tick.0 & ((1 << TICK_BITS) - 1);
        low << HASH_BITS | self.hash(tick, peer, nonce) >> (64 - HASH_BITS)
    }

    fn hash(&self, tick: Tick, peer: SocketAddr, nonce: &[u8]) -> u64 {
        self.digest(b"", peer, tick.0, nonce)
    }

    fn digest(&self, label: &[u8], peer: SocketAddr, number: u64, nonce: &[u8]) -> u64 {
        let mut mac: Hmac<Sha256> =
            Hmac::new_from_slice(&self.secret).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(label);
        // The family first: an IPv4 address and the start of a nonce are no IPv6 address.
        match peer.ip() {
            IpAddr::V4(ip) => {
                mac.update(&[4]);
                mac.update(&ip.octets());
            }
            IpAddr::V6(ip) => {
                mac.update(&[6]);
                mac.update(&ip.octets());
            }
        }
        mac.update(&peer.port().to_be_bytes());
        mac.update(&number.to_be_bytes());
        mac.update(nonce);
        let bytes = mac.finalize().into_bytes();
        bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests;
