//! The relay's sockets, each read by a task of its own that ends with it; and its doors: the
//! sockets that clients send to, one for each port of the server that answered.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::limits::{MAX_SERVER_PORTS, READ_BYTES};

/// A datagram that was read.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A client sent it.
    Asked {
        /// The server's port that it is for.
        server_port: u16,
        /// The client.
        client: SocketAddr,
        bytes: Vec<u8>,
    },
    /// It came to the port that stands for a client.
    Answered {
        /// The client.
        client: SocketAddr,
        /// Who sent it: the server, or anyone.
        from: SocketAddr,
        bytes: Vec<u8>,
    },
}

/// A socket that is read until this is dropped.
#[derive(Debug)]
pub(super) struct Reading {
    socket: Arc<UdpSocket>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Reading {
    /// Binds a socket and hands on what comes there, as `mark` makes it.
    pub(super) async fn bind(
        address: SocketAddr,
        reads: mpsc::Sender<Incoming>,
        mark: impl Fn(SocketAddr, Vec<u8>) -> Incoming + Send + 'static,
    ) -> io::Result<Self> {
        let socket = Arc::new(UdpSocket::bind(address).await?);
        let address = socket.local_addr()?;
        let task = tokio::spawn(read(Arc::clone(&socket), reads, mark));
        Ok(Self { socket, address, task })
    }

    pub(super) fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(socket: Arc<UdpSocket>, reads: mpsc::Sender<Incoming>, mark: impl Fn(SocketAddr, Vec<u8>) -> Incoming) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, from)) => {
                let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                if reads.send(mark(from, bytes)).await.is_err() {
                    return; // the relay has stopped
                }
            }
            // The fate of one datagram (an ICMP message, say) is not the socket's; a socket that
            // says nothing else must not keep a core busy.
            Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
}

/// Where clients send to. A server may go on with a session on another port than it began (v1's
/// session ports): each such port gets a door of its own, so that clients see it change too.
#[derive(Debug)]
pub(super) struct Doors {
    address: SocketAddr,
    /// By the server's port.
    doors: HashMap<u16, Reading>,
}

impl Doors {
    /// The first door, which stands for this port of the server.
    pub(super) async fn open(
        address: SocketAddr,
        server_port: u16,
        reads: &mpsc::Sender<Incoming>,
    ) -> io::Result<Self> {
        let door = door(address, server_port, reads).await?;
        Ok(Self { address: door.address(), doors: HashMap::from([(server_port, door)]) })
    }

    /// That of the first door.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The door for a port of the server, made if need be.
    pub(super) async fn of(&mut self, server_port: u16, reads: &mpsc::Sender<Incoming>) -> io::Result<&UdpSocket> {
        if !self.doors.contains_key(&server_port) {
            if self.doors.len() >= MAX_SERVER_PORTS {
                return Err(io::Error::other(format!("the server answers from over {MAX_SERVER_PORTS} ports")));
            }
            let door = door(SocketAddr::new(self.address.ip(), 0), server_port, reads).await?;
            self.doors.insert(server_port, door);
        }
        self.doors.get(&server_port).map(Reading::socket).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

async fn door(address: SocketAddr, server_port: u16, reads: &mpsc::Sender<Incoming>) -> io::Result<Reading> {
    let mark = move |client, bytes| Incoming::Asked { server_port, client, bytes };
    Reading::bind(address, reads.clone(), mark).await
}
