//! Any bytes are a packet or a refusal; a packet written again reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use posto_wire::{limits, packet};

fuzz_target!(|bytes: &[u8]| {
    let Ok(received) = packet::parse(bytes) else { return };
    let written = received.packet.to_bytes();
    if written.len() <= limits::MAX_DATAGRAM {
        let again = packet::parse(&written).expect("what we write is a packet");
        assert_eq!(again.packet, received.packet);
        assert_eq!(again.packet.to_bytes(), written);
    }
});
