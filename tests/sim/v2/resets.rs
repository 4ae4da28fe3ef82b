//! Sessions that a server has forgotten: started again, or behind a NAT that changes the port.

use std::net::SocketAddr;

use posto_session::{Port, Server, ServerConfig};
use posto_tests::net::{Faults, Outcome, World, for_each_seed, per_mille};
use posto_wire::Object;

use super::load::{self, LOAD, Load};
use super::{frames, ms, open, path, s};
use crate::load::PROMPT;

/// One round trip tells the client, one opens the next session, one is the request's own.
#[test]
fn a_server_restart_costs_one_round_trip_beside_the_handshake() {
    for_each_seed("a_server_restart_costs", 300, |seed| {
        let (mut world, client) = open(seed, Faults::none(ms(20)));
        world.restart_server();
        let (again, once) = (world.ask_for(client, s(5), true, Object::new()), world.ask(client, s(5)));
        world.run(ms(40));
        assert_eq!(world.reopenings, 1);
        world.run(ms(80) + PROMPT.slowest);
        assert!(matches!(world.asked[again].ended, Some((_, Outcome::Answered(_)))), "{:?}", world.asked[again]);
        let lost = Outcome::Failed(posto_session::RequestError::SessionLost);
        assert_eq!(world.asked[once].ended.as_ref().map(|(_, outcome)| outcome), Some(&lost));
        load::check(&mut world);
    });
}

#[test]
fn restarts_under_load() {
    for_each_seed("restarts_under_load", 200, |seed| {
        let faults = Faults { loss: per_mille(50), repeat: per_mille(50), ..path() };
        let mut world = World::v2(seed, faults, PROMPT);
        load::drive_with(&mut world, Load { requests: 15, ..LOAD }, |world| {
            if world.now < s(10) && world.chance(100) {
                world.restart_server();
            }
        });
        load::heal(&mut world);
        let failed =
            world.asked.iter().filter(|asked| asked.repeatable && matches!(asked.ended, Some((_, Outcome::Failed(_)))));
        assert!(failed.count() <= 1, "what may be asked twice is answered through restarts");
    });
}

/// What two servers say to each other, each taken for the client of the other, ends.
#[test]
fn two_servers_fed_each_others_addresses() {
    for_each_seed("two_servers_fed", 200, |seed| {
        let (world, _) = open(seed, path());
        let now = std::time::Instant::now();
        let mut servers = [1, 2].map(|secret| Server::new(now, &ServerConfig::new([secret; 32])));
        let peers = [1, 2].map(|host| SocketAddr::from(([203, 0, 113, host], 5000)));
        let mut turns = 0;
        for datagram in world.recorded {
            let mut heard = vec![(0, datagram.bytes)];
            while let Some((server, bytes)) = heard.pop() {
                turns += 1;
                assert!(turns < 1000, "they never end");
                servers[server].handle_datagram(now, peers[1 - server], Port::Server, &bytes);
                while let Some(transmit) = servers[server].poll_transmit() {
                    heard.push((1 - server, transmit.bytes.to_vec()));
                }
            }
        }
        assert!(servers.iter().all(|server| server.sessions() == 0));
    });
}

/// Two sessions with 32 requests in the air each, all of which the next server does not know.
#[test]
fn the_reset_budget_under_two_full_sessions() {
    for_each_seed("the_reset_budget", 60, |seed| {
        let mut world = World::v2(seed, path(), PROMPT);
        world.record = true;
        world.client.share_datagrams = seed % 2 == 0;
        let clients = [world.connect(), world.connect()];
        world.run(s(1));
        for client in clients {
            assert!(load::is_answered(&mut world, client));
        }
        world.restart_server();
        let sent = world.recorded.len();
        for client in clients {
            for _ in 0..32 {
                world.ask_for(client, s(5), true, Object::new());
            }
        }
        world.run(ms(90));
        assert!(world.server.counters().resets <= 2, "one a session each 100 ms: {}", world.server.counters().resets);
        world.run(s(5));
        let (answered, asked) = load::answered(&world);
        assert_eq!((answered, world.reopenings), (asked, 2));
        let resets = world.recorded[sent..].iter().filter_map(frames).filter(|(_, frames)| frames[0].reset.is_some());
        assert!(resets.count() <= 4);
        load::check(&mut world);
    });
}

#[test]
fn a_nat_that_changes_the_port_every_five_seconds() {
    for_each_seed("a_nat_that_changes", 150, |seed| {
        let mut world = World::v2(seed, Faults { loss: per_mille(20), ..path() }, PROMPT);
        world.think = s(2);
        let mut ticks = 0;
        load::drive_with(&mut world, Load { clients: 1, requests: 12, patience: s(8), together: 2, ..LOAD }, |world| {
            ticks += 1;
            if ticks % 50 == 0 {
                world.rebind(0);
            }
        });
        let lost = world.asked.iter().filter(|asked| matches!(asked.ended, Some((_, Outcome::Failed(_)))));
        assert!(lost.clone().all(|asked| !asked.repeatable), "{:?}", lost.collect::<Vec<_>>());
        load::heal(&mut world);
    });
}
