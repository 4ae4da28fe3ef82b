//! The server's sockets: one that everyone knows, and the session ports where they are wanted.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use posto_session::{Port, Ports};
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::UdpSocket;

use crate::limits::{MAX_SESSION_PORTS, MAX_WORKERS, RECEIVE_BUFFER_BYTES};
use crate::meters::Meters;

/// `--session-ports`: on which ports sessions live (PROTOCOL §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionPorts {
    /// All on the server port, which passes NAT and firewalls.
    #[default]
    Shared,
    /// As the original does: on one of these ports, first and last included.
    Range {
        /// The first port.
        first: u16,
        /// The last port.
        last: u16,
    },
}

impl FromStr for SessionPorts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "shared" {
            return Ok(Self::Shared);
        }
        let ports = text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        let usable =
            |&(first, last): &(u16, u16)| 0 < first && first <= last && usize::from(last - first) < MAX_SESSION_PORTS;
        ports.filter(usable).map(|(first, last)| Self::Range { first, last }).ok_or_else(|| {
            format!(
                "expected `shared` or FIRST-LAST with 1 <= FIRST <= LAST <= 65535, at most {MAX_SESSION_PORTS} ports"
            )
        })
    }
}

impl fmt::Display for SessionPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared => f.write_str("shared"),
            Self::Range { first, last } => write!(f, "{first}-{last}"),
        }
    }
}

/// A socket could not be bound.
#[derive(Debug, Error)]
#[error("cannot bind UDP {address}: {cause}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What the system said.
    pub cause: io::Error,
}

/// The bound sockets of a server, shared out to its workers.
#[derive(Debug)]
pub struct Sockets {
    workers: Vec<WorkerSockets>,
    meters: Arc<Meters>,
}

/// The sockets of one worker: its share of the server port, and the session ports where there are any.
#[derive(Debug)]
pub(crate) struct WorkerSockets {
    server: UdpSocket,
    sessions: Vec<UdpSocket>,
}

impl Sockets {
    /// Binds the server port and every session port; port 0 lets the system choose. The server port
    /// is bound once for each worker: the kernel gives all of one peer's datagrams to the same one
    /// (SO_REUSEPORT). Session ports need all sessions in one place, and so one worker.
    ///
    /// # Errors
    /// The first address that cannot be bound, and why. Must be called inside a tokio runtime.
    pub fn bind(address: SocketAddr, sessions: SessionPorts, workers: usize) -> Result<Self, BindError> {
        let SessionPorts::Range { first, last } = sessions else { return Self::bind_shared(address, workers) };
        let server = bind(address)?;
        let addresses = (first..=last).map(|port| SocketAddr::new(address.ip(), port));
        let sessions = addresses.map(bind).collect::<Result<_, _>>()?;
        Ok(Self::of(vec![WorkerSockets { server, sessions }]))
    }

    fn bind_shared(address: SocketAddr, workers: usize) -> Result<Self, BindError> {
        // In a SO_REUSEPORT group a second server would join the first one unnoticed.
        drop(bind(address)?);
        let first = bind_as(address, true)?;
        let address = first.local_addr().map_err(|cause| BindError { address, cause })?;
        let others = (1..workers.min(MAX_WORKERS)).map(|_| bind_as(address, true));
        let servers = std::iter::once(Ok(first)).chain(others).collect::<Result<Vec<_>, _>>()?;
        let workers = servers.into_iter().map(|server| WorkerSockets { server, sessions: Vec::new() });
        Ok(Self::of(workers.collect()))
    }

    fn of(workers: Vec<WorkerSockets>) -> Self {
        Self { meters: Arc::new(Meters::new(workers.len())), workers }
    }

    /// What the workers of these sockets count, once [`crate::serve`] has them.
    #[must_use]
    pub fn meters(&self) -> Arc<Meters> {
        Arc::clone(&self.meters)
    }

    /// The address that clients are told.
    ///
    /// # Errors
    /// What the system said.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        match self.workers.first() {
            Some(worker) => worker.server.local_addr(),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    pub(crate) fn into_workers(self) -> Vec<WorkerSockets> {
        self.workers
    }
}

impl WorkerSockets {
    pub(crate) fn ports(&self) -> Ports {
        if self.sessions.is_empty() { Ports::Shared } else { Ports::Range(self.sessions.len()) }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (Port, &UdpSocket)> {
        let sessions = self.sessions.iter().enumerate().map(|(index, socket)| (Port::Session(index), socket));
        std::iter::once((Port::Server, &self.server)).chain(sessions)
    }

    pub(crate) fn get(&self, port: Port) -> &UdpSocket {
        match port {
            Port::Server => &self.server,
            Port::Session(index) => self.sessions.get(index).unwrap_or(&self.server),
        }
    }
}

/// A UDP socket with the receive buffer we want, as far as the system grants it.
pub(crate) fn bind(address: SocketAddr) -> Result<UdpSocket, BindError> {
    bind_as(address, false)
}

fn bind_as(address: SocketAddr, in_group: bool) -> Result<UdpSocket, BindError> {
    let bound = || {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        // Less than asked for is no error: the kernel's own limit stands.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
        socket.set_reuse_port(in_group)?;
        socket.bind(&address.into())?;
        UdpSocket::from_std(socket.into())
    };
    bound().map_err(|cause| BindError { address, cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ports_are_shared_or_a_range() {
        assert_eq!("shared".parse(), Ok(SessionPorts::Shared));
        assert_eq!("5001-5010".parse(), Ok(SessionPorts::Range { first: 5001, last: 5010 }));
        for bad in ["", "5001", "5010-5001", "0-5", "1-65536", "1-2000", "a-b"] {
            assert!(bad.parse::<SessionPorts>().is_err(), "{bad:?}");
        }
    }
}
