//! The relay's clients: for each a socket of its own towards the server, so that the server sees
//! as many peers as there are.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::sockets::{Incoming, Reading};
use crate::limits::MAX_CLIENTS;

#[derive(Debug)]
pub(super) struct Clients {
    /// Our own side of the sockets towards the server, port 0.
    own: SocketAddr,
    reads: mpsc::Sender<Incoming>,
    clients: HashMap<SocketAddr, Client>,
}

#[derive(Debug)]
struct Client {
    last_heard: Instant,
    upstream: Reading,
}

impl Clients {
    pub(super) fn new(server: SocketAddr, reads: mpsc::Sender<Incoming>) -> Self {
        let own: IpAddr = match server.ip() {
            // From a loopback address to a loopback address: nothing else reaches these ports.
            IpAddr::V4(ip) if ip.is_loopback() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(ip) if ip.is_loopback() => Ipv6Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        Self { own: SocketAddr::new(own, 0), reads, clients: HashMap::new() }
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.clients.keys().copied().collect()
    }

    /// Where this client is new and there is no room for it, the one silent longest goes.
    pub(super) fn make_room(&mut self, client: SocketAddr) -> Option<SocketAddr> {
        if self.clients.contains_key(&client) || self.clients.len() < MAX_CLIENTS {
            return None;
        }
        let silent = self.clients.iter().min_by_key(|(_, client)| client.last_heard).map(|(address, _)| *address)?;
        self.clients.remove(&silent).map(|_| silent)
    }

    /// The socket of a client that was just heard, and whether it was made for it.
    pub(super) async fn socket(&mut self, now: Instant, client: SocketAddr) -> io::Result<(&UdpSocket, bool)> {
        let is_new = !self.clients.contains_key(&client);
        if is_new {
            let upstream = self.upstream(client).await?;
            self.clients.insert(client, Client { last_heard: now, upstream });
        }
        let known = self.clients.get_mut(&client).ok_or(io::ErrorKind::NotFound)?;
        known.last_heard = now;
        Ok((known.upstream.socket(), is_new))
    }

    /// Gives a client another port towards the server, and says which.
    pub(super) async fn rebind(&mut self, client: SocketAddr) -> io::Result<u16> {
        let upstream = self.upstream(client).await?;
        let port = upstream.address().port();
        if let Some(known) = self.clients.get_mut(&client) {
            known.upstream = upstream;
        }
        Ok(port)
    }

    async fn upstream(&self, client: SocketAddr) -> io::Result<Reading> {
        let mark = move |from, bytes| Incoming::Answered { client, from, bytes };
        Reading::bind(self.own, self.reads.clone(), mark).await
    }
}
