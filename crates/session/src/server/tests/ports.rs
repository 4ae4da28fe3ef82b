//! Range mode: every session on a port of its own range (PROTOCOL §3, `--session-ports BASE-END`).

use super::*;

fn ranged(count: usize) -> Rig {
    Rig::with(|config| config.ports = Ports::Range(count))
}

/// Opens a session on the port from which its SYN+ACK came, and stays on that port.
fn open(rig: &mut Rig, peer: SocketAddr) -> (Port, u64) {
    rig.port = Port::Server;
    let answer = rig.hear_bytes(peer, &syn().to_bytes()).remove(0);
    rig.port = answer.port;
    assert_eq!(rig.hear(peer, &ack(packet::parse(&answer.bytes).unwrap().packet.sequence)), []);
    match rig.events()[..] {
        [ServerEvent::Opened { session, .. }] => (answer.port, session),
        ref other => panic!("not opened: {other:?}"),
    }
}

#[test]
fn syn_acks_leave_from_the_ports_in_turn() {
    let mut rig = ranged(3);
    let ports: Vec<_> = (1..=7).map(|port| rig.hear_bytes(at(1, port), &syn().to_bytes())[0].port).collect();
    assert_eq!(ports, [0, 1, 2, 0, 1, 2, 0].map(Port::Session));
    assert_eq!((rig.server.sessions(), rig.server.poll_timeout()), (0, None));
}

#[test]
fn a_session_lives_on_the_port_of_its_syn_ack() {
    let mut rig = ranged(2);
    assert_eq!(open(&mut rig, at(1, 1)).0, Port::Session(0));
    assert_eq!(open(&mut rig, at(1, 2)).0, Port::Session(1));
    let key = rig.request(at(1, 2), 1, report(4999));
    rig.server.answer(key, "Dados gravados".into()).unwrap();
    assert_eq!(rig.server.poll_transmit().unwrap().port, Port::Session(1));
}

#[test]
fn sessions_may_share_a_port() {
    let mut rig = ranged(1);
    assert_eq!(open(&mut rig, at(1, 1)).0, open(&mut rig, at(1, 2)).0);
    rig.request(at(1, 1), 1, report(1));
    rig.request(at(1, 2), 1, report(1));
}

#[test]
fn a_syn_on_a_sessions_own_port_is_told_so_and_the_session_goes_on() {
    let mut rig = ranged(2);
    open(&mut rig, at(1, 1));
    let told = Packet { data: text::ALREADY_CONNECTED.into(), ..Packet::EMPTY };
    assert_eq!(rig.hear(at(1, 1), &syn()), [told]);
    rig.request(at(1, 1), 1, report(4999));
    assert_eq!(rig.hear(at(1, 2), &syn()), [], "no session of this peer there");
}

#[test]
fn on_another_port_the_session_is_unknown() {
    let mut rig = ranged(2);
    open(&mut rig, at(1, 1));
    for port in [Port::Server, Port::Session(1)] {
        rig.port = port;
        let sent = rig.hear_bytes(at(1, 1), &Packet::request(1, report(4999)).to_bytes());
        assert_eq!(sent, [Transmit { port, to: at(1, 1), bytes: Packet::EMPTY.to_bytes().into() }]);
        assert_eq!(rig.hear(at(1, 1), &fin()), []);
        assert_eq!(rig.hear(at(1, 1), &Packet::EMPTY), []);
    }
    assert_eq!((rig.events(), rig.server.sessions()), (vec![], 1));
}

#[test]
fn a_syn_on_the_server_port_of_a_live_session_opens_another_when_it_is_confirmed() {
    let mut rig = ranged(2);
    let (_, first) = open(&mut rig, at(1, 1));
    rig.wait(ms(8));
    rig.port = Port::Server;
    let answer = rig.hear_bytes(at(1, 1), &syn().to_bytes()).remove(0);
    assert_eq!((answer.port, rig.events()), (Port::Session(1), vec![]));
    rig.port = answer.port;
    rig.hear(at(1, 1), &ack(packet::parse(&answer.bytes).unwrap().packet.sequence));
    assert_eq!(rig.events()[0], closed(at(1, 1), first, CloseReason::Replaced));
}

#[test]
fn a_range_of_no_ports_is_one_port() {
    let mut rig = ranged(0);
    assert_eq!(open(&mut rig, at(1, 1)).0, Port::Session(0));
}
