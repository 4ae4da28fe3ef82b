//! Both state machines under any order of events: each byte of a script is something that the
//! network, the clock, a program or an attacker does next. What must hold is in `sessions/world.rs`.

mod seen;
mod world;

use std::time::Duration;

use posto_session::{ClientConfig, Protocol, Psk, ServerConfig};
use posto_wire::v2::Key;

use super::bytes::closed;
pub use seen::Seen;
use world::{Datagram, World};

/// How long an answer is: most are short, and one in sixteen is longer than any level takes.
const LENGTHS: [usize; 16] = [0, 0, 0, 0, 0, 0, 10, 10, 100, 700, 900, 1_150, 1_200, 3_000, 20_000, 70_000];

/// A script of events, byte by byte; where it ends, every further byte is 0.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number below this one, at most 256.
    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.next().unwrap_or(0)) % bound
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn taken(&mut self, most: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken.to_vec()
    }
}

/// Runs a script, then heals the network: everything must end in time.
pub fn sessions(bytes: &[u8]) -> Seen {
    let mut script = Script(bytes);
    let server = server_config(&mut script);
    let clients = [client_config(&mut script, 1), client_config(&mut script, 2)];
    let mut world = World::new(server, clients);
    while let Some(event) = script.next() {
        happen(&mut world, event, &mut script);
        world.settle();
    }
    world.heal()
}

fn psk(which: usize) -> Option<Psk> {
    [None, Psk::from_bytes(&[7; 32]), Psk::from_bytes(&[8; 32])].into_iter().nth(which).flatten()
}

fn server_config(script: &mut Script<'_>) -> ServerConfig {
    let mut config = ServerConfig::new([1; 32]);
    config.v1 = script.below(8) > 0;
    config.psk = psk(script.one_of(&[0, 0, 1, 1]));
    config.window = script.one_of(&[32, 1, 4, 256]);
    config.max_sessions = script.one_of(&[4, 1, 2]);
    config.max_in_flight = script.one_of(&[64, 64, 64, 1, 2, 0]);
    config.idle = Duration::from_millis(script.one_of(&[30_000, 1_000, 100]));
    config
}

fn client_config(script: &mut Script<'_>, seed: u64) -> ClientConfig {
    let mut config = ClientConfig::new(seed);
    config.protocol = script.one_of(&[Protocol::Any, Protocol::Any, Protocol::V2, Protocol::V1]);
    config.psk = psk(script.one_of(&[0, 0, 1, 2])).filter(|_| config.protocol != Protocol::V1);
    config.share_datagrams = script.below(4) > 0;
    config.keep_alive = script.below(2) > 0;
    config.idle = script.one_of(&[None, Some(Duration::from_secs(2)), Some(Duration::ZERO)]);
    config
}

/// One event. Good ones are more frequent than bad ones, or nothing would ever be answered.
fn happen(world: &mut World, event: u8, script: &mut Script<'_>) {
    let which = script.below(256);
    match event % 32 {
        0..=6 => (0..=which % 4).for_each(|more| world.ask(which % 2, more, which / 4)),
        7..=12 => (0..=which % 8).for_each(|_| world.deliver(0)),
        13 => world.deliver(which),
        14 => world.repeat(which),
        15 => world.lose(which),
        16 => world.damage(which, script.below(256) * 256 + script.below(256)),
        17 => world.replay(which),
        18 | 19 => world.wait(Duration::from_millis(script.one_of(&[1, 11, 50, 350, 1_000, 2_100, 6_000, 31_000]))),
        20 => world.wait_for_next_timeout(),
        21..=24 => world.answer(which, script.one_of(&LENGTHS)),
        25 => world.refuse(which),
        26 => world.close(which % 2),
        27 => world.restart(which),
        28 => world.move_client(which % 2),
        29 if which.is_multiple_of(4) => world.drain(),
        29 => world.open_again(which % 2),
        _ => attack(world, which, script),
    }
}

/// Somebody who reads every datagram sends one of their own: a changed one, rightly closed where
/// that takes no key, or just bytes.
fn attack(world: &mut World, which: usize, script: &mut Script<'_>) {
    let Some(Datagram { bytes, .. }) = world.recorded(which) else { return };
    let mut bytes = bytes.clone();
    let (place, cut) = (script.below(256) * bytes.len() / 256, script.below(24));
    let put = script.below(24);
    let end = (place + cut).min(bytes.len());
    bytes.splice(place..end, script.taken(put));
    if !which.is_multiple_of(3) {
        bytes = closed(&bytes, &Key::Crc);
    }
    world.forge(which, bytes);
}
