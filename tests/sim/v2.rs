//! v2 under seeded faults (PROTOCOL §8): what must hold of each step is asserted by the world
//! (`World::v2`), what must hold of a whole run by [`load::check`].

mod amplification;
mod blackouts;
mod everything;
mod forged;
mod handshakes;
mod load;
mod loss;
mod parts;
mod paths;
mod resets;
mod table;
mod work;

use std::time::Duration;

use posto_tests::net::{Datagram, Faults, World};
use posto_wire::packet;
use posto_wire::v2::{Frame, Sealed, SessionId};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A path of 40 ms there and back.
fn path() -> Faults {
    Faults { jitter: ms(5), ..Faults::none(ms(20)) }
}

/// The session and frames of a datagram of v2.
fn frames(datagram: &Datagram) -> Option<(SessionId, Vec<Frame>)> {
    Sealed::of(&datagram.bytes)?.read().ok()
}

/// SYN, SYN+ACK, or what opens the session: a frame with `ext`.
fn is_handshake(datagram: &Datagram, which: u64) -> bool {
    let packet = packet::parse(&datagram.bytes).ok().map(|received| received.packet);
    match which {
        0 => packet.is_some_and(|packet| packet.syn && !packet.ack),
        1 => packet.is_some_and(|packet| packet.syn && packet.ack),
        _ => frames(datagram).is_some_and(|(_, frames)| frames.iter().any(|frame| frame.opening.is_some())),
    }
}

/// A world with one client whose session has been answered once.
fn open(seed: u64, faults: Faults) -> (World, usize) {
    let mut world = World::v2(seed, faults, crate::load::PROMPT);
    world.record = true;
    let client = world.connect();
    world.run(s(3));
    assert!(load::is_answered(&mut world, client));
    (world, client)
}
