//! What must be true after every run.

use std::collections::{HashMap, HashSet};

use posto_session::RequestError;
use posto_tests::net::{Asked, Outcome, World, answer_to};

/// Whatever the network does: every request ended, and within one session no request (number and
/// bytes) was executed twice. That it ended only once and in time, the world itself asserts.
pub(crate) fn check_always(world: &World) {
    for asked in &world.asked {
        assert!(asked.ended.is_some(), "never ended: {asked:?}");
    }
    let mut keys = HashSet::new();
    for execution in &world.executions {
        assert!(keys.insert((execution.server, execution.key)), "twice: {execution:?}");
    }
}

/// Where no bit is flipped: in one session nothing is executed twice, and an answer is the one
/// made for that very request, after it was executed.
pub(crate) fn check_strictly(world: &World) {
    check_always(world);
    let mut executed = HashMap::new();
    for execution in &world.executions {
        let session = (execution.server, execution.key.peer, execution.key.session);
        let data = posto_wire::python::dumps(&execution.data);
        assert!(executed.insert((session, data), ()).is_none(), "twice in its session: {execution:?}");
    }
    let executed: HashSet<_> = executed.into_keys().map(|(_, data)| data).collect();
    for asked in &world.asked {
        if let Some(text) = answer(asked) {
            assert_eq!(text, &answer_to(&asked.data));
            assert!(executed.contains(&posto_wire::python::dumps(&asked.data)), "answered, not executed: {asked:?}");
        }
    }
}

/// Clients that take a new port for every session: nothing is executed twice at all.
pub(crate) fn check_once_over_all(world: &World) {
    check_strictly(world);
    let data: HashSet<_> =
        world.executions.iter().map(|execution| posto_wire::python::dumps(&execution.data)).collect();
    assert_eq!(data.len(), world.executions.len(), "executed again in another session");
}

/// `dados` of the answer, if there was one.
pub(crate) fn answer(asked: &Asked) -> Option<&posto_wire::Value> {
    match &asked.ended {
        Some((_, Outcome::Answered(data))) => Some(data),
        _ => None,
    }
}

/// How many requests failed in this way.
pub(crate) fn failed(world: &World, error: RequestError) -> usize {
    let failed = |asked: &&Asked| matches!(&asked.ended, Some((_, Outcome::Failed(with))) if *with == error);
    world.asked.iter().filter(failed).count()
}
