//! What a bad link does to datagrams, by chance: loss, flipped bits, copies.

use posto_tests::net::{Faults, for_each_seed, per_mille};

use super::load::{self, LOAD, Load};
use super::{ms, path, s};

/// Runs the load at this loss; at least so many requests in a thousand of all are answered.
fn lossy(name: &str, share: u64, loss: u32, least: usize) {
    let (mut answered, mut asked) = (0, 0);
    for_each_seed(name, share, |seed| {
        let faults = Faults { loss: per_mille(loss), ..path() };
        let world = load::run(seed, faults, LOAD);
        let (of, all) = load::answered(&world);
        (answered, asked) = (answered + of, asked + all);
    });
    load::assert_answered((answered, asked), least);
}

#[test]
fn two_per_cent_loss_both_ways() {
    lossy("two_per_cent_loss", 600, 20, 1000);
}

/// Within five seconds, about eight attempts of which each fails once in five.
#[test]
fn ten_per_cent_loss_both_ways() {
    lossy("ten_per_cent_loss", 600, 100, 998);
}

#[test]
fn thirty_per_cent_loss_both_ways() {
    lossy("thirty_per_cent_loss", 400, 300, 930);
}

/// A damaged datagram is one that was lost: not one is believed.
#[test]
fn bit_corruption() {
    for_each_seed("bit_corruption", 600, |seed| {
        let corrupt = per_mille(50 + u32::try_from(seed % 300).expect("small"));
        let faults = Faults { corrupt, flips: 1 + seed % 16, ..path() };
        let mut world = load::run(seed, faults, LOAD);
        load::heal(&mut world);
    });
}

/// Copies of up to half of all datagrams, late and out of order.
#[test]
fn replay_of_up_to_half() {
    for_each_seed("replay_of_up_to_half", 600, |seed| {
        let share = u32::try_from(seed % 501).expect("small");
        let faults = Faults {
            repeat: per_mille(share),
            reorder: per_mille(100),
            straggle: per_mille(share / 4),
            straggle_for: s(3),
            ..path()
        };
        let world = load::run(seed, faults, Load { requests: 12, patience: s(10), ..LOAD });
        let (answered, asked) = load::answered(&world);
        assert_eq!(answered, asked);
        assert_eq!(world.executions.len(), asked, "each once");
    });
}

/// The same from somebody who recorded everything, whenever he likes.
#[test]
fn everything_recorded_is_sent_again() {
    for_each_seed("everything_recorded", 100, |seed| {
        let mut world = posto_tests::net::World::v2(seed, path(), crate::load::PROMPT);
        world.record = true;
        load::drive_with(&mut world, Load { clients: 1, requests: 8, ..LOAD }, |world| {
            for _ in 0..6 {
                let place = world.random.place(world.recorded.len());
                let after = world.up_to(s(2));
                if let Some(datagram) = world.recorded.get(place).cloned() {
                    world.inject(datagram, after);
                }
            }
        });
        world.run(ms(3000));
        assert_eq!((world.executions.len(), world.reopenings), (8, 0));
    });
}
