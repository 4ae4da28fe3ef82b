//! What the tests of the whole product share: real processes, the captures of the original, a
//! small HTTP client, seeded randomness, and the lossy link in virtual time (`net.rs`).
#![allow(clippy::missing_panics_doc, reason = "a test's helper panics where the test should fail")]

pub mod captures;
pub mod http;
pub mod net;
pub mod process;
pub mod random;
pub mod seeds;
