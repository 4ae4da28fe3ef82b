//! Requests that run while copies of them arrive, slow ones, and the ends of windows and numbers.

use posto_tests::net::{Datagram, Executor, Faults, World, for_each_seed, per_mille};
use posto_wire::Object;
use posto_wire::v2::{Frame, Key};

use super::load::{self, LOAD, Load};
use super::{frames, ms, open, path, s};
use crate::load::PROMPT;

#[test]
fn a_duplicate_while_running() {
    for_each_seed("a_duplicate_while_running", 400, |seed| {
        let faults = Faults { repeat: per_mille(1000), straggle: per_mille(300), straggle_for: ms(500), ..path() };
        let slow = Executor { slowest: ms(800), refused: 0, lost: 0 };
        let mut world = World::v2(seed, faults, slow);
        load::drive(&mut world, Load { clients: 1, ..LOAD });
        assert_eq!((load::answered(&world), world.executions.len()), ((6, 6), 6));
        assert!(world.server.counters().repeats > 0);
    });
}

/// What came before is sent again when the client has gone on: nothing runs, nothing is answered.
#[test]
fn a_duplicate_below_the_base() {
    for_each_seed("a_duplicate_below", 300, |seed| {
        let (mut world, client) = open(seed, path());
        let old = world.recorded.clone();
        assert!(load::is_answered(&mut world, client));
        let (executed, sent) = (world.executions.len(), world.recorded.len());
        old.into_iter()
            .filter(|datagram| frames(datagram).is_some())
            .for_each(|datagram| world.inject(datagram, ms(1)));
        world.run(s(1));
        assert_eq!((world.executions.len(), world.recorded.len()), (executed, sent));
    });
}

#[test]
fn a_slow_handler_is_announced_and_there_is_no_storm() {
    for_each_seed("a_slow_handler", 300, |seed| {
        let (mut world, client) = open(seed, Faults { loss: per_mille(20), ..path() });
        let sent = world.recorded.len();
        let takes = u32::try_from(500 + world.random.below(4000)).expect("small");
        for _ in 0..8 {
            world.ask_for(client, s(10), true, Object::new().with("demora_ms", takes));
        }
        world.run(s(11));
        let seconds = usize::try_from(takes / 1000).expect("small");
        // Each request and its early ACK, a probe a second and its early ACK, the answer; lost ones.
        let most = 8 * (2 + 2 * (seconds + 1) + 1 + 6);
        assert!(world.recorded.len() - sent <= most, "{} of {most}", world.recorded.len() - sent);
        assert!(world.server.counters().early_acks >= 8);
        load::check(&mut world);
    });
}

#[test]
fn some_requests_are_refused_and_some_are_lost() {
    for_each_seed("some_requests_are_refused", 300, |seed| {
        let executor = Executor { refused: 200, lost: 100, ..PROMPT };
        let mut world = World::v2(seed, Faults { loss: per_mille(50), ..path() }, executor);
        load::drive(&mut world, LOAD);
    });
}

/// A window of 256, and one request that is never answered: the numbers stop at `base` + 256 and go
/// on when it has ended.
#[test]
fn the_ends_of_window_and_numbers() {
    for_each_seed("the_ends_of_window", 15, |seed| {
        let mut world = World::v2(seed, path(), PROMPT);
        world.configure_server(|config| config.window = 256);
        let client = world.connect();
        world.run(s(1));
        world.filter = Some(Box::new(|datagram: &Datagram| {
            frames(datagram).is_some_and(|(_, frames)| frames.iter().any(|frame| frame.sequence == 1))
        }));
        world.clients[client].connected.then_some(()).expect("connected");
        world.ask(client, s(4));
        world.run(ms(5));
        for _ in 0..30 {
            for _ in 0..10 {
                world.ask(client, s(20));
            }
            world.run(ms(100));
        }
        let highest = world.executions.len();
        assert_eq!(highest, 255, "1 is lost each time, and 257 must wait");
        world.run(s(10));
        assert_eq!(load::answered(&world).0, 300);
        assert_eq!(world.server.counters().wrong_numbers, 0);
        load::check(&mut world);
    });
}

/// Somebody says, in the client's session, that all answers have arrived: what is in the air goes
/// unanswered, and that is all.
#[test]
fn an_optimistic_ack() {
    for_each_seed("an_optimistic_ack", 300, |seed| {
        let (mut world, client) = open(seed, path());
        let (session, _) = world.recorded.iter().rev().find_map(frames).expect("frames");
        for _ in 0..4 {
            world.ask_for(client, s(3), true, Object::new().with("demora_ms", 100_u32));
        }
        let base = 3 + world.random.below(1 << 50);
        let mut members = String::new();
        Frame { base, ..Frame::default() }.write(&mut members);
        let mut writer = posto_wire::v2::DatagramWriter::default();
        writer.push(&members);
        let bytes = writer.close(session, &Key::Crc);
        let (from, to) = (world.clients[client].address, world.server_address());
        world.inject(Datagram { from, to, bytes }, ms(50));
        world.run(s(4));
        load::check(&mut world);
        assert!(load::answered(&world).0 < world.asked.len());
    });
}
