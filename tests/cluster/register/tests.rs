//! The checker beside one that tries every order, and histories that it must refuse.

use posto_tests::random::Random;

use super::*;

fn write(value: Value, begin: Tick, end: Tick) -> Operation {
    Operation { act: Act::Write, value, begin, end: Some(end) }
}

fn read(value: Value, begin: Tick, end: Tick) -> Operation {
    Operation { act: Act::Read, ..write(value, begin, end) }
}

fn unanswered(value: Value, begin: Tick) -> Operation {
    Operation { end: None, ..write(value, begin, 0) }
}

#[test]
fn what_could_have_happened_is_accepted() {
    for history in [
        vec![],
        vec![write(1, 1, 2), read(1, 3, 4)],
        // Each of two at once may be the last.
        vec![write(1, 1, 4), write(2, 2, 3), read(1, 5, 6)],
        vec![write(1, 1, 4), write(2, 2, 3), read(2, 5, 6)],
        // A read during a write sees either.
        vec![write(1, 1, 2), write(2, 3, 8), read(1, 4, 5), read(2, 6, 7)],
        // Nobody was told, and it happened late, or never.
        vec![unanswered(1, 1), write(2, 2, 3), read(2, 4, 5), read(1, 6, 7)],
        vec![unanswered(1, 1), write(2, 2, 3), read(2, 4, 5)],
        vec![read(0, 1, 2), write(1, 3, 4)],
    ] {
        assert_eq!(check(&history), Ok(()), "{history:?}");
    }
}

#[test]
fn what_cannot_have_happened_is_refused() {
    for (why, history) in [
        ("a stale read", vec![write(1, 1, 2), write(2, 3, 4), read(1, 5, 6)]),
        ("a lost write", vec![write(1, 1, 2), read(0, 3, 4)]),
        ("a read before its write", vec![read(1, 1, 2), write(1, 3, 4)]),
        ("a read of what nobody wrote", vec![write(1, 1, 2), read(2, 3, 4)]),
        ("back to the one before", vec![write(1, 1, 2), write(2, 3, 8), read(2, 4, 5), read(1, 6, 7)]),
        (
            "to and fro between two at once",
            vec![write(1, 1, 9), write(2, 1, 9), read(1, 2, 3), read(2, 4, 5), read(1, 6, 7)],
        ),
        ("an unanswered one undone", vec![unanswered(1, 1), read(1, 2, 3), read(0, 4, 5)]),
        ("one value written twice", vec![write(1, 1, 2), write(1, 3, 4)]),
    ] {
        assert!(check(&history).is_err(), "{why}: {history:?}");
    }
}

/// The definition itself: some order that keeps what ended before another began, in which each read sees
/// the write before it.
fn some_order_explains(rest: &[Operation], value: Value) -> bool {
    let may_be_next = |one: &Operation| rest.iter().all(|other| other.end.is_none_or(|end| end >= one.begin));
    if rest.iter().all(|left| left.end.is_none()) {
        return true;
    }
    (0..rest.len()).any(|at| {
        let next = rest[at];
        let sees = next.act == Act::Write || next.value == value;
        let others: Vec<_> = rest[..at].iter().chain(&rest[at + 1..]).copied().collect();
        sees && may_be_next(&next) && some_order_explains(&others, next.value)
    })
}

/// Up to eight operations of three clients, one after the other each, with reads of one of the last values.
fn random_history(random: &mut Random) -> Vec<Operation> {
    let (mut history, mut open, mut written) = (Vec::<Operation>::new(), [None::<usize>; 3], 0);
    for tick in 1..=24 {
        let client = usize::try_from(random.below(3)).expect("few");
        match open[client].take() {
            Some(at) if random.below(8) > 0 => history[at].end = Some(tick),
            // Its client has given up.
            Some(_) => {}
            None if history.len() < 8 => {
                open[client] = Some(history.len());
                let is_write = written < 3 && random.below(2) == 0;
                written += u32::from(is_write);
                let act = if is_write { Act::Write } else { Act::Read };
                // What is being written has been written then, often.
                let value = if is_write { written } else { written - u32::from(written > 0 && random.below(3) == 0) };
                history.push(Operation { act, value, begin: tick, end: None });
            }
            None => {}
        }
    }
    history.retain(|operation| operation.act == Act::Write || operation.end.is_some());
    history
}

#[test]
fn it_says_what_trying_every_order_says() {
    let mut random = Random::new(9);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..20_000 {
        let history = random_history(&mut random);
        let expected = some_order_explains(&history, 0);
        assert_eq!(check(&history).is_ok(), expected, "{:?}: {history:?}", check(&history));
        *(if expected { &mut good } else { &mut bad }) += 1;
    }
    assert!(good > 2_000 && bad > 2_000, "{good} and {bad}");
}
