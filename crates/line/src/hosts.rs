//! How many connections there are, in all and of each host.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// The connections that are there.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Arc<Mutex<Counted>>);

#[derive(Debug)]
struct Counted {
    all: usize,
    of_host: HashMap<IpAddr, u32>,
    most: (usize, u32),
}

/// One connection's place; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    host: IpAddr,
    hosts: Hosts,
}

impl Hosts {
    /// Room for so many in all, and of one host.
    pub(crate) fn with_room_for(all: usize, of_one_host: u32) -> Self {
        Self(Arc::new(Mutex::new(Counted { all: 0, of_host: HashMap::new(), most: (all, of_one_host) })))
    }

    /// A place for a connection from this address, if there is room.
    pub(crate) fn place(&self, address: IpAddr) -> Option<Place> {
        let host = host(address);
        let mut counted = self.0.lock();
        let (most, most_of_host) = counted.most;
        if counted.all >= most || counted.of_host.get(&host).is_some_and(|count| *count >= most_of_host) {
            return None;
        }
        counted.all += 1;
        *counted.of_host.entry(host).or_default() += 1;
        Some(Place { host, hosts: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counted = self.hosts.0.lock();
        counted.all = counted.all.saturating_sub(1);
        let left = counted.of_host.get_mut(&self.host).map(|count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == Some(0) {
            counted.of_host.remove(&self.host);
        }
    }
}

/// What counts as one host: an IPv4 address, or the /64 that an IPv6 host has for itself.
fn host(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_its_share_and_places_come_back() {
        let hosts = Hosts::with_room_for(3, 2);
        let place = |address: &str| hosts.place(address.parse().unwrap());
        let first = place("2001:db8::1");
        let _second = place("2001:db8::2:1");
        assert!(place("2001:db8::3").is_none(), "the /64 has its two");
        let _third = place("192.0.2.1");
        assert!(place("192.0.2.2").is_none(), "there are three");
        drop(first);
        assert!(place("::ffff:192.0.2.1").is_some());
        assert_eq!(hosts.0.lock().of_host.len(), 2, "hosts without connections are forgotten");
    }
}
