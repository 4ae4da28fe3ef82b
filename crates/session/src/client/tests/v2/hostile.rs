//! What anybody may send to a client of v2.

use std::collections::HashSet;

use posto_wire::v2::Fragment;
use proptest::prelude::*;

use super::*;
use crate::testing::{Random, at};

fn any_frame() -> impl Strategy<Value = Frame> {
    let number = || prop_oneof![4 => 0_u64..12, 1 => 0_u64..1 << 53];
    let data = prop_oneof![Just(Value::Null), ".{0,9}".prop_map(Value::from), Just(Object::new().into())];
    let fragment = prop::option::of((2_u16..9).prop_flat_map(|count| (0..count, Just(count))));
    let error = prop::sample::select(&[None, Some(wire::FrameError::Expired), Some(wire::FrameError::Lost)][..]);
    let told = (prop::option::weighted(0.1, 0_u32..200), error, prop::option::weighted(0.2, number()), any::<bool>());
    let reset = prop::option::weighted(0.1, any::<u32>());
    (any::<[bool; 3]>(), (number(), number(), 0_u32..5), data, fragment, (told, reset)).prop_map(
        |(
            [ack, fin, away],
            (ack_number, sequence, attempt),
            data,
            fragment,
            ((busy_ms, error, pong, plain), reset),
        )| {
            let fragment = fragment.filter(|_| !plain).map(|(index, count)| Fragment { index, count });
            let reset = reset.map(Seal::Crc);
            let (busy_ms, error) = if plain { (None, None) } else { (busy_ms, error) };
            let going_away = away;
            Frame {
                ack,
                fin,
                ack_number,
                sequence,
                attempt,
                busy_ms,
                error,
                fragment,
                going_away,
                pong,
                reset,
                data,
                ..Frame::default()
            }
        },
    )
}

/// What a test does next.
#[derive(Debug, Clone)]
enum Step {
    Hear(Vec<Frame>),
    Ask {
        patience_ms: u64,
        repeatable: bool,
    },
    Wait(u64),
    /// The datagram sent last is answered with a reset.
    Reset,
    SynAck,
    Close,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(any_frame(), 1..4).prop_map(Step::Hear),
        6 => (0_u64..4000, any::<bool>()).prop_map(|(patience_ms, repeatable)| Step::Ask { patience_ms, repeatable }),
        4 => (0_u64..900).prop_map(Step::Wait),
        1 => Just(Step::Reset),
        2 => Just(Step::SynAck),
        1 => Just(Step::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever its server says, every request ends once, by its deadline, nothing stays in the air,
    /// and a datagram is answered with no more than the window holds.
    #[test]
    fn whatever_happens_every_request_ends_exactly_once_by_its_deadline(
        steps in prop::collection::vec(any_step(), 1..60), keyed in any::<bool>(),
    ) {
        let mut run = Run::new(keyed);
        for step in steps {
            run.step(step);
        }
        run.pass(s(5));
        prop_assert_eq!(run.open.len(), 0);
        prop_assert_eq!(run.rig.client.requests_in_flight(), 0);
    }
}

/// A client in the middle of anything, and what it still owes.
struct Run {
    rig: Rig,
    open: Vec<(RequestId, Instant)>,
    ended: HashSet<RequestId>,
    last: Vec<u8>,
}

impl Run {
    fn new(keyed: bool) -> Self {
        let mut rig = Rig::new(|config| config.psk = keyed.then(|| psk(1)));
        rig.hear_syn_ack();
        Self { rig, open: Vec::new(), ended: HashSet::new(), last: Vec::new() }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Hear(frames) => self.rig.hear(&frames),
            Step::Wait(millis) => self.pass(ms(millis)),
            Step::SynAck => self.rig.hear_syn_ack(),
            Step::Close => self.rig.client.close(self.rig.now),
            Step::Ask { patience_ms, repeatable } => {
                let deadline = self.rig.now + ms(patience_ms);
                let asked = self.rig.client.request(self.rig.now, Ask { data: report(1), deadline, repeatable });
                self.open.extend(asked.map(|id| (id, deadline)));
            }
            Step::Reset => {
                let Some(sealed_last) = Sealed::of(&self.last) else { return };
                let key = self.rig.psk.as_ref().map_or(Key::Crc, |psk| psk.reset_key(self.rig.session));
                let frame = Frame { reset: Some(sealed_last.seal()), ..Frame::default() };
                self.rig.hear_bytes(&sealed(&[frame], self.rig.session, &key));
            }
        }
        self.settle();
    }

    fn pass(&mut self, time: Duration) {
        let until = self.rig.now + time;
        let mut turns = 0;
        while let Some(due) = self.rig.client.poll_timeout().filter(|due| *due <= until) {
            self.rig.now = self.rig.now.max(due);
            self.rig.client.handle_timeout(self.rig.now);
            self.settle();
            turns += 1;
            assert!(turns < 10_000, "time stands still");
        }
        self.rig.now = until;
    }

    fn settle(&mut self) {
        let sent = self.rig.sent_bytes();
        assert!(sent.len() <= 70, "{}", sent.len());
        for bytes in sent {
            assert!(bytes.len() <= 1200);
            if let Some(ext) = packet::parse(&bytes).ok().and_then(|received| Ext::of(&received)) {
                if self.rig.nonce != ext.nonce {
                    self.rig.session.0 += 1;
                }
                self.rig.nonce = ext.nonce;
            } else {
                self.last = bytes;
            }
        }
        for (id, _) in self.rig.ended() {
            assert!(self.ended.insert(id), "ended twice");
            let place = self.open.iter().position(|(open, _)| *open == id).expect("asked");
            assert!(self.rig.now <= self.open.swap_remove(place).1, "ended too late");
        }
    }
}

#[test]
fn a_stranger_and_a_wrong_seal_answer_nothing() {
    for key in [None, Some(psk(1))] {
        let mut rig = Rig::open_with(|config| config.psk = key);
        rig.ask(1);
        rig.sent();
        let right = sealed(&[answer(2, 1)], rig.session, &rig.key(Direction::ToClient));
        for stranger in [at(1, 5001), at(2, 5000)] {
            rig.client.handle_datagram(rig.now, stranger, &right);
        }
        for place in 0..right.len() {
            let mut damaged = right.clone();
            damaged[place] ^= 1 << (place % 8);
            rig.hear_bytes(&damaged);
        }
        rig.hear_bytes(&sealed(&[answer(2, 1)], SessionId(1), &rig.key(Direction::ToClient)));
        rig.hear_bytes(&sealed(
            &[answer(2, 1)],
            rig.session,
            &psk(3).session_key(rig.nonce, rig.session, Direction::ToClient),
        ));
        // Our own datagram, sent back to us.
        rig.hear_bytes(&sealed(
            &[answer(2, 1)],
            rig.session,
            &psk(1).session_key(rig.nonce, rig.session, Direction::ToServer),
        ));
        assert_eq!(rig.events(), []);
        rig.hear_bytes(&right);
        assert_eq!(rig.ended().len(), 1);
    }
}

#[test]
fn random_and_mutated_bytes_never_panic_nor_answer() {
    let mut random = Random(3);
    let mut rig = Rig::open();
    rig.ask_for(1, s(100_000), true);
    rig.sent();
    let right = sealed(&[early(2, 1), early(9, 1)], rig.session, &Key::Crc);
    for turn in 0..20_000 {
        let mut bytes = match turn % 3 {
            0 => random.bytes(1300),
            1 => right.clone(),
            _ => rig.syn_ack(),
        };
        random.mutate(&mut bytes);
        rig.hear_bytes(&bytes);
    }
    assert!(rig.ended().is_empty());
}
