//! What the fuzz targets assert of any bytes; `fuzz_targets/*` gives them libFuzzer's, `twin.rs`
//! (in `cargo test -p posto-tests --test fuzz`) seeded ones.

mod bytes;
mod sessions;

pub use bytes::{answer, command, datagram, packet};
pub use sessions::{Seen, sessions};
