//! Ports for processes that are killed and come back to the same one: below those that the system gives
//! to whoever asks for any, so that nobody takes one meanwhile.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// Linux gives ports from 32768 on (`net.ipv4.ip_local_port_range`), and other programs are often found
/// below 11000.
const FIRST: u16 = 11_000;
const COUNT: u16 = 21_000;

/// An address on loopback where nobody listens, over TCP or UDP, given to nobody else here.
pub(crate) fn free() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Processes of the tests that run side by side begin far from each other.
    let begin = u16::try_from(u64::from(std::process::id()) * 7919 % u64::from(COUNT)).expect("below the count");
    loop {
        let port = FIRST + (begin + NEXT.fetch_add(1, Ordering::SeqCst) % COUNT) % COUNT;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}
