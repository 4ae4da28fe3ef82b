//! All faults at once, then none: everything finishes or fails by its deadline, and the next
//! request of everybody is answered.

use posto_tests::net::{Blackout, Executor, Faults, World, for_each_seed, per_mille};
use posto_tests::random::Random;

use super::load::{self, LOAD, Load};
use super::{ms, s};

/// Some of everything.
fn faults(random: &mut Random) -> Faults {
    let mut up_to = |most: u64| u32::try_from(random.below(most + 1)).expect("small");
    let (loss, repeat, reorder, straggle, corrupt) = (up_to(300), up_to(300), up_to(200), up_to(100), up_to(100));
    let dark = s(random.below(8));
    Faults {
        loss: per_mille(loss),
        repeat: per_mille(repeat),
        reorder: per_mille(reorder),
        straggle: per_mille(straggle),
        straggle_for: s(4),
        corrupt: per_mille(corrupt),
        flips: 1 + random.below(8),
        jitter: ms(random.below(100)),
        blackouts: vec![Blackout::Once { from: s(2), to: s(2) + dark }],
        ..Faults::none(ms(random.below(200)))
    }
}

#[test]
fn everything_at_once_and_then_it_heals() {
    for_each_seed("everything_at_once", 1200, |seed| {
        let mut random = Random::new(seed);
        let executor = Executor { slowest: ms(random.below(400)), refused: 50, lost: 20 };
        let mut world = World::v2(seed, faults(&mut random), executor);
        let psk = posto_session::Psk::from_bytes(&[7; 32]).filter(|_| seed % 3 == 0);
        world.client.psk = psk.clone();
        world.client.keep_alive = seed % 2 == 0;
        world.client.idle = (seed % 5 == 0).then(|| s(3));
        world.configure_server(|config| {
            config.psk = psk;
            config.max_in_flight = 3;
        });
        let load = Load { longest: 3000, ..LOAD };
        load::drive_with(&mut world, load, |world| {
            if world.chance(5) {
                world.restart_server();
            }
            if world.chance(5) {
                world.rebind(0);
            }
            if world.chance(2) {
                world.server.drain();
                world.run(ms(50));
                world.restart_server();
            }
        });
        let mut healed = world;
        heal_calmly(&mut healed);
    });
}

/// The executor still refuses and loses some: who is refused asks again.
fn heal_calmly(world: &mut World) {
    world.set_faults(Faults::none(ms(20)));
    world.run(s(30));
    for client in 0..world.clients.len() {
        if world.clients[client].client.is_closed() {
            world.reconnect(client, false);
            world.run(s(1));
        }
        assert!((0..8).any(|_| load::is_answered(world, client)), "client {client}: {:?}", world.asked.last());
    }
    load::check(world);
}
