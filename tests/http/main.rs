//! The HTTP API in front of the real server, as real processes: the same answers as over UDP, the
//! documented statuses, real prices.

mod italy;
mod search;
mod shapes;
mod trouble;
