//! The server's side: connections let in, each a task of its own (`connection.rs`), commands handed
//! to the [`Handler`].

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use posto_wire::{Value, text};
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::connection::{self, Peer};
use crate::hosts::Hosts;
use crate::limits;

/// One command, to be executed once.
#[derive(Debug)]
pub struct Request {
    /// The peer.
    pub peer: SocketAddr,
    /// The number of its connection, from 1.
    pub connection: u64,
    /// `dados`.
    pub data: Value,
    /// Most bytes of the answer as JSON text.
    pub answer_bytes: usize,
}

/// What happened to a connection, or at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// A connection was let in.
    Opened {
        /// The peer.
        peer: SocketAddr,
        /// The connection's number.
        connection: u64,
    },
    /// A connection ended.
    Closed {
        /// The peer.
        peer: SocketAddr,
        /// The connection's number.
        connection: u64,
        /// Why.
        reason: CloseReason,
    },
    /// Nobody was let in: there were too many connections, in all or of one host.
    Full {
        /// Who was turned away.
        peer: SocketAddr,
    },
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The peer said `sair`.
    Left,
    /// The peer ended the connection.
    Ended,
    /// Nothing whole was heard for too long.
    Silent,
    /// The peer does not read its answers.
    SlowReader,
    /// A line was too long.
    TooLong,
    /// The peer speaks another protocol.
    Stranger,
    /// The server stops.
    Stopping,
}

/// Executes commands. Called on the connection's own task: what takes long answers later.
pub trait Handler: Send + Sync + 'static {
    /// Executes a command and answers it through `reply`, now or from elsewhere.
    fn handle(&self, request: Request, reply: Reply);

    /// Something happened to a connection.
    fn notify(&self, notification: Notification);
}

/// The way back of one command. Dropped unused, it tells that nobody knows what became of it.
#[derive(Debug)]
pub struct Reply(pub(crate) oneshot::Sender<Outcome>);

#[derive(Debug)]
pub(crate) enum Outcome {
    Answer(Value),
    NotExecuted,
}

impl Reply {
    /// Answers the command. Where its connection has gone nobody reads it.
    pub fn send(self, answer: Value) {
        let _ = self.0.send(Outcome::Answer(answer));
    }

    /// The command was not executed, for want of room or of time: its peer is told to try again.
    pub fn not_executed(self) {
        let _ = self.0.send(Outcome::NotExecuted);
    }
}

/// How connections are kept.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Most connections at once.
    pub connections: usize,
    /// Most of one host.
    pub of_one_host: u32,
    /// How long the next line may take to come whole.
    pub idle: Duration,
    /// How long an answer may take to be taken.
    pub write_patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: limits::MAX_CONNECTIONS,
            of_one_host: limits::MAX_CONNECTIONS_PER_HOST,
            idle: limits::IDLE,
            write_patience: limits::WRITE_PATIENCE,
        }
    }
}

/// A bound listener.
#[derive(Debug)]
pub struct Listener(TcpListener);

/// The listener could not be bound.
#[derive(Debug, Error)]
#[error("cannot bind TCP {address}: {cause}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What the system said.
    pub cause: io::Error,
}

impl Listener {
    /// Binds the address; port 0 lets the system choose. Connections of a server that was here before
    /// and still linger are no obstacle (SO_REUSEADDR), one that listens is. Must be called inside a
    /// tokio runtime.
    ///
    /// # Errors
    /// What the system said.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let bound = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(limits::BACKLOG)
        };
        bound().map(Self).map_err(|cause| BindError { address, cause })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system said.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves until `shutdown` is ready, then waits for the commands under way (5 s at most).
pub async fn serve(
    listener: Listener,
    options: Options,
    handler: Arc<impl Handler>,
    shutdown: impl Future<Output = ()>,
) {
    let hosts = Hosts::with_room_for(options.connections, options.of_one_host);
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut number = 0;
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.0.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "nobody can be let in over TCP");
                    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let Some(place) = hosts.place(peer.ip()) else {
            handler.notify(Notification::Full { peer });
            turn_away(&stream);
            continue;
        };
        number += 1;
        let peer = Peer { address: peer, connection: number };
        let (handler, stopped) = (Arc::clone(&handler), stopped.clone());
        connections.spawn(async move {
            connection::run(stream, peer, options, handler, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    stop.send_replace(true);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    // Whoever is not done by then loses its connection.
    let _ = tokio::time::timeout(limits::DRAIN, all_ended).await;
}

/// A word to who finds no room, if it goes out at once.
fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(format!("{}\n", text::SERVER_FULL).as_bytes());
}
