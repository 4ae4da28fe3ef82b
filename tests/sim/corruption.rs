//! What v1's checksum is worth: how many damaged requests pass it. The sum of 8 bits is over the
//! text of the packet, so one flipped bit never passes; two pass where they cancel out.

use posto_tests::net::flip_bits;
use posto_tests::random::Random;
use posto_wire::{Object, Packet, packet};

/// Of so many requests damaged in this number of bits.
const TRIALS: usize = 20_000;

/// What became of the damaged ones.
#[derive(Debug, Default)]
struct Passed {
    /// No packet any more: dropped, and repeated after a time-out.
    unreadable: usize,
    /// The sum did not match: refused, and repeated at once.
    refused: usize,
    /// The sum matched, and something else was asked for.
    executed: usize,
}

fn damage(bits: u64) -> Passed {
    let mut random = Random::new(bits);
    let mut passed = Passed::default();
    for trial in 0..TRIALS {
        let data =
            Object::new().with("acao", "D").with("tipoCombustivel", "2").with("coordenadas", "(-22.0000;-23.1234)");
        let price = u32::try_from(1000 + trial % 9000).expect("small");
        let request = Packet::request(u64::from(price % 97), data.with("valor", price).into());
        let mut bytes = request.to_bytes();
        flip_bits(&mut random, &mut bytes, bits);
        match packet::parse(&bytes) {
            Err(_) => passed.unreadable += 1,
            Ok(received) if received.packet.checksum != Some(received.computed_checksum) => passed.refused += 1,
            Ok(received) => passed.executed += usize::from(received.packet != request),
        }
    }
    passed
}

/// The rows of the second table of `RESULTS.md`.
pub(crate) fn rows() -> String {
    let row = |bits| {
        let Passed { unreadable, refused, executed } = damage(bits);
        assert!(bits > 1 || executed == 0, "one bit always changes the sum");
        assert!(executed * 100 <= TRIALS, "{executed} of {TRIALS} with {bits} bits");
        format!("| {bits} | {unreadable} | {refused} | {executed} |\n")
    };
    (1..=4).map(row).collect()
}
