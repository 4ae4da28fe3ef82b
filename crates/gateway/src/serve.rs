//! The accept loop: HTTP/1 and HTTP/2 on one port, with limits on what a connection may keep, and
//! an end that loses no request.
//!
//! How many there are and who has to go: `serve/guests.rs`; one connection's account:
//! `serve/guest.rs`, its life: `serve/connection.rs`; an answer on its way out: `serve/answer.rs`.

mod answer;
mod connection;
mod guest;
mod guests;
mod refusal;
mod stream;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) use connection::Leaving;
use connection::Service;
use guest::Stage;
use guests::Guests;

use crate::limits::{ACCEPT_PAUSE, DRAIN_TIMEOUT, LEAVE_TIME, MAX_CONNECTIONS, SOCKET_BUFFER_BYTES};
use crate::source::Source;
use crate::tls::Tls;

/// Where connections come in, and how.
#[derive(Debug)]
pub struct Entrance {
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    connections: usize,
}

impl From<TcpListener> for Entrance {
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: None, connections: MAX_CONNECTIONS }
    }
}

impl Entrance {
    /// With TLS.
    #[must_use]
    pub fn with_tls(self, tls: Option<Arc<Tls>>) -> Self {
        Self { tls, ..self }
    }

    /// With room for so many connections, where that is less than [`MAX_CONNECTIONS`].
    #[must_use]
    pub fn with_connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }
}

/// Serves until `shutdown` is ready. Then `/readyz` says so and answers close their connection, for
/// [`LEAVE_TIME`] or until nobody is connected; then it takes no more connections, and waits for the
/// requests under way, [`DRAIN_TIMEOUT`] at most.
pub async fn serve(entrance: impl Into<Entrance>, app: Router, shutdown: impl Future<Output = ()>) {
    let Entrance { listener, tls, connections } = entrance.into();
    bound_buffers(&listener);
    let guests = Guests::new(connections);
    let mut house = House { service: Service::new(app), tls, guests, tasks: JoinSet::new() };
    house.tasks.spawn(Arc::clone(&house.guests).sweep());
    house.receive(&listener, shutdown).await;

    house.guests.tell(Stage::Leaving);
    let guests = Arc::clone(&house.guests);
    let all_left = async move {
        while !guests.is_empty() {
            tokio::time::sleep(ACCEPT_PAUSE / 10).await;
        }
    };
    house.receive(&listener, async { drop(tokio::time::timeout(LEAVE_TIME, all_left).await) }).await;

    drop(listener);
    house.guests.tell(Stage::Closing);
    let ended = async {
        while !house.guests.is_empty() {
            house.tasks.join_next().await;
        }
    };
    // Those that are not done by then are cut when their set is dropped.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, ended).await;
}

/// Connections have the buffers of their listener.
fn bound_buffers(listener: &TcpListener) {
    let socket = SockRef::from(listener);
    let bounded = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
    if let Err(error) = bounded.and_then(|()| socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES)) {
        tracing::warn!(%error, "the kernel's buffers stay as large as it likes");
    }
}

struct House {
    service: Service,
    tls: Option<Arc<Tls>>,
    guests: Arc<Guests>,
    tasks: JoinSet<()>,
}

impl House {
    /// Takes connections in until `end` is ready.
    async fn receive(&mut self, listener: &TcpListener, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.take_in(stream, peer),
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                // The sweeper is always among the tasks, so there is always one to wait for.
                _ = self.tasks.join_next() => {}
                () = &mut end => return,
            }
        }
    }

    fn take_in(&mut self, stream: TcpStream, peer: SocketAddr) {
        // Without it answers wait up to 40 ms for the peer's acknowledgement; no error worth a word.
        let _ = stream.set_nodelay(true);
        let Some(place) = self.guests.enter(Source::of(peer.ip())) else {
            // As much as the socket takes at once: nobody waits for those who are not served.
            let _ = stream.try_write(refusal::FULL.as_bytes());
            return;
        };
        let service = self.service.clone();
        match &self.tls {
            None => self.tasks.spawn(connection::plain(stream, peer, service, place)),
            Some(tls) => self.tasks.spawn(connection::secure(stream, peer, tls.acceptor(), service, place)),
        };
    }
}
