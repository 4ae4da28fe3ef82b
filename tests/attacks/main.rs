//! What those meet who mean no good, and what the others notice of it: slow, many, long, broken and
//! unread connections against a real `posto up`; TLS; and the end under load.
//!
//! While an attack runs, others ask as ever: each of their requests must be answered, at least nine of
//! ten with 200. How long that took (p99), and the most memory that the process had, is printed; the memory must stay
//! below 200 MB.

mod bodies;
mod drain;
mod frozen;
mod fuzz;
mod headers;
mod http2;
mod idle;
mod requests;
mod slow;
mod support;
mod tls;
mod unread;
