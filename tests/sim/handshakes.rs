//! Handshakes under faults: what is lost or late in them costs time, and nothing else.

use std::time::Duration;

use posto_session::RequestError;
use posto_tests::net::{Datagram, Faults, Filter, World, for_each_seed, per_mille};

use crate::checks;
use crate::load::{self, LOAD, Load, PATIENCE, PROMPT};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Loses the first `count` handshake ACKs.
fn without_acks(mut count: u32) -> Filter {
    Box::new(move |datagram: &Datagram| {
        let is_ack = datagram.packet().is_some_and(|packet| packet.ack && !packet.syn && packet.is_empty());
        let lost = is_ack && count > 0;
        count -= u32::from(lost);
        lost
    })
}

#[test]
fn each_lost_handshake_ack_costs_one_round_trip() {
    for_each_seed("each_lost_handshake_ack", 40, |seed| {
        for lost in 0..=8 {
            let mut world = World::new(seed, Faults::none(ms(20)), PROMPT);
            world.filter = Some(without_acks(lost));
            let client = world.connect();
            world.run(ms(100));
            let first = world.ask(client, PATIENCE);
            world.run(PATIENCE);
            let (ended, _) = world.asked[first].ended.as_ref().expect("it ends");
            let latency = *ended - world.asked[first].at;
            assert!(latency <= ms(40) * (lost + 1) + PROMPT.slowest, "{lost} lost: {latency:?}");
            // It leaves nothing behind: the session is the first, and goes on without repeats.
            let second = world.ask(client, PATIENCE);
            world.run(PATIENCE);
            assert_eq!(world.asked[second].repeats, 0);
            assert!(checks::answer(&world.asked[second]).is_some());
            assert_eq!((world.server.counters().opened, world.server.sessions()), (1, 1));
            checks::check_once_over_all(&world);
        }
    });
}

#[test]
fn sessions_open_at_thirty_per_cent_loss() {
    for_each_seed("sessions_open_at_thirty", 300, |seed| {
        let mut world = World::new(seed, Faults { loss: per_mille(300), ..Faults::none(ms(20)) }, PROMPT);
        let client = world.connect();
        world.run(Duration::from_secs(25));
        assert!(world.clients[client].connected);
    });
}

/// The request overtakes the handshake ACK, or the SYN+ACK comes twice, or late.
#[test]
fn a_reordered_handshake_loses_no_request() {
    for_each_seed("a_reordered_handshake", 100, |seed| {
        let faults = Faults { repeat: per_mille(200), jitter: ms(400), ..Faults::none(ms(1)) };
        let load = Load { clients: 10, requests: 2, think: Duration::ZERO, ..LOAD };
        let world = load::run(seed, faults, PROMPT, load);
        checks::check_once_over_all(&world);
        assert!(world.asked.iter().all(|asked| checks::answer(asked).is_some()));
        assert_eq!(checks::failed(&world, RequestError::SessionLost), 0);
    });
}

#[test]
fn sessions_on_ports_of_their_own_keep_the_same_promises() {
    for_each_seed("sessions_on_ports_of_their_own", 20, |seed| {
        let faults = Faults { loss: per_mille(100), repeat: per_mille(100), jitter: ms(100), ..Faults::none(ms(10)) };
        let mut world = World::new(seed, faults, PROMPT);
        world.use_session_ports(3);
        load::drive(&mut world, LOAD);
        checks::check_once_over_all(&world);
        let answered = world.asked.iter().filter(|asked| checks::answer(asked).is_some()).count();
        assert!(answered * 100 >= world.asked.len() * 95, "{answered} of {}", world.asked.len());
    });
}
