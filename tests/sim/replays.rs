//! Somebody records everything and sends it again, whenever he likes: nothing runs again.

use std::collections::HashSet;
use std::time::Duration;

use posto_tests::net::{Faults, World, for_each_seed, per_mille};

use crate::checks;
use crate::load::{self, LOAD, Load, PROMPT};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Sends some of what was recorded again, now or within two minutes.
fn replay(world: &mut World, count: u64) {
    for _ in 0..count.min(u64::try_from(world.recorded.len()).expect("few")) {
        let recorded = u64::try_from(world.recorded.len()).expect("few");
        let place = usize::try_from(world.random.below(recorded)).expect("few");
        let after = world.up_to(s(120));
        world.inject(world.recorded[place].clone(), after);
    }
}

fn recorded(seed: u64, load: Load) -> World {
    let faults = Faults {
        loss: per_mille(50),
        repeat: per_mille(50),
        jitter: Duration::from_millis(20),
        ..Faults::none(Duration::from_millis(5))
    };
    let mut world = World::new(seed, faults, PROMPT);
    world.record = true;
    load::drive_with(&mut world, load, |world| replay(world, 4));
    world
}

/// Sessions of many more requests than a server remembers answers of.
const LONG: Load = Load { clients: 3, requests: 80, think: Duration::from_millis(500), same_port: false };

#[test]
fn replayed_datagrams_execute_nothing_and_answer_nothing_wrongly() {
    for_each_seed("replayed_datagrams", 10, |seed| {
        let mut world = recorded(seed, LONG);
        checks::check_once_over_all(&world);
        assert_eq!(world.asked.len(), 240);
        let executed = world.executions.len();
        let longest =
            world.executions.iter().filter(|execution| execution.key.session == world.executions[0].key.session);
        assert!(longest.count() > 32, "or the test is too easy");
        // And after the clients have gone: at once, within the cookies' life, and much later.
        for client in 0..world.clients.len() {
            world.close(client);
        }
        for wait in [0, 1, 5, 14, 60, 600] {
            world.run(s(wait));
            let opened = world.server.counters().opened;
            let everything = world.recorded.clone();
            everything.into_iter().for_each(|datagram| world.inject(datagram, Duration::ZERO));
            world.run(s(1));
            assert_eq!((world.executions.len(), world.server.counters().opened), (executed, opened), "after {wait} s");
        }
        assert_eq!(world.server.sessions(), 0);
    });
}

/// v1's packets do not say of which session they are. A program that opened its next session on
/// the same port would see the old one's requests run in it, once; `posto-udp` takes a new port.
#[test]
fn on_the_same_port_a_replay_runs_once_in_a_session_at_most() {
    for_each_seed("on_the_same_port", 20, |seed| {
        let faults = Faults { jitter: Duration::from_millis(20), ..Faults::none(Duration::from_millis(5)) };
        let mut world = World::new(seed, faults, PROMPT);
        world.record = true;
        let client = world.connect();
        for _ in 0..4 {
            world.run(s(1));
            for _ in 0..10 {
                world.ask(client, load::PATIENCE);
                replay(&mut world, 3);
                world.run(s(1));
                if world.clients[client].client.is_closed() {
                    break;
                }
            }
            world.close(client);
            world.run(s(1));
            world.reconnect(client, true);
        }
        world.run(s(300));
        let mut ran = HashSet::new();
        for execution in &world.executions {
            let data = posto_wire::python::dumps(&execution.data);
            assert!(ran.insert((execution.key.session, data)), "twice in its session: {execution:?}");
        }
        checks::check_always(&world);
    });
}

#[test]
fn a_replayed_load_with_the_short_sessions_of_the_table() {
    for_each_seed("a_replayed_load", 15, |seed| checks::check_once_over_all(&recorded(seed, LOAD)));
}
