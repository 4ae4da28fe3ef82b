//! The load of the simulations: each client asks one thing after another, and opens a new session
//! where it lost the old one.

use std::time::Duration;

use posto_tests::net::{Executor, Faults, World};

/// How long a request may take (PROTOCOL §6, the default).
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// An executor that is done at once, or soon.
pub(crate) const PROMPT: Executor = Executor { slowest: Duration::from_millis(5), refused: 0, lost: 0 };

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) clients: usize,
    /// By each client.
    pub(crate) requests: usize,
    /// Longest pause of a client between an answer and its next request.
    pub(crate) think: Duration,
    /// A new session takes the place of the old one on the same port, as no program should do it.
    pub(crate) same_port: bool,
}

pub(crate) const LOAD: Load = Load { clients: 4, requests: 12, think: Duration::from_millis(200), same_port: false };

/// A run of this load until every request has ended, and of the network until it is empty.
pub(crate) fn run(seed: u64, faults: Faults, executor: Executor, load: Load) -> World {
    let mut world = World::new(seed, faults, executor);
    drive(&mut world, load);
    world
}

/// Connects the clients and lets them ask, for ten minutes.
pub(crate) fn drive(world: &mut World, load: Load) {
    drive_with(world, load, |_| ());
}

/// The same; `each_second` may meddle.
pub(crate) fn drive_with(world: &mut World, load: Load, mut each_second: impl FnMut(&mut World)) {
    world.think = load.think;
    for _ in 0..load.clients {
        world.connect();
    }
    for _ in 0..600 {
        world.run_programs(Duration::from_secs(1), |world, client| step(world, client, load));
        each_second(world);
    }
}

/// What a client's program does when something happened.
pub(crate) fn step(world: &mut World, client: usize, load: Load) {
    let of_client = || world.asked.iter().filter(|asked| asked.client == client);
    if of_client().any(|asked| asked.ended.is_none()) || of_client().count() >= load.requests {
        return;
    }
    if world.clients[client].client.is_closed() {
        world.reconnect(client, load.same_port);
    } else if world.clients[client].connected {
        world.ask(client, PATIENCE);
    }
}
