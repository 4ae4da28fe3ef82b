//! The address of a server that was named.

use std::net::SocketAddr;

use crate::error::ClientError;

/// The address of `host:port`.
pub(super) async fn resolve(server: &str) -> Result<SocketAddr, ClientError> {
    let addresses = tokio::net::lookup_host(server)
        .await
        .map_err(|error| ClientError::Local(format!("cannot resolve {server}: {error}")))?;
    prefer_ipv4(addresses).ok_or_else(|| ClientError::Local(format!("{server} has no address")))
}

/// A server listens on IPv4 by default, and `localhost` may name both.
fn prefer_ipv4(addresses: impl Iterator<Item = SocketAddr>) -> Option<SocketAddr> {
    let addresses: Vec<_> = addresses.collect();
    addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_addresses_the_first_of_ipv4_is_taken() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        for (named, taken) in [
            (&["[::1]:5000", "127.0.0.1:5000", "192.0.2.7:5000"][..], Some("127.0.0.1:5000")),
            (&["[::1]:5000", "[2001:db8::7]:5000"], Some("[::1]:5000")),
            (&[], None),
        ] {
            assert_eq!(prefer_ipv4(addresses(named).into_iter()), taken.map(|text| text.parse().unwrap()));
        }
    }
}
