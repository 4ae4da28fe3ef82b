//! Sessions over real sockets: [`posto_udp::connect`] in front of [`posto_udp::serve`], or of a peer
//! that is given its datagrams by hand. Which datagram is sent when is `posto-session`'s own test.

mod closing;
mod opening;
mod ports;
mod requests;
mod support;
mod v2;
