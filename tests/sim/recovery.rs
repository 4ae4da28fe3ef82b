//! What a session survives, and what it does not: a blackout, and a server that starts again.

use std::time::Duration;

use posto_session::RequestError;
use posto_tests::net::{Blackout, Faults, Outcome, World, for_each_seed, per_mille};

use crate::checks;
use crate::load::{self, LOAD, Load, PATIENCE, PROMPT};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The outcome of a request asked now.
fn outcome(world: &mut World, client: usize) -> (Duration, Outcome) {
    let index = world.ask(client, PATIENCE);
    world.run(PATIENCE);
    let (ended, outcome) = world.asked[index].ended.clone().expect("it has ended by its deadline");
    (ended - world.asked[index].at, outcome)
}

fn is_answered(world: &mut World, client: usize) -> bool {
    matches!(outcome(world, client).1, Outcome::Answered(_))
}

#[test]
fn a_session_goes_on_after_a_blackout_shorter_than_its_life() {
    for_each_seed("a_session_goes_on", 60, |seed| {
        let mut world = World::new(seed, Faults { jitter: ms(10), ..Faults::none(ms(20)) }, PROMPT);
        let dark = s(60 + world.random.below(3400));
        let client = world.connect();
        world.run(s(1));
        assert!(is_answered(&mut world, client));
        world.black_out(dark);
        assert_eq!(outcome(&mut world, client), (PATIENCE, Outcome::Failed(RequestError::Deadline)));
        world.run(dark - PATIENCE);
        for _ in 0..5 {
            assert!(is_answered(&mut world, client));
        }
        assert_eq!((world.server.counters().opened, world.server.counters().closed), (1, 0));
        checks::check_once_over_all(&world);
    });
}

#[test]
fn a_session_silent_for_its_whole_life_is_lost_and_not_answered_wrongly() {
    let mut world = World::new(1, Faults::none(ms(20)), PROMPT);
    let client = world.connect();
    world.run(s(1));
    assert!(is_answered(&mut world, client));
    world.run(s(3600));
    assert_eq!(outcome(&mut world, client), (ms(160), Outcome::Failed(RequestError::SessionLost)));
}

/// Short blackouts again and again, under a load that knows nothing of them.
#[test]
fn after_every_short_blackout_requests_are_answered_again() {
    for_each_seed("after_every_short_blackout", 20, |seed| {
        let mut faults = Faults { loss: per_mille(50), repeat: per_mille(50), jitter: ms(20), ..Faults::none(ms(20)) };
        faults.blackouts =
            (1..60).map(|minute| Blackout::Once { from: s(minute * 10), to: s(minute * 10 + 4) }).collect();
        let world = load::run(seed, faults, PROMPT, Load { requests: 40, think: s(2), ..LOAD });
        checks::check_once_over_all(&world);
        assert_eq!(world.asked.len(), 160, "no client stays behind");
        assert_eq!(checks::failed(&world, RequestError::SessionLost), 0);
        let answered = world.asked.iter().filter(|asked| checks::answer(asked).is_some()).count();
        assert!(answered * 100 >= world.asked.len() * 80, "{answered}");
    });
}

#[test]
fn a_server_that_starts_again_ends_the_session_and_answers_nothing_wrongly() {
    for_each_seed("a_server_that_starts_again", 60, |seed| {
        let mut world = World::new(seed, Faults::none(ms(20)), PROMPT);
        let (used, fresh) = (world.connect(), world.connect());
        world.run(s(1));
        assert!(is_answered(&mut world, used));
        world.restart_server();
        // A session that was in use asks three times more; one that never was says its ACK again first.
        let lost = Outcome::Failed(RequestError::SessionLost);
        assert_eq!(outcome(&mut world, used), (ms(160), lost.clone()));
        assert_eq!(outcome(&mut world, fresh), (ms(360), lost));
        assert_eq!((world.server.counters().opened, world.server.counters().wrong_cookie), (0, 8));
        world.reconnect(used, false);
        world.run(s(1));
        assert!(is_answered(&mut world, used));
        checks::check_once_over_all(&world);
    });
}

/// Whatever was under way at each restart is executed by one server at most, and what is answered
/// is answered rightly.
#[test]
fn restarts_under_load_execute_nothing_twice() {
    for_each_seed("restarts_under_load", 30, |seed| {
        let faults = Faults {
            loss: per_mille(50),
            repeat: per_mille(100),
            straggle: per_mille(50),
            straggle_for: s(3),
            jitter: ms(30),
            ..Faults::none(ms(20))
        };
        let mut world = World::new(seed, faults, PROMPT);
        let load = Load { clients: 6, requests: 30, think: ms(300), ..LOAD };
        let mut under_load = false;
        load::drive_with(&mut world, load, |world| {
            if world.now < s(20) && world.chance(300) {
                under_load |= (12..150).contains(&world.asked.len());
                world.restart_server();
            }
        });
        checks::check_once_over_all(&world);
        assert_eq!(world.asked.len(), 180, "every client found the new server");
        assert!(!under_load || checks::failed(&world, RequestError::SessionLost) > 0);
        let answered = world.asked.iter().filter(|asked| checks::answer(asked).is_some()).count();
        assert!(answered * 100 >= world.asked.len() * 60, "{answered}");
    });
}
