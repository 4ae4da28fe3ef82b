//! The addresses of a server that was named.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::ClientError;
use crate::limits::MAX_ADDRESSES;

/// What looking up a name comes to.
type Looked = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// How `host:port` becomes addresses: by default as the system does it.
#[derive(Clone)]
pub struct Resolver(Arc<dyn Fn(String) -> Looked + Send + Sync>);

impl Resolver {
    /// One that looks up names in its own way.
    pub fn new<F>(look_up: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        Self(Arc::new(move |name| Box::pin(look_up(name))))
    }

    /// The address of `host:port`, where one is enough.
    pub(super) async fn one(&self, server: &str) -> Result<SocketAddr, ClientError> {
        let addresses = self.all(server).await?;
        addresses.first().copied().ok_or_else(|| ClientError::Local(format!("{server} has no address")))
    }

    /// The addresses of `host:port` at which servers may be, as they were told.
    pub(super) async fn all(&self, server: &str) -> Result<Vec<SocketAddr>, ClientError> {
        let addresses = (self.0)(server.to_owned()).await;
        let addresses = addresses.map_err(|error| ClientError::Local(format!("cannot resolve {server}: {error}")))?;
        Ok(of_one_family(addresses))
    }
}

impl Default for Resolver {
    fn default() -> Self {
        Self::new(|name| async move { Ok(tokio::net::lookup_host(name).await?.collect()) })
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolver")
    }
}

/// Whether it is an address already, which is never looked up.
pub(super) fn is_address(server: &str) -> bool {
    server.parse::<SocketAddr>().is_ok()
}

/// Those of IPv4, or where there are none those of IPv6: a server listens on IPv4 by default, `localhost`
/// may name both, and the two of one machine are not two servers.
fn of_one_family(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let has_ipv4 = addresses.iter().any(SocketAddr::is_ipv4);
    let mut taken: Vec<SocketAddr> = Vec::new();
    for address in addresses.into_iter().filter(|address| address.is_ipv4() == has_ipv4) {
        if taken.len() < MAX_ADDRESSES && !taken.contains(&address) {
            taken.push(address);
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_addresses_those_of_ipv4_are_taken_each_once() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        for (named, taken) in [
            (
                &["[::1]:5000", "127.0.0.1:5000", "192.0.2.7:5000", "127.0.0.1:5000"][..],
                &["127.0.0.1:5000", "192.0.2.7:5000"][..],
            ),
            (&["[::1]:5000", "[2001:db8::7]:5000"], &["[::1]:5000", "[2001:db8::7]:5000"]),
            (&[], &[]),
        ] {
            assert_eq!(of_one_family(addresses(named)), addresses(taken));
        }
        let many = (0..99).map(|host| SocketAddr::from(([192, 0, 2, host], 5000))).collect();
        assert_eq!(of_one_family(many).len(), MAX_ADDRESSES);
    }
}
