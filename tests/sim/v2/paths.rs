//! Round trips that are long, or change: what is not lost is not sent twice for ever.

use posto_tests::net::{Faults, World, for_each_seed};

use super::{load, ms, open, s};
use crate::load::PROMPT;

/// Asks one thing after another; returns how often each was repeated.
fn repeats(world: &mut World, client: usize, count: usize) -> Vec<u32> {
    let ask = |world: &mut World| {
        let index = world.ask(client, s(5));
        while world.asked[index].ended.is_none() {
            world.run(ms(10));
        }
        world.asked[index].repeats
    };
    (0..count).map(|_| ask(world)).collect()
}

#[test]
fn a_round_trip_above_the_initial_timeout_does_not_repeat_endlessly() {
    for_each_seed("a_round_trip_above", 300, |seed| {
        let one_way = ms(170 + seed % 430);
        let mut world = World::v2(seed, Faults { jitter: ms(10), ..Faults::none(one_way) }, PROMPT);
        let client = world.connect();
        world.run(s(6));
        assert!(world.clients[client].connected);
        let repeats = repeats(&mut world, client, 8);
        assert!(repeats[0] <= 2 && repeats[2..].iter().all(|repeats| *repeats == 0), "{repeats:?}");
        assert_eq!(load::answered(&world), (8, 8));
        load::check(&mut world);
    });
}

#[test]
fn a_round_trip_that_steps_from_10_to_300_to_10_milliseconds() {
    for_each_seed("a_round_trip_that_steps", 200, |seed| {
        let (mut world, client) = open(seed, Faults::none(ms(5)));
        repeats(&mut world, client, 10);
        world.set_faults(Faults::none(ms(150)));
        let slower = repeats(&mut world, client, 8);
        assert!(slower[0] <= 3 && slower[3..].iter().all(|repeats| *repeats == 0), "{slower:?}");
        world.set_faults(Faults::none(ms(5)));
        let faster = repeats(&mut world, client, 40);
        assert_eq!(faster.iter().sum::<u32>(), 0);
        let timeout = world.clients[client].client.retransmission_timeout();
        assert!(timeout <= ms(150), "{timeout:?}");
        load::check(&mut world);
    });
}

#[test]
fn back_off_is_kept_until_a_sample_clears_it() {
    for_each_seed("back_off_is_kept", 200, |seed| {
        let (mut world, client) = open(seed, Faults::none(ms(20)));
        repeats(&mut world, client, 5);
        let timeout = world.clients[client].client.retransmission_timeout();
        world.black_out(ms(700 + seed % 3000));
        let lost = world.ask(client, s(10));
        world.run(timeout * 5 / 4);
        assert_eq!(world.asked[lost].repeats, 1);
        let second = world.ask(client, s(10));
        world.run(timeout * 2 - ms(1));
        assert_eq!(world.asked[second].repeats, 0, "the next request waits twice as long");
        world.run(s(8));
        assert_eq!(load::answered(&world).0, world.asked.len());
        // The answer to a repeat says which one it answers: it is a sample, and clears it.
        let timeout = world.clients[client].client.retransmission_timeout();
        world.black_out(s(1));
        let third = world.ask(client, s(10));
        world.run(timeout * 5 / 4);
        assert_eq!(world.asked[third].repeats, 1);
        world.run(s(8));
        load::check(&mut world);
    });
}
