//! The multicast group: its sockets, on the interfaces that are allowed.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

use crate::limits::{MAX_DATAGRAM, TTL};
use crate::message::{Message, Unreadable};

/// A multicast group and the interfaces on which it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its address and port; 224.3.29.71:5007 by default.
    pub address: SocketAddrV4,
    /// Our own addresses on those interfaces; empty: the one that the system chooses.
    pub interfaces: Vec<Ipv4Addr>,
}

/// A group that cannot be used.
#[derive(Debug, Error)]
pub enum GroupError {
    /// The address is none of a group.
    #[error("{0} is no multicast address (224.0.0.0 to 239.255.255.255)")]
    NotMulticast(Ipv4Addr),
    /// A socket could not be made.
    #[error("cannot use the group {address} on the interface of {interface}: {cause}")]
    Socket {
        /// The group.
        address: SocketAddrV4,
        /// Our own address there; 0.0.0.0 is the one that the system chooses.
        interface: Ipv4Addr,
        /// What the system said.
        cause: io::Error,
    },
}

impl Default for Group {
    fn default() -> Self {
        Self { address: SocketAddrV4::new(Ipv4Addr::new(224, 3, 29, 71), 5007), interfaces: Vec::new() }
    }
}

/// Sends to a group, on each of its interfaces.
#[derive(Debug)]
pub struct Sender {
    sockets: Vec<UdpSocket>,
    to: SocketAddrV4,
}

/// Hears a group.
#[derive(Debug)]
pub struct Receiver(UdpSocket);

impl Group {
    /// The way to whoever hears the group.
    ///
    /// # Errors
    /// [`GroupError`].
    pub fn sender(&self) -> Result<Sender, GroupError> {
        self.check()?;
        let made = |interface: Ipv4Addr| {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
            socket.set_multicast_ttl_v4(TTL)?;
            // Those on the same machine hear it too.
            socket.set_multicast_loop_v4(true)?;
            socket.set_multicast_if_v4(&interface)?;
            socket.bind(&SocketAddrV4::new(interface, 0).into())?;
            Ok(UdpSocket::from(socket))
        };
        let sockets = self.interfaces().into_iter().map(|ip| made(ip).map_err(|cause| self.failed(ip, cause)));
        Ok(Sender { sockets: sockets.collect::<Result<_, _>>()?, to: self.address })
    }

    /// Several receivers on one machine hear the same (SO_REUSEADDR, SO_REUSEPORT).
    ///
    /// # Errors
    /// [`GroupError`].
    pub fn receiver(&self) -> Result<Receiver, GroupError> {
        self.check()?;
        let bound = || {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
            socket.set_reuse_address(true)?;
            socket.set_reuse_port(true)?;
            // Bound to the group: what is sent to this machine alone is nothing of it.
            socket.bind(&self.address.into())?;
            Ok(socket)
        };
        let socket = bound().map_err(|cause| self.failed(Ipv4Addr::UNSPECIFIED, cause))?;
        for interface in self.interfaces() {
            let joined = socket.join_multicast_v4(self.address.ip(), &interface);
            joined.map_err(|cause| self.failed(interface, cause))?;
        }
        Ok(Receiver(socket.into()))
    }

    fn interfaces(&self) -> Vec<Ipv4Addr> {
        if self.interfaces.is_empty() { vec![Ipv4Addr::UNSPECIFIED] } else { self.interfaces.clone() }
    }

    fn check(&self) -> Result<(), GroupError> {
        let ip = *self.address.ip();
        if ip.is_multicast() { Ok(()) } else { Err(GroupError::NotMulticast(ip)) }
    }

    const fn failed(&self, interface: Ipv4Addr, cause: io::Error) -> GroupError {
        GroupError::Socket { address: self.address, interface, cause }
    }
}

impl Sender {
    /// Sends a remark to whoever hears it.
    ///
    /// # Errors
    /// What nobody would read, and what the system said, both as an [`io::Error`].
    pub fn send(&self, message: &Message) -> io::Result<()> {
        let bytes = message.to_bytes().map_err(io::Error::other)?;
        let mut outcome = Ok(());
        for socket in &self.sockets {
            // One interface that is down keeps the others from nothing.
            if let Err(error) = socket.send_to(&bytes, self.to) {
                outcome = Err(error);
            }
        }
        outcome
    }
}

impl Receiver {
    /// The next datagram, who sent it, and the remark in it; `None` where none came in time.
    ///
    /// # Errors
    /// What the system said.
    pub fn next(&self, patience: Option<Duration>) -> io::Result<Option<(SocketAddr, Result<Message, Unreadable>)>> {
        self.0.set_read_timeout(patience)?;
        let mut buffer = [0; MAX_DATAGRAM + 1];
        match self.0.recv_from(&mut buffer) {
            Ok((length, from)) => Ok(Some((from, Message::parse(buffer.get(..length).unwrap_or_default())))),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_one_machine_is_no_group() {
        let group = Group { address: "192.0.2.1:5007".parse().unwrap(), ..Group::default() };
        assert!(matches!(group.receiver(), Err(GroupError::NotMulticast(_))));
        assert!(matches!(group.sender(), Err(GroupError::NotMulticast(_))));
    }
}
