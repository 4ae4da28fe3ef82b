//! Times in which nothing arrives, and clocks that jump.

use posto_tests::net::{Blackout, Faults, for_each_seed};

use super::load::{self, LOAD, Load};
use super::{open, path, s};

/// With two seconds of light each time, and repeats every two seconds and a half at most.
#[test]
fn blackout_of_five_seconds_on_and_two_off() {
    let (mut answered, mut asked) = (0, 0);
    for_each_seed("blackout_of_five_seconds", 200, |seed| {
        let blackouts = vec![Blackout::Every { dark: s(5), period: s(7) }];
        let faults = Faults { blackouts, ..path() };
        let mut world = load::run(seed, faults, Load { patience: s(30), ..LOAD });
        let (of, all) = load::answered(&world);
        (answered, asked) = (answered + of, asked + all);
        assert_eq!(world.server.counters().opened, 2, "no session is given up for loss alone");
        load::heal(&mut world);
    });
    load::assert_answered((answered, asked), 990);
}

#[test]
fn a_session_goes_on_after_a_blackout_and_is_opened_again_after_a_longer_one() {
    for_each_seed("a_session_goes_on_after", 200, |seed| {
        let (mut world, client) = open(seed, path());
        let dark = 1 + world.random.below(60);
        world.black_out(s(dark));
        world.run(s(dark));
        assert!(load::is_answered(&mut world, client));
        assert_eq!(world.reopenings, u64::from(world.server.counters().opened > 1));
        assert!(dark >= 24 || world.reopenings == 0, "silent for {dark} s and the five before");
        load::check(&mut world);
    });
}

/// A machine that slept: every timer is late by as much.
#[test]
fn clock_jump() {
    for_each_seed("clock_jump", 300, |seed| {
        let (mut world, client) = open(seed, path());
        for _ in 0..4 {
            world.ask(client, s(5));
        }
        let (before, after) = (world.up_to(s(1)), world.up_to(s(7200)));
        world.run(before);
        let sent = world.recorded.len();
        world.jump(after);
        world.run(s(1));
        assert!(world.recorded.len() <= sent + 30, "no storm of what was due: {}", world.recorded.len() - sent);
        assert!(load::is_answered(&mut world, client));
        load::check(&mut world);
    });
}
