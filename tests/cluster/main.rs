//! Three servers on one replicated log, with real `nats-server` processes: faults, and what must hold
//! through them.

mod after;
mod away;
mod chaos;
mod clients;
mod clock;
mod direct;
mod faults;
mod figures;
mod fresh;
mod full;
mod harness;
mod ids;
mod nats;
mod ports;
mod register;
mod support;
mod wire;
