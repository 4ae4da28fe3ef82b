//! A server made known on the local network, and found there: DNS-SD over multicast DNS (RFC 6762,
//! RFC 6763), service `_posto._udp`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent, ServiceInfo};
use thiserror::Error;

use crate::limits::FIND_PATIENCE;

const SERVICE: &str = "_posto._udp.local.";

/// Multicast DNS cannot be used.
#[derive(Debug, Error)]
#[error("cannot use multicast DNS: {0}")]
pub struct DiscoveryError(#[from] mdns_sd::Error);

/// A server that is made known; not any more when this is dropped.
pub struct Announced {
    daemon: ServiceDaemon,
    name: String,
}

/// Makes the server on this port known, on these interfaces (by our own addresses; none: all of them).
///
/// # Errors
/// [`DiscoveryError`].
pub fn announce(name: &str, address: SocketAddr, interfaces: &[Ipv4Addr]) -> Result<Announced, DiscoveryError> {
    let daemon = daemon(interfaces)?;
    let host = format!("{name}.local.");
    let ip = if address.ip().is_unspecified() { String::new() } else { address.ip().to_string() };
    let info = ServiceInfo::new(SERVICE, name, &host, ip.as_str(), address.port(), &[("proto", "posto")][..])?;
    let info = if ip.is_empty() { info.enable_addr_auto() } else { info };
    let name = info.get_fullname().to_owned();
    daemon.register(info)?;
    Ok(Announced { daemon, name })
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Whoever has cached it forgets it by itself.
        if let Ok(gone) = self.daemon.unregister(&self.name) {
            let _ = gone.recv_timeout(std::time::Duration::from_millis(200));
        }
        let _ = self.daemon.shutdown();
    }
}

/// The first server that makes itself known, if one does in time. Anyone on the network can.
///
/// # Errors
/// [`DiscoveryError`].
pub fn find(interfaces: &[Ipv4Addr]) -> Result<Option<SocketAddr>, DiscoveryError> {
    let daemon = daemon(interfaces)?;
    let events = daemon.browse(SERVICE)?;
    let until = Instant::now() + FIND_PATIENCE;
    let mut found = None;
    while let Ok(event) = events.recv_deadline(until) {
        if let ServiceEvent::ServiceResolved(service) = event {
            // IPv4 first: the original server, and ours by default, listen there.
            let mut addresses: Vec<IpAddr> = service.get_addresses_v4().into_iter().map(IpAddr::V4).collect();
            addresses.sort_unstable();
            if let Some(ip) = addresses.first() {
                found = Some(SocketAddr::new(*ip, service.get_port()));
                break;
            }
        }
    }
    let _ = daemon.shutdown();
    Ok(found)
}

fn daemon(interfaces: &[Ipv4Addr]) -> Result<ServiceDaemon, DiscoveryError> {
    let daemon = ServiceDaemon::new()?;
    if !interfaces.is_empty() {
        daemon.disable_interface(IfKind::All)?;
        for ip in interfaces {
            daemon.enable_interface(IfKind::Addr(IpAddr::V4(*ip)))?;
        }
    }
    Ok(daemon)
}
