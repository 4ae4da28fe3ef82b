//! The client over real sockets, in front of a server whose answers the test gives: what it makes of
//! them, how its pool lends sessions, and what it does when the server fails it.

mod commands;
mod failures;
mod group;
mod original;
mod parts;
mod pool;
mod restart;
mod several;
mod support;
mod watch;
