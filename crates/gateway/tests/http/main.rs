//! The gateway in front of a fake server that answers what each test wants: no HTTP port, one UDP
//! port chosen by the system.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that unwraps fails the test that called it")]

mod bad_input;
mod envelope;
mod events;
mod flag;
mod methods;
mod page;
mod positions;
mod problems;
mod report;
mod representations;
mod search;
mod serving;
mod support;
mod survey;
