//! Three servers on one replicated log, with real `nats-server` processes: faults, and what must hold
//! through them.

mod after;
mod chaos;
mod clients;
mod direct;
mod faults;
mod harness;
mod nats;
mod ports;
mod register;
mod support;
mod wire;
