//! The clock and the socket, read: the only place where time and datagrams enter.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use tokio::net::UdpSocket;

use crate::limits::{DATAGRAMS_PER_LOOK, DATAGRAMS_PER_WAKE, READ_BYTES, TIME_PER_WAKE};
use crate::shortened::Shortened;

/// The moment that is handed to the state machines.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits until a moment, or for ever where there is none.
pub(crate) async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

/// Hands on what the socket holds: at most [`DATAGRAMS_PER_WAKE`] datagrams, for [`TIME_PER_WAKE`].
pub(crate) fn drain(socket: &UdpSocket, mut each: impl FnMut(SocketAddr, &[u8])) {
    let mut buffer = [0; READ_BYTES];
    let until = now() + TIME_PER_WAKE;
    for number in 0..DATAGRAMS_PER_WAKE {
        if number > 0 && number % DATAGRAMS_PER_LOOK == 0 && until <= now() {
            return;
        }
        match socket.try_recv_from(&mut buffer) {
            Ok((length, from)) => each(from, buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            // The fate of one datagram (an ICMP message, say) is not the socket's.
            Err(error) => tracing::debug!(%error, "a datagram could not be read"),
        }
    }
}

/// Sends a datagram, waiting for room in the kernel's buffer if need be. One that cannot be sent is
/// lost as on the network, and repeated by whoever misses it.
pub(crate) async fn send(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) {
    // Not `try_send_to`: a socket just made does not know yet that it is writable, and the first
    // SYN would be lost.
    if let Err(error) = socket.send_to(bytes, to).await {
        tracing::debug!(%error, to = %Shortened::from(to), "a datagram could not be sent");
    }
}
