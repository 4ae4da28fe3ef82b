//! Long answers whose parts are lost, come twice, out of order, or never.

use posto_session::RequestError;
use posto_tests::net::{Datagram, Faults, Outcome, World, for_each_seed, per_mille};
use posto_wire::Object;

use super::load::{self, LOAD, Load};
use super::{frames, open, path, s};

const LONG: Load = Load { clients: 1, requests: 3, longest: 15_000, patience: s(10), ..LOAD };

fn has_part(datagram: &Datagram, index: u16) -> bool {
    frames(datagram).is_some_and(|(_, frames)| {
        frames.iter().any(|frame| frame.fragment.is_some_and(|fragment| fragment.index == index))
    })
}

#[test]
fn parts_that_are_lost() {
    let (mut answered, mut asked) = (0, 0);
    for_each_seed("parts_that_are_lost", 200, |seed| {
        let loss = per_mille(50 + u32::try_from(seed % 200).expect("small"));
        let world = load::run(seed, Faults { loss, ..path() }, LONG);
        let (of, all) = load::answered(&world);
        (answered, asked) = (answered + of, asked + all);
    });
    load::assert_answered((answered, asked), 990);
}

#[test]
fn parts_that_overlap() {
    for_each_seed("parts_that_overlap", 150, |seed| {
        let faults = Faults {
            repeat: per_mille(500),
            reorder: per_mille(300),
            straggle: per_mille(200),
            straggle_for: s(1),
            ..path()
        };
        let world = load::run(seed, faults, LONG);
        assert_eq!(load::answered(&world), (3, 3));
    });
}

#[test]
fn parts_that_never_complete() {
    for_each_seed("parts_that_never_complete", 100, |seed| {
        let (mut world, client) = open(seed, path());
        world.filter = Some(Box::new(|datagram| has_part(datagram, 1)));
        let index = world.ask_for(client, s(5), true, Object::new().with("tamanho", 5000_u32));
        world.run(s(5));
        let ended = &world.asked[index].ended;
        assert!(matches!(ended, Some((_, Outcome::Failed(RequestError::Deadline)))), "{ended:?}");
        load::check(&mut world);
        assert!(load::is_answered(&mut world, client), "and the session goes on");
    });
}

/// The longest answer there is, over a link that loses a tenth.
#[test]
fn the_longest_answer() {
    for_each_seed("the_longest_answer", 10, |seed| {
        let mut world = World::v2(seed, Faults { loss: per_mille(100), ..path() }, crate::load::PROMPT);
        let client = world.connect();
        world.run(s(5));
        let index = world.ask_for(client, s(30), true, Object::new().with("tamanho", 65_000_u32));
        world.run(s(30));
        assert!(matches!(world.asked[index].ended, Some((_, Outcome::Answered(_)))));
    });
}
