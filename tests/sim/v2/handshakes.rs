//! Handshakes of v2: what is lost, late or replayed in them costs time, and nothing else.

use posto_tests::net::{Faults, Filter, World, for_each_seed};
use posto_tests::random::Random;

use super::load::{self, LOAD, Load};
use super::{is_handshake, ms, open, path, s};
use crate::load::PROMPT;

/// Loses 30 % of all datagrams, three in a row on average (after Gilbert and Elliott).
fn bursts(seed: u64) -> Filter {
    let mut random = Random::new(seed);
    let mut bad = false;
    Box::new(move |_| {
        bad = if bad { random.below(1000) >= 333 } else { random.below(1000) < 143 };
        bad
    })
}

#[test]
fn fifty_handshakes_at_thirty_per_cent_burst_loss() {
    for_each_seed("fifty_handshakes", 40, |seed| {
        let mut world = World::v2(seed, path(), PROMPT);
        world.filter = Some(bursts(seed));
        load::drive(&mut world, Load { clients: 50, requests: 1, patience: s(20), ..LOAD });
        assert!(world.clients.iter().all(|endpoint| endpoint.connected));
        // Half of all attempts fail: of eleven in twenty seconds all do once in 2,000.
        assert!(load::answered(&world).0 >= 47);
    });
}

#[test]
fn each_handshake_packet_lost() {
    for_each_seed("each_handshake_packet_lost", 600, |seed| {
        let (which, mut times) = (seed % 3, 1 + seed / 3 % 3);
        let mut world = World::v2(seed, path(), PROMPT);
        world.filter = Some(Box::new(move |datagram| {
            let lost = times > 0 && is_handshake(datagram, which);
            times -= u64::from(lost);
            lost
        }));
        load::drive(&mut world, Load { clients: 1, requests: 2, ..LOAD });
        assert_eq!(load::answered(&world), (2, 2));
        assert_eq!((world.server.counters().opened, world.server.counters().resets, world.reopenings), (1, 0, 0));
    });
}

#[test]
fn each_handshake_packet_duplicated() {
    for_each_seed("each_handshake_packet_duplicated", 500, |seed| {
        let mut world = World::v2(seed, path(), PROMPT);
        world.record = true;
        load::drive_with(&mut world, Load { clients: 1, requests: 4, ..LOAD }, |world| {
            for index in 0..world.recorded.len().min(8) {
                if is_handshake(&world.recorded[index], seed % 3) {
                    let after = world.up_to(ms(300));
                    world.inject(world.recorded[index].clone(), after);
                }
            }
        });
        assert_eq!(load::answered(&world), (4, 4));
        assert_eq!((world.server.counters().opened, world.reopenings), (1, 0));
    });
}

/// Packet 3 and all that repeats it come only when N is too old: the session is opened again.
#[test]
fn a_handshake_delayed_past_the_cookie() {
    for_each_seed("a_handshake_delayed_past", 300, |seed| {
        let mut world = World::v2(seed, path(), PROMPT);
        world.record = true;
        world.filter = Some(Box::new(move |datagram| is_handshake(datagram, 2)));
        let client = world.connect();
        world.run(s(16));
        world.filter = None;
        let late: Vec<_> = world.recorded.iter().filter(|datagram| is_handshake(datagram, 2)).cloned().collect();
        assert!(!late.is_empty());
        late.into_iter().for_each(|datagram| world.inject(datagram, ms(1)));
        world.run(s(1));
        assert_eq!((world.server.sessions(), world.server.counters().opened), (0, 0));
        assert!(load::is_answered(&mut world, client));
        assert_eq!((world.reopenings, world.server.counters().opened), (1, 1));
        load::check(&mut world);
    });
}

#[test]
fn a_handshake_replayed_after_fin() {
    for_each_seed("a_handshake_replayed_after_fin", 400, |seed| {
        let (mut world, client) = open(seed, path());
        world.close(client);
        world.run(s(1));
        assert!(world.clients[client].client.is_closed());
        let executed = world.executions.len();
        for _ in 0..10 {
            let after = world.up_to(s(20));
            for datagram in world.recorded.clone() {
                world.inject(datagram, after);
            }
        }
        world.run(s(21));
        assert_eq!((world.server.sessions(), world.server.counters().opened), (0, 1));
        assert_eq!(world.executions.len(), executed);
    });
}

/// Both say their last word at once: FIN crosses answers, or is lost, or comes twice.
#[test]
fn simultaneous_fin() {
    for_each_seed("simultaneous_fin", 400, |seed| {
        let loss = posto_tests::net::per_mille(100 * u32::try_from(seed % 4).expect("small"));
        let faults = Faults { loss, repeat: loss, ..path() };
        let (mut world, client) = open(seed, path());
        world.set_faults(faults);
        for _ in 0..6 {
            world.ask(client, s(5));
        }
        let wait = world.up_to(ms(60));
        world.run(wait);
        world.close(client);
        world.run(s(40));
        assert!(world.clients[client].client.is_closed());
        assert_eq!(world.server.sessions(), 0, "said FIN, or was silent");
        load::check(&mut world);
    });
}
