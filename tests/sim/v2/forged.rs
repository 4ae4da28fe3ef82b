//! What somebody off the path sends, in whosever name: all of it is ignored.

use posto_tests::net::{Datagram, World, for_each_seed};
use posto_wire::v2::{DatagramWriter, Frame, Key, Seal, SessionId};

use super::load::{self, LOAD, Load};
use super::{frames, is_handshake, ms, open, path, s};

/// A datagram of this frame, closed without a key.
fn datagram(session: SessionId, frame: &Frame) -> Vec<u8> {
    let mut members = String::new();
    frame.write(&mut members);
    let mut writer = DatagramWriter::default();
    writer.push(&members);
    writer.close(session, &Key::Crc)
}

/// An open session with requests in the air, and its id.
fn asking(seed: u64) -> (World, usize, SessionId) {
    let (mut world, client) = open(seed, path());
    let (session, _) = world.recorded.iter().rev().find_map(frames).expect("frames");
    for _ in 0..3 {
        world.ask(client, s(5));
    }
    (world, client, session)
}

/// Whatever was forged meanwhile: what was asked is answered, in the one session.
fn goes_on(mut world: World, executed: usize) {
    world.run(s(5));
    let (answered, asked) = load::answered(&world);
    assert_eq!((answered, world.executions.len()), (asked, executed));
    assert_eq!((world.reopenings, world.server.sessions()), (0, 1));
    load::check(&mut world);
}

#[test]
fn a_forged_reset() {
    for_each_seed("a_forged_reset", 300, |seed| {
        let (mut world, client, session) = asking(seed);
        for _ in 0..30 {
            let quoted = Seal::Crc(u32::try_from(world.random.below(1 << 32)).expect("32 bits"));
            let bytes = datagram(session, &Frame { reset: Some(quoted), ..Frame::default() });
            let (from, to) = (world.server_address(), world.clients[client].address);
            let after = world.up_to(ms(60));
            world.inject(Datagram { from, to, bytes }, after);
        }
        goes_on(world, 4);
    });
}

/// He knows addresses and numbers, and not the session.
#[test]
fn a_forged_answer_and_a_guessed_session() {
    for_each_seed("a_forged_answer", 300, |seed| {
        let (mut world, client, session) = asking(seed);
        let (server, address) = (world.server_address(), world.clients[client].address);
        for number in 0..30 {
            let guess = SessionId(session.0 ^ (1 + world.random.below(u64::MAX - 1)));
            let answer = Frame { ack_number: 2 + number % 5, attempt: 1, data: "forged".into(), ..Frame::default() };
            let request =
                Frame { sequence: 5, base: 5, attempt: 1, data: posto_wire::Object::new().into(), ..Frame::default() };
            let fin = Frame { fin: true, ..Frame::default() };
            let after = world.up_to(ms(60));
            world.inject(Datagram { from: server, to: address, bytes: datagram(guess, &answer) }, after);
            world.inject(Datagram { from: address, to: server, bytes: datagram(guess, &request) }, after);
            world.inject(Datagram { from: address, to: server, bytes: datagram(guess, &fin) }, after);
        }
        goes_on(world, 4);
    });
}

/// Everything that was said, from or in the name of other addresses.
#[test]
fn another_source_address() {
    for_each_seed("another_source_address", 300, |seed| {
        let (mut world, client, _) = asking(seed);
        let (server, address) = (world.server_address(), world.clients[client].address);
        for mut datagram in world.recorded.clone() {
            if datagram.to == server {
                datagram.from.set_port(address.port() + 1 + u16::try_from(seed % 100).expect("small"));
            } else {
                datagram.from.set_port(server.port() + 1);
            }
            let after = world.up_to(ms(60));
            world.inject(datagram, after);
        }
        goes_on(world, 4);
    });
}

#[test]
fn a_cookie_replayed_or_expired_or_from_another_address() {
    for_each_seed("a_cookie_replayed", 400, |seed| {
        let (mut world, client) = open(seed, path());
        let handshake: Vec<_> = world.recorded.iter().filter(|datagram| is_handshake(datagram, 2)).cloned().collect();
        let opened = world.server.counters().opened;
        if seed % 3 == 1 {
            world.close(client);
            world.run(s(20));
        }
        for mut datagram in handshake {
            if seed % 3 == 2 {
                datagram.from.set_port(datagram.from.port() + 7);
            }
            for _ in 0..5 {
                let after = world.up_to(s(12));
                world.inject(datagram.clone(), after);
            }
        }
        world.run(s(13));
        assert_eq!((world.server.counters().opened, world.executions.len()), (opened, 1));
        load::check(&mut world);
    });
}

/// With a key, also of somebody who reads everything and knows the session.
#[test]
fn with_a_key_whoever_reads_everything_can_forge_nothing() {
    for_each_seed("with_a_key", 200, |seed| {
        let psk = posto_session::Psk::from_bytes(&[7; 32]);
        let mut world = World::v2(seed, path(), crate::load::PROMPT);
        world.client.psk = psk.clone();
        world.configure_server(|config| config.psk = psk);
        world.record = true;
        load::drive_with(&mut world, Load { clients: 1, ..LOAD }, |world| {
            let Some((session, _)) = world.recorded.iter().rev().find_map(frames) else { return };
            let (server, client) = (world.server_address(), world.clients[0].address);
            let quoted = world.recorded.iter().rev().filter(|datagram| datagram.to == server);
            let quoted: Vec<_> = quoted
                .filter_map(|datagram| posto_wire::v2::Sealed::of(&datagram.bytes))
                .map(|sealed| sealed.seal())
                .collect();
            for seal in quoted {
                let reset = datagram(session, &Frame { reset: Some(seal), ..Frame::default() });
                world.inject(Datagram { from: server, to: client, bytes: reset }, ms(1));
            }
            let fin = datagram(session, &Frame { fin: true, ..Frame::default() });
            world.inject(Datagram { from: client, to: server, bytes: fin }, ms(1));
        });
        assert_eq!((load::answered(&world), world.reopenings, world.server.sessions()), ((6, 6), 0, 1));
    });
}
