//! The load of v2's simulations: clients with several requests in the air, some of them not to be
//! asked twice, some with long answers.

use std::time::Duration;

use posto_tests::net::{Faults, Outcome, World};
use posto_wire::Object;

use super::{ms, s};

/// How much is asked, and how patiently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) clients: usize,
    /// By each client.
    pub(super) requests: usize,
    /// In the air at once, of each client.
    pub(super) together: usize,
    pub(super) patience: Duration,
    /// Longest answers, in bytes.
    pub(super) longest: u64,
}

pub(super) const LOAD: Load = Load { clients: 2, requests: 6, together: 3, patience: s(5), longest: 200 };

/// A run of this load over this link, until it has ended.
pub(super) fn run(seed: u64, faults: Faults, load: Load) -> World {
    let mut world = World::v2(seed, faults, crate::load::PROMPT);
    drive(&mut world, load);
    world
}

/// Connects the clients and lets them ask until all has ended.
pub(super) fn drive(world: &mut World, load: Load) {
    drive_with(world, load, |_| ());
}

/// The same; `each_step` may meddle, ten times a second.
pub(super) fn drive_with(world: &mut World, load: Load, mut each_step: impl FnMut(&mut World)) {
    let first = world.clients.len();
    for _ in 0..load.clients {
        world.connect();
    }
    for _ in 0..6000 {
        world.run_programs(ms(100), |world, client| step(world, client, load));
        each_step(world);
        let asked = |world: &World, client| world.asked.iter().filter(|asked| asked.client == client).count();
        let over = |world: &World, client| asked(world, client) >= load.requests;
        let ended = world.asked.iter().all(|asked| asked.ended.is_some());
        if ended && (first..world.clients.len()).all(|client| over(world, client)) {
            break;
        }
    }
    check(world);
}

fn step(world: &mut World, client: usize, load: Load) {
    if world.clients[client].client.is_closed() {
        world.reconnect(client, false);
    }
    if !world.clients[client].connected {
        return;
    }
    loop {
        let of_client = || world.asked.iter().filter(|asked| asked.client == client);
        let in_the_air = of_client().filter(|asked| asked.ended.is_none()).count();
        if of_client().count() >= load.requests || in_the_air >= load.together {
            return;
        }
        let length = u32::try_from(1 + world.random.below(load.longest)).expect("small");
        let repeatable = world.chance(700);
        let more = Object::new().with("tamanho", length);
        world.ask_for(client, load.patience, repeatable, more);
    }
}

/// What must be true after a run: everything has ended, and what could be executed only once was;
/// whatever was answered was executed. The world itself has asserted the rest at every step.
pub(super) fn check(world: &mut World) {
    for asked in &world.asked {
        assert!(asked.ended.is_some(), "never ended: {asked:?}");
        if let Some((_, Outcome::Answered(_))) = &asked.ended {
            let executed = world.executions.iter().filter(|execution| execution.data == asked.data && !execution.again);
            assert_eq!(executed.count(), 1, "{asked:?}");
        }
    }
    world.run(s(10));
    assert_eq!(world.server.requests_in_flight(), 0);
    assert!(world.clients.iter().all(|endpoint| endpoint.client.requests_in_flight() == 0));
}

/// Phase two: the link is whole again, and whoever asks is answered.
pub(super) fn heal(world: &mut World) {
    world.set_faults(Faults::none(ms(20)));
    world.run(s(30));
    for client in 0..world.clients.len() {
        if world.clients[client].client.is_closed() {
            world.reconnect(client, false);
            world.run(s(1));
        }
        assert!(is_answered(world, client), "client {client} at {:?}: {:?}", world.now, world.asked.last());
    }
    check(world);
}

/// Whether something asked now is answered within five seconds.
pub(super) fn is_answered(world: &mut World, client: usize) -> bool {
    let index = world.ask_for(client, s(5), true, Object::new());
    world.run(s(5));
    matches!(&world.asked[index].ended, Some((_, Outcome::Answered(_))))
}

/// How many requests were answered, of all.
pub(super) fn answered(world: &World) -> (usize, usize) {
    let answered = world.asked.iter().filter(|asked| matches!(&asked.ended, Some((_, Outcome::Answered(_)))));
    (answered.count(), world.asked.len())
}

/// Asserts that so many in a thousand were answered, in all runs together; of few runs it need not
/// be so.
pub(super) fn assert_answered((answered, asked): (usize, usize), least: usize) {
    assert!(asked < 500 || answered * 1000 >= asked * least, "{answered} of {asked}");
}
