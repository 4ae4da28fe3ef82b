//! The table of fault mixes.

use std::time::Duration;

use posto_tests::net::{Executor, Faults, per_mille};

use crate::load::PROMPT;

/// One row of the table.
pub(crate) struct Mix {
    pub(crate) name: &'static str,
    pub(crate) faults: Faults,
    pub(crate) executor: Executor,
    /// At least so many requests in a thousand are answered within five seconds.
    pub(crate) answered: usize,
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A path of 40 ms there and back.
fn base() -> Faults {
    Faults { jitter: ms(5), ..Faults::none(ms(20)) }
}

fn mix(name: &'static str, answered: usize, faults: Faults) -> Mix {
    Mix { name, faults, executor: PROMPT, answered }
}

fn executed(name: &'static str, answered: usize, executor: Executor) -> Mix {
    Mix { name, faults: Faults { loss: per_mille(50), ..base() }, executor, answered }
}

/// Every mix, in the order of the table. Losses are of each direction: at 30 % half of all
/// transmissions get no answer.
pub(crate) fn all() -> Vec<Mix> {
    vec![
        mix("nothing but time (40 ms)", 1000, base()),
        mix("loss 1 %", 1000, Faults { loss: per_mille(10), ..base() }),
        mix("loss 5 %", 999, Faults { loss: per_mille(50), ..base() }),
        mix("loss 10 %", 998, Faults { loss: per_mille(100), ..base() }),
        mix("loss 20 %", 990, Faults { loss: per_mille(200), ..base() }),
        mix("loss 30 %", 950, Faults { loss: per_mille(300), ..base() }),
        mix("loss 50 %", 700, Faults { loss: per_mille(500), ..base() }),
        mix("repeated 30 %", 1000, Faults { repeat: per_mille(300), ..base() }),
        mix("reordered: 1 to 150 ms", 1000, Faults { jitter: ms(149), ..Faults::none(ms(1)) }),
        mix("stragglers 10 %, to 3 s", 1000, Faults { straggle: per_mille(100), straggle_for: ms(3000), ..base() }),
        mix(
            "loss, repeats 10 %, stragglers 5 %",
            995,
            Faults {
                loss: per_mille(100),
                repeat: per_mille(100),
                straggle: per_mille(50),
                straggle_for: ms(3000),
                ..base()
            },
        ),
        mix("slow path (800 ms)", 1000, Faults { jitter: ms(20), ..Faults::none(ms(400)) }),
        mix("slow path, loss 10 %", 970, Faults { loss: per_mille(100), jitter: ms(20), ..Faults::none(ms(400)) }),
        mix("one bit flipped in 10 %", 998, Faults { corrupt: per_mille(100), ..base() }),
        mix("one or two bits flipped in 30 %", 950, Faults { corrupt: per_mille(300), flips: 2, ..base() }),
        mix("up to 16 bits flipped in 20 %", 950, Faults { corrupt: per_mille(200), flips: 16, ..base() }),
        executed("loss 5 %, executor to 800 ms", 995, Executor { slowest: ms(800), refused: 0, lost: 0 }),
        executed("loss 5 %, executor refuses 10 %", 995, Executor { refused: 100, ..PROMPT }),
        executed("loss 5 %, executor loses 2 %", 950, Executor { lost: 20, ..PROMPT }),
    ]
}
