//! The server's doors: reliable UDP, and the TCP line where there is one. Each hands its requests to
//! the same [`Service`], which does not care where they came from but for what their peer has proved.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use posto_session::Trust;
use posto_udp::{Notification, Shortened, Sockets};
use posto_wire::{Value, text};

use crate::access::V1Access;
use crate::remarks::Beside;
use crate::service::{Asker, Service};

/// Connections are numbered from here on where sessions of both doors meet: no UDP session has a number
/// as high.
const LINE_SESSIONS: u64 = 1 << 63;

/// Where a server is entered.
#[derive(Debug)]
pub struct Doors {
    /// Reliable UDP.
    pub udp: Sockets,
    /// The TCP line.
    pub line: Option<posto_line::Listener>,
}

impl From<Sockets> for Doors {
    fn from(udp: Sockets) -> Self {
        Self { udp, line: None }
    }
}

/// The way back through the door that a request came by.
pub(crate) enum Back {
    Udp(posto_udp::Reply),
    Line(posto_line::Reply),
}

impl Back {
    pub(crate) fn send(self, answer: Value) {
        match self {
            Self::Udp(reply) => reply.send(answer),
            Self::Line(reply) => reply.send(answer),
        }
    }

    /// The request waits for something that may not happen for long.
    pub(crate) fn park(&mut self) {
        match self {
            Self::Udp(reply) => reply.park(),
            // Nothing waits behind it but its own connection.
            Self::Line(_) => {}
        }
    }

    /// The request was not executed in time, and will not be.
    pub(crate) fn expired(self) {
        match self {
            Self::Udp(reply) => reply.expired(),
            Self::Line(reply) => reply.not_executed(),
        }
    }

    /// The request was not executed; it may be asked again.
    pub(crate) fn not_executed(self) {
        match self {
            Self::Udp(reply) => reply.not_executed(),
            Self::Line(reply) => reply.not_executed(),
        }
    }
}

/// The UDP door.
pub(crate) struct UdpDoor {
    pub(crate) service: Arc<Service>,
    /// Whether its socket is bound to loopback.
    pub(crate) loopback: bool,
}

impl posto_udp::Handler for UdpDoor {
    fn handle(&self, request: posto_udp::Request, reply: posto_udp::Reply) {
        let posto_udp::Request { peer, session, order } = request;
        let asker = |format| Asker {
            peer,
            session,
            format,
            trust: order.trust,
            loopback: self.loopback,
            deadline: order.deadline,
            room: order.answer_bytes,
            beside: Beside::default(),
            reply: Back::Udp(reply),
        };
        self.service.handle(&order.data, session, asker);
    }

    fn notify(&self, notification: Notification) {
        match notification {
            Notification::Opened { peer, session } => opened("udp", peer, session),
            Notification::Closed { peer, session, reason } => {
                self.service.waitings.end(session);
                closed("udp", peer, session, &reason);
            }
            Notification::Refused { worker, counters } => self.service.refusals.log(worker, *counters),
            Notification::KernelDropped { datagrams } => {
                tracing::warn!(datagrams, "the kernel dropped datagrams: the receive buffer was full");
            }
        }
    }
}

/// The door of the TCP line. Who comes by it has proved what a v1 session has: that it receives at its
/// address (PROTOCOL §9).
pub(crate) struct LineDoor {
    pub(crate) service: Arc<Service>,
    /// Whether its listener is bound to loopback.
    pub(crate) loopback: bool,
}

impl posto_line::Handler for LineDoor {
    fn handle(&self, request: posto_line::Request, reply: posto_line::Reply) {
        if self.service.access.v1 == V1Access::Off {
            return reply.send(text::V2_ONLY.into());
        }
        let posto_line::Request { peer, connection, data, answer_bytes } = request;
        let asker = |format| Asker {
            peer,
            session: LINE_SESSIONS + connection,
            format,
            trust: Trust::V1,
            loopback: self.loopback,
            deadline: None::<Instant>,
            room: answer_bytes,
            beside: Beside::default(),
            reply: Back::Line(reply),
        };
        self.service.handle(&data, connection, asker);
    }

    fn notify(&self, notification: posto_line::Notification) {
        match notification {
            posto_line::Notification::Opened { peer, connection } => opened("tcp", peer, connection),
            posto_line::Notification::Closed { peer, connection, reason } => {
                self.service.waitings.end(LINE_SESSIONS + connection);
                closed("tcp", peer, connection, &reason);
            }
            posto_line::Notification::Full { peer } => {
                tracing::warn!(peer = %Shortened::from(peer), "no room for another TCP connection");
            }
        }
    }
}

/// The words are those that the exercises of 2019 ask of a server's screen.
fn opened(door: &str, peer: SocketAddr, session: u64) {
    let peer = Shortened::from(peer);
    tracing::info!(%peer, session, door, "Host logado: {peer} às {}", clock_time());
}

fn closed(door: &str, peer: SocketAddr, session: u64, reason: &dyn std::fmt::Debug) {
    let peer = Shortened::from(peer);
    tracing::info!(%peer, session, door, ?reason, "Conexão encerrada às {}", clock_time());
}

/// The time of day by this machine's own clock: `19:46:34`.
fn clock_time() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}
